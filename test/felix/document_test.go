package felix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"sigs.k8s.io/yaml"
)

// document is a Kubernetes object.
type document map[string]any

// parse reads JSON documents, one after the other.
func parse(t testing.TB, text []byte) (out []document) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	for d.More() {
		var one document
		if err := d.Decode(&one); err != nil {
			t.Fatalf("test data: %v\n%s", err, text)
		}
		out = append(out, one)
	}
	return out
}

// manifests reads YAML documents.
func manifests(t testing.TB, text []byte) (out []document) {
	t.Helper()
	for part := range bytes.SplitSeq(append([]byte("\n"), text...), []byte("\n---")) {
		var one document
		if err := yaml.UnmarshalStrict(part, &one); err != nil {
			t.Fatalf("test data: %v\n%s", err, part)
		}
		if one != nil {
			out = append(out, one)
		}
	}
	return out
}

func (d document) at(path ...string) any {
	var v any = map[string]any(d)
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

func (d document) text(path ...string) string { s, _ := d.at(path...).(string); return s }

// key tells objects apart.
func (d document) key() string {
	return d.text("apiVersion") + " " + d.text("kind") + " " + d.text("metadata", "namespace") + "/" + d.text("metadata", "name")
}

// groups are the API groups of kinds whose documents do not name one.
var groups = map[string]string{"NetworkPolicy": "networking.k8s.io/v1"}

// complete gives a document the API version it leaves out.
func (d document) complete() document {
	if d["apiVersion"] == nil {
		d["apiVersion"] = "v1"
		if group, ok := groups[d.text("kind")]; ok {
			d["apiVersion"] = group
		}
	}
	return d
}

func (d document) json() []byte {
	data, _ := json.Marshal(d) // read from JSON, so it can be written as such
	return data
}

// items reads the objects of a list.
func items(t testing.TB, text []byte) (out []document) {
	t.Helper()
	for _, list := range parse(t, text) {
		items, _ := list["items"].([]any)
		for _, item := range items {
			m, _ := item.(map[string]any)
			out = append(out, m)
		}
	}
	return out
}

// textOf writes documents one after the other.
func textOf(docs []document) []byte {
	var b bytes.Buffer
	for _, d := range docs {
		fmt.Fprintf(&b, "%s\n", d.json())
	}
	return b.Bytes()
}
