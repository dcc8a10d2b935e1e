// Package kubeyaml writes YAML in kubectl's layout, with the field names of json
// tags: two spaces, lists not indented, keys sorted, text of several lines as
// such. What it writes means the same to readers of YAML 1.1 and 1.2.
//
// It stands on the YAML library that reads clouds.yaml. The one that kubectl
// uses for this, sigs.k8s.io/yaml, would bring another library of the same size.
package kubeyaml

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/visible"
)

// Marshal encodes v as encoding/json would, and writes that as YAML.
func Marshal(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return FromJSON(data)
}

// FromJSON writes a JSON value as YAML.
func FromJSON(data []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // a float64 would round large integers
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON value")
	}
	v, err := fit(v)
	if err != nil {
		return nil, err
	}
	text, err := encode(v)
	if err != nil || !visible.HasHidden(text) {
		return text, err
	}
	return escapeHidden(text)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), encoder.Close()
}

// escapeHidden writes each key and value of a document that holds a hidden
// character in double quotes, the only style in which YAML has escapes.
func escapeHidden(text []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	quoteHidden(&document)
	text, err := encode(&document)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		if visible.Hidden(r) {
			fmt.Fprintf(&b, `\U%08x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes(), nil
}

func quoteHidden(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && strings.ContainsFunc(n.Value, visible.Hidden) {
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
	}
	for _, child := range n.Content {
		quoteHidden(child)
	}
}

// fit replaces what the YAML library does not know, or would write so that some
// reader stumbles.
func fit(v any) (_ any, err error) {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			if v[key], err = fit(v[key]); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range v {
			if v[i], err = fit(v[i]); err != nil {
				return nil, err
			}
		}
	case string:
		if strings.Contains(v, "\n") && !plainLines(v) {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v, Style: yaml.DoubleQuotedStyle}, nil
		}
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n, nil
		}
		if n, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return n, nil
		}
		return v.Float64()
	}
	return v, nil
}

// plainLines reports text that is safe as an indented block: nothing in it is
// invisible, no line begins or ends with white space, and it neither begins nor
// ends with an empty line.
func plainLines(s string) bool {
	s = strings.TrimSuffix(s, "\n")
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) != line || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return false
		}
	}
	return !strings.HasPrefix(s, "\n") && !strings.HasSuffix(s, "\n")
}
