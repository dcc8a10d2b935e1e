package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// checked is what network-policy check -o json says.
type checked struct {
	Enforcement struct {
		Verdict    string
		Evidence   []string
		Unreadable []string
	}
	Complete   bool
	Incomplete []string
	Findings   []struct{ Rule, Kind, Namespace, Name, Message string }
}

// opened makes sure that the shop is set up once.
var opened sync.Once

// shopkeeper is an administrator of the cluster prod with a shop in it, whose
// pods run on pretended nodes.
func shopkeeper(t *testing.T) *person {
	t.Helper()
	p := somebody(t, "")
	admin, err := p.bed.AdminKubeconfig(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	p.kubeconfig = admin
	opened.Do(func() { openShop(t, p) })
	return p
}

func openShop(t *testing.T, p *person) {
	t.Helper()
	p.kubectl("apply", "-f", material(t, "netpol-kinds.yaml"))
	for _, kind := range []string{"adminnetworkpolicies.policy.networking.k8s.io", "globalnetworkpolicies.crd.projectcalico.org"} {
		p.kubectl("wait", "--for=condition=Established", "--timeout="+patience.Limit.String(), "crd/"+kind)
	}
	p.kubectl("apply", "-f", material(t, "netpol-shop.yaml"), "-f", material(t, "netpol-roles.yaml"))
	for _, w := range []string{"np-shop deployment/web", "np-shop statefulset/db", "np-ops deployment/prometheus"} {
		ns, name, _ := strings.Cut(w, " ")
		p.kubectl("-n", ns, "rollout", "status", name, "--timeout="+patience.Limit.String())
	}
}

func material(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// shop leaves the lines that are about the shop: other tests use the cluster too.
func shop(csv string) string {
	var out strings.Builder
	for line := range strings.Lines(csv) {
		source, rest, _ := strings.Cut(line, ",")
		destination, _, _ := strings.Cut(rest, ",")
		if strings.HasPrefix(source, "np-") && strings.HasPrefix(destination, "np-") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// The cluster, a dump of its objects, a snapshot of it and the manifests it was
// made from give one answer.
func TestNetworkPoliciesLiveAreThoseOfFiles(t *testing.T) {
	t.Parallel()
	p := shopkeeper(t)
	dump := p.file("dump.yaml", []byte(p.kubectl("get", "namespaces,nodes,pods,services,replicasets,networkpolicies,adminnetworkpolicies", "-A", "-o", "yaml")))
	lists := p.file("dump.json", []byte(p.kubectl("get", "namespaces,nodes,pods,services,replicasets,networkpolicies,adminnetworkpolicies", "-A", "-o", "json")))
	snapshot := p.file("snapshot.json", []byte(p.catalyst("network-policy", "snapshot").stdout))
	for _, by := range []string{"workload", "pod"} {
		args := []string{"network-policy", "map", "-o", "csv", "--external=false", "--by", by}
		live := shop(p.catalyst(args...).stdout)
		if strings.Count(live, "\n") < 5 || !strings.Contains(live, "np-shop/") {
			t.Fatalf("the map by %s is\n%s", by, live)
		}
		for _, file := range []string{dump, lists, snapshot} {
			if diff := cmp.Diff(live, shop(p.catalyst(append(args, "-f", file)...).stdout)); diff != "" {
				t.Errorf("by %s (-live +%s):\n%s", by, filepath.Base(file), diff)
			}
		}
	}
	want := `np-ops/Deployment/prometheus,np-shop/Deployment/web,TCP,80,8080`
	live := shop(p.catalyst("network-policy", "map", "-o", "csv", "--external=false").stdout)
	if strings.Contains(strings.ReplaceAll(live, `"`, ""), want) == false {
		t.Errorf("the map lacks %q:\n%s", want, live)
	}
	manifests := shop(p.catalyst("network-policy", "map", "-o", "csv", "--external=false", "-f", material(t, "netpol-shop.yaml")).stdout)
	if diff := cmp.Diff(live, manifests); diff != "" {
		t.Errorf("(-live +manifests):\n%s", diff)
	}
	page := p.catalyst("network-policy", "map", "-o", "html", "-n", "np-shop").stdout
	for _, words := range []string{"<title>Network policies: context ", ", Kubernetes v1.", "np-shop/Deployment/web"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	t.Run("check", func(t *testing.T) { sameFindings(t, p, dump, snapshot) })
	t.Run("explain", func(t *testing.T) { sameExplanation(t, p, dump, snapshot) })
	t.Run("diff", func(t *testing.T) { diffBeforeApplying(t, p, snapshot) })
}

func (p *person) check(args ...string) checked {
	p.t.Helper()
	r := p.catalyst(append([]string{"network-policy", "check", "-o", "json", "--fail-on", "never"}, args...)...)
	var c checked
	if err := json.Unmarshal([]byte(r.stdout), &c); err != nil {
		p.t.Fatalf("%v in %s", err, r.stdout)
	}
	return c
}

// place is where messages about files say that a rule stands.
var place = regexp.MustCompile(` \(/[^()]+:\d+\)`)

func sameFindings(t *testing.T, p *person, files ...string) {
	live := p.check("-n", "np-shop")
	rules := map[string]bool{}
	for _, f := range live.Findings {
		rules[f.Rule+" "+f.Name] = true
	}
	for _, want := range []string{"egress-left-open default-deny", "dns-blocked db", "not-enforced "} {
		found := slices.ContainsFunc(live.Findings, func(f struct{ Rule, Kind, Namespace, Name, Message string }) bool {
			return strings.HasPrefix(f.Rule+" "+f.Name, want)
		})
		if !found {
			t.Errorf("check does not find %q: %v", want, rules)
		}
	}
	if live.Enforcement.Verdict != "not enforced" {
		t.Errorf("enforcement: %+v", live.Enforcement)
	}
	for _, file := range files {
		c := p.check("-n", "np-shop", "-f", file)
		// Whether anything enforces them a dump cannot tell.
		c.Findings = slices.DeleteFunc(c.Findings, func(f struct{ Rule, Kind, Namespace, Name, Message string }) bool { return f.Rule == "not-enforced" })
		want := slices.DeleteFunc(slices.Clone(live.Findings), func(f struct{ Rule, Kind, Namespace, Name, Message string }) bool { return f.Rule == "not-enforced" })
		for i := range c.Findings { // a cluster has no lines to name
			c.Findings[i].Message = place.ReplaceAllString(c.Findings[i].Message, "")
		}
		if diff := cmp.Diff(want, c.Findings); diff != "" {
			t.Errorf("findings (-live +%s):\n%s", filepath.Base(file), diff)
		}
	}
}

func sameExplanation(t *testing.T, p *person, files ...string) {
	for question, code := range map[string]int{
		"np-ops/Deployment/prometheus np-shop/Deployment/web --port 8080": 0,
		"np-ops/Deployment/prometheus np-shop/Service/web --port 80":      0,
		"np-ops/Deployment/prometheus np-shop/db-0 --port 5432":           3,
		"np-shop/Deployment/web np-shop/db-1 --port 5432":                 0,
		"np-ops/Deployment/prometheus np-shop/Deployment/web --port 22":   3,
		"np-shop/db-0 np-shop/db-1 --port 53/UDP":                         3,
	} {
		args := append([]string{"network-policy", "explain"}, strings.Fields(question)...)
		live := p.run(p.path("kubectl-catalyst"), args...)
		if live.code != code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", question, live.code, code, live.stdout, live.stderr)
		}
		for _, file := range files {
			r := p.run(p.path("kubectl-catalyst"), append(args, "-f", file)...)
			if first, _, _ := strings.Cut(r.stdout, "\n"); r.code != code || !strings.HasPrefix(live.stdout, first) {
				t.Errorf("%s from %s: exit code %d\n%s", question, filepath.Base(file), r.code, r.stdout)
			}
		}
	}
}

func diffBeforeApplying(t *testing.T, p *person, snapshot string) {
	same := p.run(p.path("kubectl-catalyst"), "network-policy", "diff", snapshot, "live", "-n", "np-shop")
	if same.code != 0 {
		t.Errorf("a snapshot differs from its cluster: %s%s", same.stdout, same.stderr)
	}
	change := p.file("change.yaml", []byte(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: np-shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: []}
`))
	r := p.run(p.path("kubectl-catalyst"), "network-policy", "diff", "live", change, "-o", "csv", "--external=false")
	if want := "removed,np-ops/Deployment/prometheus,np-shop/Deployment/web,TCP,"; r.code != 3 || !strings.Contains(r.stdout, want) || strings.Contains(r.stdout, "added,") {
		t.Errorf("diff: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// Everybody gets an answer, and an honest list of what they could not read.
func TestNetworkPoliciesForEveryRole(t *testing.T) {
	t.Parallel()
	p := shopkeeper(t)
	args := []string{"network-policy", "map", "-o", "csv", "--external=false", "-n", "np-shop"}
	admin := p.catalyst(args...)
	for who, blind := range map[string][]string{
		"np-viewer":    {"pods in namespace kube-system", "networkpolicies in namespace kube-system", "daemonsets in namespace np-shop", "globalnetworkpolicies.crd.projectcalico.org"},
		"np-developer": {"pods in namespace kube-system", "networkpolicies in namespace kube-system", "daemonsets in namespace kube-system"},
	} {
		t.Run(who, func(t *testing.T) {
			r := p.catalyst(append(args, "--as", who)...)
			if diff := cmp.Diff(shop(admin.stdout), shop(r.stdout)); diff != "" {
				t.Errorf("the map (-admin +%s):\n%s", who, diff)
			}
			if !strings.Contains(r.stderr, "warning: incomplete: could not read pods in namespace kube-system: you may not list them") {
				t.Errorf("no word about what could not be read:\n%s", r.stderr)
			}
			c := p.check("--as", who)
			if c.Complete || c.Enforcement.Verdict != "unknown" {
				t.Errorf("complete %v, enforcement %q: %v", c.Complete, c.Enforcement.Verdict, c.Enforcement.Evidence)
			}
			unreadable := strings.Join(c.Enforcement.Unreadable, "\n")
			for _, b := range blind {
				if !strings.Contains(unreadable, b+":") {
					t.Errorf("unreadable lacks %q:\n%s", b, unreadable)
				}
			}
		})
	}
	t.Run("nobody", func(t *testing.T) {
		r := p.run(p.path("kubectl-catalyst"), append(args, "--as", "np-nobody")...)
		if r.code != 0 || !strings.Contains(r.stderr, "could not read namespaces") || shop(r.stdout) != "" {
			t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
	t.Run("no credential", func(t *testing.T) {
		empty := p.file("empty", nil)
		r := p.run(p.path("kubectl-catalyst"), "network-policy", "check", "--kubeconfig", empty)
		if r.code != 1 || !strings.Contains(r.stderr, "hint: log in with") {
			t.Errorf("exit code %d\n%s", r.code, r.stderr)
		}
		bad := p.file("bad", []byte(strings.Replace(p.read(p.kubeconfig), `"token":"`, `"token":"x`, 1)))
		r = p.run(p.path("kubectl-catalyst"), "network-policy", "check", "--kubeconfig", bad)
		if r.code != 4 || !strings.Contains(r.stderr, "does not accept your credential") {
			t.Errorf("exit code %d\n%s", r.code, r.stderr)
		}
		if err := os.Remove(bad); err != nil {
			t.Error(err)
		}
	})
}
