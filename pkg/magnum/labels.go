package magnum

import (
	"encoding/json"
	"fmt"
)

// Labels are names with values. Magnum keeps a value as it was given, which may
// be a number or a boolean; here all are text. Of a null nothing is kept.
type Labels map[string]string

// UnmarshalJSON accepts null and any scalar as a value.
func (l *Labels) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*l = make(Labels, len(raw))
	for name, value := range raw {
		text, err := scalar(value)
		if err != nil {
			return fmt.Errorf("label %q: %w", name, err)
		}
		(*l)[name] = text
	}
	return nil
}

func scalar(value json.RawMessage) (string, error) {
	switch value[0] {
	case '"':
		var s string
		err := json.Unmarshal(value, &s)
		return s, err
	case 'n':
		return "", nil
	case '{', '[':
		return "", fmt.Errorf("its value is not text, a number or a boolean")
	}
	return string(value), nil
}
