package e2e

import (
	"strings"
	"testing"
)

// offered presses TAB and waits for as long as it takes: under the load of other
// tests real services may answer later than anybody at a terminal waits.
func (p *person) offered(line ...string) []string {
	p.t.Helper()
	p.set("KUBECTL_CATALYST_COMPLETE_LATE", "1")
	r := p.catalyst(append([]string{"__complete"}, line...)...)
	if r.stderr != "" {
		p.t.Errorf("%q wrote to stderr: %s", line, r.stderr)
	}
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	return lines[:len(lines)-1]
}

// What is offered comes from the real Magnum, and from the cluster by way of the
// login.
func TestCompletionOnRealServices(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	for want, line := range map[string][]string{
		"blue\tv1.36.3, CREATE_COMPLETE": {"login", "bl"},
		"kubernetes-v1.35.6":             {"cluster", "create", "x", "--template", "kubernetes-v1.35"},
		"RegionTwo":                      {"cluster", "list", "--os-region-name", "RegionT"},
	} {
		if got := p.offered(line...); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%q: %q", line, got)
		}
	}
	p.catalyst("login", "prod")
	for want, line := range map[string][]string{
		"prod":                       {"logout", "pr"},
		"kube-system/":               {"network-policy", "explain", "kube-s"},
		"default/Service/kubernetes": {"network-policy", "explain", "192.0.2.1", "default/Service/"},
		"kube-system":                {"network-policy", "map", "-n", "kube-s"},
	} {
		if got := p.offered(line...); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q", line, got)
		}
	}
}
