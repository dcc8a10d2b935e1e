package kube_test

import (
	"encoding/json"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

func TestIntOrString(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]kube.IntOrString{
		"80": {Int: 80}, `"http"`: {Str: "http"}, "-1": {Int: -1}, `"80"`: {Str: "80"}, `"a\"b"`: {Str: `a"b`},
	} {
		var got kube.IntOrString
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s reads as %+v, %v; want %+v", text, got, err, want)
		}
		back, err := json.Marshal(got)
		if err != nil || string(back) != text {
			t.Errorf("%+v is written as %s, %v; want %s", got, back, err, text)
		}
	}
	for _, text := range []string{`""`, "1.5", "1e3", "true", "[]", "{}", "99999999999", "080"} {
		var got kube.IntOrString
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s reads as %+v, want an error", text, got)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		(&kube.Pod{Meta: kube.Meta{Namespace: "x", Name: "a"}}).Ref().String(): "Pod x/a",
		(&kube.AdminNetworkPolicy{Meta: kube.Meta{Name: "p"}}).Ref().String():  "AdminNetworkPolicy p",
		kube.Origin{File: "a.yaml", Line: 3}.String():                          "a.yaml:3",
		kube.Origin{File: "-"}.String():                                        "-",
		kube.Origin{Line: 3}.String():                                          "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
