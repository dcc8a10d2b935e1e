package kubeyaml_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	v3 "go.yaml.in/yaml/v3"
	kubectls "sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeyaml"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/visible"
)

func TestMarshalLooksAsKubectlWritesIt(t *testing.T) {
	t.Parallel()
	type part struct {
		Name string   `json:"name"`
		Keys []string `json:"keys,omitempty"`
	}
	v := struct {
		Title string         `json:"title"`
		Text  string         `json:"text"`
		Parts []part         `json:"parts"`
		Empty map[string]int `json:"empty"`
		None  *int           `json:"none"`
		Big   uint64         `json:"big"`
		Real  float64        `json:"real"`
		Plain []string       `json:"strings"`
	}{
		"a <b> & c", "one\ntwo\n", []part{{"x", []string{"k"}}, {Name: "y"}}, map[string]int{}, nil,
		18446744073709551615, 0.5, []string{"yes", "1.10", "2026-01-02", "null", "~", "0x10", "", "it: is", "#no", "1e3", "o", "=", "12:30:45"},
	}
	got, err := kubeyaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	want, err := kubectls.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("kubectl (-), we (+):\n%s", diff)
	}
}

func TestFromJSONRefusesWhatIsNotOneValue(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", "1 2", `{"a":1} x`, "1e999"} {
		if got, err := kubeyaml.FromJSON([]byte(text)); err == nil {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Any JSON value survives, whichever way the YAML is read.
func FuzzFromJSON(f *testing.F) {
	for _, seed := range []string{
		`null`, `{"a":[1,-2,3.5,{"b":null}]}`, `"line\nline"`, `" lead\n x"`, `["no","01","1_000","0b1",".inf","\u0085","\ufeff","<<"]`,
		`9223372036854775808`, `{"":{"y":"n"}}`, `"tab\tend\n\n"`, `1e300`, `"\u2028"`, `["- x","? y","! z","& a","* b","%"]`, `-0`,
	} {
		f.Add(seed)
	}
	f.Add(`{"a\u009b":["\u202eb","c\n\u200bd\n","\udb40\udc41"],"\u007f":"\u00ad"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var want any
		if json.Unmarshal([]byte(text), &want) != nil {
			return
		}
		out, err := kubeyaml.FromJSON([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if visible.HasHidden(out) {
			t.Errorf("%q became %q, in which something is hidden", text, out)
		}
		var one, two any
		if err := kubectls.Unmarshal(out, &one); err != nil {
			t.Fatalf("%q became %q: %v", text, out, err)
		}
		if !reflect.DeepEqual(want, one) {
			t.Errorf("%q became %q, which kubectl reads as %#v", text, out, one)
		}
		if err := v3.Unmarshal(out, &two); err != nil {
			t.Fatalf("%q became %q: %v", text, out, err)
		}
		if again, err := json.Marshal(two); err != nil || json.Unmarshal(again, &two) != nil || !reflect.DeepEqual(want, two) {
			t.Errorf("%q became %q, which reads as %#v, %v", text, out, two, err)
		}
	})
}
