package magnum

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Nulls are the fields of an object, by their JSON names, for which Magnum
// answered null; the fields of an object inside it are in a map below its name.
// In the structs these are empty; where the object is shown again they are null
// again, as `openstack coe … -f json` shows them.
type Nulls map[string]Nulls

// null reports whether a field is null itself.
func (n Nulls) null(name string) bool {
	inner, there := n[name]
	return there && inner == nil
}

func nullsIn(data []byte) Nulls {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	found := Nulls{}
	for name, value := range fields {
		if string(value) == "null" {
			found[name] = nil
		} else if inner := nullsIn(value); len(inner) > 0 {
			found[name] = inner
		}
	}
	return found
}

// Restore returns a JSON object with these fields, as far as it has them, null.
// The order of the fields stays.
func (n Nulls) Restore(data []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("reading an object: %w", err)
	}
	out := []byte{'{'}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("reading an object: %w", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("reading field %q: %w", name, err)
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		if n.null(name.(string)) {
			value = json.RawMessage("null")
		} else if inner := n[name.(string)]; inner != nil && value[0] == '{' {
			if value, err = inner.Restore(value); err != nil {
				return nil, err
			}
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}
