package kubeconfig_test

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// refusals says, for each file that must be refused, how the reason begins.
var refusals = map[string]string{
	"alias-without-anchor.yaml":   `line 18: there is no anchor "nobody"`,
	"bad-indent.yaml":             `line 18: `,
	"ca-is-not-base64.yaml":       `line 7: the cluster entry "two" does not load: illegal base64`,
	"duplicate-cluster.yaml":      `line 7: two clusters are called "one"; the other one is on line 4`,
	"duplicate-context.yaml":      `line 15: two contexts are called "one"; the other one is on line 11`,
	"duplicate-key-in-entry.yaml": `line 18: key "cluster" appears twice`,
	"duplicate-key-json.json":     `line 3: key "users" appears twice`,
	"duplicate-key-quoted.yaml":   `line 3: key "kind" appears twice`,
	"duplicate-top-key.yaml":      `line 29: key "clusters" appears twice`,
	"duplicate-user.yaml":         `line 25: two users are called "one"; the other one is on line 22`,
	"html.yaml":                   `line 1: a kubeconfig is a mapping`,
	"just-text.yaml":              `line 1: a kubeconfig is a mapping`,
	"latin1.yaml":                 `line 27: not UTF-8 text`,
	"list.yaml":                   `line 1: a kubeconfig is a mapping`,
	"merge-conflict.yaml":         `line 20: expected a key`,
	"name-is-a-number.yaml":       `line 7: the cluster entry "2" does not load: json: cannot unmarshal number`,
	"zero-byte.yaml":              `line 27: a control character`,
	"second-document-empty.yaml":  `line 29: a second YAML document`,
	"secret.yaml":                 `the file does not load as a kubeconfig: no kind "Secret"`,
	"tab-indented.yaml":           `line 9: `,
	"truncated-by-a-crash.yaml":   `line 19: expected a key`,
	"two-documents.yaml":          `line 29: a second YAML document`,
	"unclosed-bracket.yaml":       `line 3: expected a key`,
	"unclosed-quote.yaml":         `line 24: a quote that is never closed`,
	"users-is-a-map.yaml":         `line 22: "users" is not a list`,
	"utf16.yaml":                  `line 1: not UTF-8 text`,
}

func TestRefused(t *testing.T) {
	for _, s := range samples(t, "refused") {
		t.Run(s.name, func(t *testing.T) {
			_, _, err := kubeconfig.Merge(s.data, []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
			if err == nil {
				t.Fatal("it was edited")
			}
			if want := refusals[s.name]; want == "" || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("refused with %q, want %q", err, want)
			}
			if clierr.Hint(err) == "" {
				t.Error("no next step")
			}
		})
	}
}
