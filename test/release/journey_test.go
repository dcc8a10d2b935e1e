package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// krewJourney is what a user goes through: install by name, log in, use kubectl,
// upgrade, go on using kubectl, uninstall.
func krewJourney(t *testing.T, r *releases) {
	m := newMachine(t)
	index := newIndex(t, r)
	index.publish(t, r, r.first)
	m.env["KREW_DEFAULT_INDEX_URI"] = "file://" + filepath.ToSlash(index.dir)
	m.signUp(t)

	m.run(t, "kubectl", "krew", "update")
	for _, p := range r.catalog.Plugins {
		said := m.try(t, nil, "kubectl", "krew", "install", p.Name)
		_, hint, _ := strings.Cut(strings.TrimSpace(p.Caveats), "start with: ")
		if !strings.HasPrefix(hint, strings.Join(commands()[p.Name], " ")+" ") {
			t.Errorf("%s: the caveats begin with %q", p.Name, hint)
		}
		if said.code != 0 || !strings.Contains(said.stdout+said.stderr, hint) {
			t.Errorf("%s: exit code %d, or %q is not said:\n%s%s", said.command, said.code, hint, said.stdout, said.stderr)
		}
		checkVersion(t, m, p, first)
	}

	m.run(t, "kubectl", "catalyst", "login", "prod")
	kubeconfig := readFile(t, m.kubeconfig())
	for _, fixed := range []string{m.home, filepath.Join("store", "catalyst"), first} {
		if strings.Contains(kubeconfig, fixed) {
			t.Errorf("the kubeconfig says %q, which an upgrade changes:\n%s", fixed, kubeconfig)
		}
	}
	m.checkKubectl(t)

	index.publish(t, r, r.second)
	m.run(t, "kubectl", "krew", "upgrade")
	for _, p := range r.catalog.Plugins {
		checkVersion(t, m, p, second)
	}
	m.checkKubectl(t)
	if now := readFile(t, m.kubeconfig()); now != kubeconfig {
		t.Errorf("the kubeconfig has changed:\n%s", now)
	}

	m.run(t, "kubectl", "krew", "uninstall", r.catalog.Plugins[0].Name, r.catalog.Plugins[1].Name)
	m.try(t, nil, "kubectl", "get", "namespaces").fails(t, "kubectl-catalyst is not installed", "kubectl krew install catalyst", r.catalog.Homepage)
}

// signUp gives the user an account on a cloud of its own.
func (m *machine) signUp(t *testing.T) {
	t.Helper()
	cloud, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	clouds := filepath.Join(m.home, "clouds.yaml")
	if err := os.WriteFile(clouds, cloud.CloudsYAML("alice"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.env["OS_CLIENT_CONFIG_FILE"], m.env["OS_CLOUD"] = clouds, "alice"
}

// checkKubectl uses the login in every way that could make a difference to how
// kubectl finds the plugin.
func (m *machine) checkKubectl(t *testing.T) {
	t.Helper()
	empty := filepath.Join(m.home, "empty")
	if err := os.MkdirAll(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	list := func(dirs ...string) map[string]string {
		return map[string]string{"PATH": strings.Join(dirs, string(filepath.ListSeparator))}
	}
	link := filepath.Join(m.bin, "kubectl-catalyst")
	for name, extra := range map[string]map[string]string{
		"krew's folder first":            list(m.bin, m.tools),
		"krew's folder last":             list(m.tools, empty, m.bin),
		"krew's folder alone":            list(m.bin),
		"allowed by name":                m.kuberc(t, "name", "Allowlist", "kubectl-catalyst"),
		"allowed by the path of a link":  m.kuberc(t, "path", "Allowlist", link),
		"allowed beside another program": m.kuberc(t, "list", "Allowlist", "other", "kubectl-catalyst"),
	} {
		said := m.try(t, extra, "kubectl", "get", "namespaces", "--output=name")
		if said.code != 0 || !strings.Contains(said.stdout, "namespace/default") {
			t.Errorf("%s: exit code %d\n%s%s", name, said.code, said.stdout, said.stderr)
		}
	}
	m.try(t, m.kuberc(t, "other", "Allowlist", "other"), "kubectl", "get", "namespaces").fails(t, "not permitted by the credential plugin allowlist")
	m.try(t, m.kuberc(t, "deny", "DenyAll"), "kubectl", "get", "namespaces").fails(t, `policy set to "DenyAll"`)
}

// kuberc writes kubectl's own settings and returns the variable that names them.
func (m *machine) kuberc(t *testing.T, name, policy string, commands ...string) map[string]string {
	t.Helper()
	text := "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: " + policy + "\n"
	if len(commands) > 0 {
		text += "credentialPluginAllowlist:\n"
	}
	for _, c := range commands {
		text += "- command: " + c + "\n"
	}
	path := filepath.Join(m.home, "kuberc-"+name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"KUBERC": path}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
