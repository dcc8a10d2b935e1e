package prereq_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

func TestKubercPolicy(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n"
	for name, c := range map[string]struct {
		kuberc, version string
		ok              bool
	}{
		"none":                      {"", "v1.36.0", true},
		"no policy":                 {head, "v1.36.0", true},
		"everything":                {head + "credentialPluginPolicy: AllowAll\n", "v1.36.0", true},
		"nothing":                   {head + "credentialPluginPolicy: DenyAll\n", "v1.36.0", false},
		"nothing, kubectl too old":  {head + "credentialPluginPolicy: DenyAll\n", "v1.34.0", true},
		"listed":                    {head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: other\n- command: kubectl-catalyst\n", "v1.36.0", true},
		"listed by its former key":  {head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: kubectl-catalyst\n", "v1.35.0", true},
		"listed by path":            {head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: DIR/path/kubectl-catalyst\n", "v1.36.0", true},
		"listed by another's path":  {head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: /opt/kubectl-catalyst\n", "v1.36.0", false},
		"both keys, one other":      {head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: kubectl-catalyst\n  command: other\n", "v1.36.0", false},
		"not listed":                {head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: other\n", "v1.36.0", false},
		"in the second document":    {"apiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\n---\n" + head + "credentialPluginPolicy: DenyAll\n", "v1.36.0", false},
		"not YAML, kubectl goes on": {"a: [", "v1.36.0", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := realTemp(t)
			kubectl(t, dir, c.version)
			write(t, filepath.Join(dir, "path/kubectl-catalyst"), "", 0o755)
			if c.kuberc != "" {
				write(t, filepath.Join(dir, ".kube/kuberc"), strings.ReplaceAll(c.kuberc, "DIR", dir), 0o644)
			}
			if k := kubectlReport(t, dir, prereq.Options{}); k.OK != c.ok || (k.Reason == "") != c.ok {
				t.Errorf("got %+v", k)
			}
			if k := kubectlReport(t, dir, prereq.Options{}, "KUBERC=off"); !k.OK {
				t.Errorf("switched off: %+v", k)
			}
		})
	}
}
