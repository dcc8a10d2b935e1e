package cli_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	catalyst "github.com/catalyst-cloud/kubectl-catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// All that plugins.yaml says can be seen, and which of the two this is.
func TestVersionShowsTheCatalog(t *testing.T) {
	t.Parallel()
	var catalog map[string]any
	if err := yaml.Unmarshal([]byte(catalyst.PluginsYAML()), &catalog); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{plugin.Catalyst, plugin.Helper} {
		for _, format := range []string{"json", "yaml"} {
			got := version(t, name, format)
			for _, key := range []string{"version", "goVersion", "platform"} {
				if s, _ := got[key].(string); s == "" {
					t.Errorf("%s, %s: no %q", name, format, key)
				}
			}
			if p, _ := got["plugin"].(map[string]any); p["name"] != name {
				t.Errorf("%s, %s: plugin is %v", name, format, got["plugin"])
			}
			for key, want := range catalog {
				if diff := cmp.Diff(want, got[key]); diff != "" {
					t.Errorf("%s, %s: %s differs from plugins.yaml:\n%s", name, format, key, diff)
				}
			}
		}
	}
}

// version runs the version command and decodes what it prints.
func version(t *testing.T, name, format string) map[string]any {
	t.Helper()
	var out bytes.Buffer
	env := cli.Env{IOStreams: genericiooptions.IOStreams{Out: &out, ErrOut: &out}}
	if code := cli.Execute(t.Context(), cli.NewVersion(env, name, name), []string{"-o", format}, env); code != 0 {
		t.Fatalf("version -o %s: exit code %d: %s", format, code, &out)
	}
	var got map[string]any
	if err := yaml.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("version -o %s: %v", format, err)
	}
	return got
}
