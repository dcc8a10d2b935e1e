package probe_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// answered is what probe -o json says.
type answered struct {
	Network  string
	Agree    *bool
	Complete bool
	Results  []struct {
		Source, Destination, To, Client, Server string
		From                                    []string
		Network, Outcome, Policies              string
		Attempts, Notes                         []string
	}
}

func (c *cluster) ask(t *testing.T, args ...string) (answered, ended) {
	t.Helper()
	r := c.probe(t, append(args, "-o", "json")...)
	var a answered
	if err := json.Unmarshal([]byte(r.stdout), &a); err != nil || len(a.Results) != 1 {
		t.Fatalf("%q: exit code %d: %v\n%s%s", args, r.code, err, r.stdout, r.stderr)
	}
	return a, r
}

// Calico's own data plane, asked from within, and the answer beside the engine's.
func TestProbeTellsWhatCalicoDoes(t *testing.T) {
	t.Parallel()
	c := calico.up(t)
	for _, q := range []struct {
		name, args                 string
		outcome, network, policies string
		agree                      string
		code                       int
		serves                     bool // a pod of the probe answers
	}{
		{"allowed, and somebody answers", "shop/Deployment/web data/Deployment/db --port 5432", "open", "allowed", "allowed", "true", 0, false},
		{"allowed, and nobody listens", "shop/Deployment/web data/Deployment/db --port 5433", "refused", "allowed", "allowed", "true", 0, false},
		{"denied to others", "shop/Deployment/other data/Deployment/db --port 5432", "blocked", "denied", "denied", "true", 3, false},
		{"denied on another port", "shop/Deployment/web data/Deployment/db --port 22", "blocked", "denied", "denied", "true", 3, false},
		{"its own server, by the name of the port", "shop/Deployment/web data/Deployment/db --port 5432 --listen", "open", "allowed", "allowed", "true", 0, true},
		{"its own server, denied", "shop/Deployment/other data/Deployment/db --port 5432 --listen", "blocked", "denied", "denied", "true", 3, true},
		{"Calico's own policy, by service account", "shop/Deployment/payer data/Deployment/ledger --port 7000 --listen", "open", "allowed", "allowed", "true", 0, true},
		{"Calico's own policy, another account", "shop/Deployment/web data/Deployment/ledger --port 7000 --listen", "blocked", "denied", "denied", "true", 3, true},
		{"UDP below 1024, where only its own server answers", "shop/Deployment/web data/Deployment/db --port 53/UDP", "open", "allowed", "allowed", "true", 0, true},
		{"UDP denied", "shop/Deployment/other data/Deployment/db --port 53/UDP", "blocked", "denied", "denied", "true", 3, true},
		{"UDP, where nobody listens", "shop/Deployment/web data/Deployment/db --port 5353/UDP --listen=false", "refused", "allowed", "allowed", "true", 0, false},
		{"UDP denied, which may be a silent server", "shop/Deployment/other data/Deployment/db --port 5432/UDP --listen=false", "no answer", "unknown", "denied", "null", 1, false},
	} {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			a, r := c.ask(t, strings.Fields(q.args)...)
			got := a.Results[0]
			agree, _ := json.Marshal(a.Agree)
			if got.Outcome != q.outcome || a.Network != q.network || got.Policies != q.policies || string(agree) != q.agree || r.code != q.code {
				t.Errorf("%s, network %s, policies %s, agree %s, exit code %d\n%s%s", got.Outcome, a.Network, got.Policies, agree, r.code, r.stdout, r.stderr)
			}
			if (got.Server != "") != q.serves || !strings.HasPrefix(got.Client, "shop/catalyst-probe-") {
				t.Errorf("client %q, server %q", got.Client, got.Server)
			}
			if r.code == 1 && !strings.Contains(r.stderr, "hint: --listen lets a pod of the probe answer") {
				t.Errorf("stderr: %s", r.stderr)
			}
			for _, name := range []string{got.Client, got.Server} {
				if _, pod, ok := strings.Cut(name, "/"); ok && strings.Contains(c.left(t, "shop", "data"), pod) {
					t.Errorf("%s is still there", name)
				}
			}
		})
	}
}

// Behind a service stand several pods, of which one may not be heard; pods of other
// probes that run at the same time are none of them.
func TestProbeAsksEveryPodBehindAService(t *testing.T) {
	t.Parallel()
	c := calico.up(t)
	r := c.probe(t, "shop/Deployment/web", "data/Service/db", "--port", "5432", "-o", "json")
	var a answered
	if err := json.Unmarshal([]byte(r.stdout), &a); err != nil {
		t.Fatalf("%v in %s%s", err, r.stdout, r.stderr)
	}
	if len(a.Results) != 2 || a.Results[0].To == a.Results[1].To || a.Results[0].Client != a.Results[1].Client || r.code != 0 {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, one := range a.Results {
		if one.Outcome != "open" || one.Policies != "allowed" {
			t.Errorf("%+v", one)
		}
	}
}

// A plugin that rejects what it denies looks like a server that does not listen,
// unless one of the probe's own does.
func TestProbeTellsRejectionFromRefusal(t *testing.T) {
	t.Parallel()
	c := rejecting.up(t)
	a, r := c.ask(t, "shop/Deployment/other", "data/Deployment/db", "--port", "5432")
	if a.Results[0].Outcome != "refused" || r.code != 3 || !strings.Contains(strings.Join(a.Results[0].Notes, ""), "--listen tells the two apart") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	a, r = c.ask(t, "shop/Deployment/other", "data/Deployment/db", "--port", "5432", "--listen")
	if a.Results[0].Outcome != "rejected" || a.Network != "denied" || a.Agree == nil || !*a.Agree || r.code != 3 {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := c.probe(t, "--canary"); r.code != 0 || !strings.Contains(r.stdout, "under one that denies: rejected") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// Where nothing enforces policies, the network contradicts them.
func TestProbeContradictsPoliciesThatNobodyEnforces(t *testing.T) {
	t.Parallel()
	c := bare.up(t)
	r := c.probe(t, "shop/Deployment/other", "data/Deployment/db", "--port", "5432")
	for _, s := range []string{"allowed: shop/Deployment/other -> data/Deployment/db TCP 5432 (not what the policies say)\n",
		"network:  allowed, open: ", "policies: denied\n", "isolated by NetworkPolicy data/db"} {
		if !strings.Contains(r.stdout, s) || r.code != 3 {
			t.Errorf("exit code %d, %q is missing:\n%s%s", r.code, s, r.stdout, r.stderr)
		}
	}
	r = c.probe(t, "shop/Deployment/web", "data/Deployment/db", "--port", "5432")
	if r.code != 0 || !strings.Contains(r.stdout, "(as the policies say)") {
		t.Errorf("exit code %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// Ctrl-C while the policy denies: the policy, the pods and the namespace go.
func TestInterruptedCanaryLeavesNothing(t *testing.T) {
	t.Parallel()
	c := bare.up(t)
	cmd := c.command(t, "--canary", "-v", "1")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	namespace, said := "", ""
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said += lines.Text() + "\n"
		if name, ok := strings.CutPrefix(lines.Text(), "creating Namespace "); ok {
			namespace = name
		}
		if strings.HasPrefix(lines.Text(), "creating NetworkPolicy ") {
			send(t, cmd, os.Interrupt)
		}
	}
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(said, "error: interrupted\n") || namespace == "" {
		t.Fatalf("exit code %d:\n%s", code, said)
	}
	if left := c.get(t, "{.items[*].metadata.name}", "pods,networkpolicies", "-n", namespace); left != "" {
		t.Errorf("left: %s", left)
	}
	eventually(t, "the canary's namespace is gone", func() bool {
		return !strings.Contains(c.get(t, "{.items[*].metadata.name}", "namespaces"), namespace)
	})
}

func TestCanaryProvesEnforcement(t *testing.T) {
	t.Parallel()
	for _, q := range []struct {
		cluster *cluster
		verdict string
		code    int
	}{{calico, "enforced", 0}, {bare, "not enforced", 3}} {
		t.Run(q.verdict, func(t *testing.T) {
			t.Parallel()
			c := q.cluster.up(t)
			r := c.probe(t, "--canary", "-o", "json")
			var a struct {
				Verdict string
				Nodes   []struct{ Node, Before, Under, After string }
			}
			if err := json.Unmarshal([]byte(r.stdout), &a); err != nil || len(a.Nodes) != 1 {
				t.Fatalf("%v in %s%s", err, r.stdout, r.stderr)
			}
			if a.Verdict != q.verdict || r.code != q.code || a.Nodes[0].Node != c.node.Name() || a.Nodes[0].Before != "open" || a.Nodes[0].After != "open" {
				t.Errorf("exit code %d:\n%s%s", r.code, r.stdout, r.stderr)
			}
			eventually(t, "the canary's namespace is gone", func() bool {
				return c.get(t, "{.items[*].metadata.name}", "namespaces", "-l", "catalyst.cloud/probe") == ""
			})
		})
	}
}
