package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// The whole life of a cluster, from a template to nothing left of it.
func TestTheLifeOfACluster(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	p.catalyst("cluster", "create", "life", "--template", "v1.35", "--nodes", "2", "--label", "lab_delay=held")
	p.refused(1, []string{`there is a cluster called "life"`}, "cluster", "create", "life", "--template", "v1.35")
	p.refused(1, []string{"CREATE_IN_PROGRESS"}, "cluster", "upgrade", "life", "--template", "v1.36")
	p.finish("life")
	if r := p.catalyst("cluster", "wait", "life"); !strings.Contains(r.stderr, "life: CREATE_COMPLETE, masters 1/1, nodes 2/2") {
		t.Errorf("the wait did not tell of machines:\n%s", r.stderr)
	}
	p.catalyst("login", "life")
	p.catalyst("login", "life", "--context", "embedded", "--auth", "certificate", "--embed", "--kubeconfig", p.home+"/other")
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
	// The kubectl of this machine may be of any version, which is for doctor to say.
	diagnosis := p.run(p.path("kubectl-catalyst"), "doctor", "life").stdout
	for _, step := range []string{"credentials", "region", "roles", "cluster state", "kubeconfig", "API server", "identity", "Kubernetes version"} {
		if !strings.Contains(diagnosis, fmt.Sprintf("%-8s %-20s ", "ok", step)) {
			t.Errorf("%s is not ok:\n%s", step, diagnosis)
		}
	}
	p.catalyst("cluster", "resize", "life", "--nodes", "4", "--wait")
	for _, ref := range []string{"kubernetes-untagged", "kubernetes-v1.35.6", "kubernetes-no-tls"} {
		p.refused(1, []string{"cannot be upgraded", "kubernetes-v1.36.3"}, "cluster", "upgrade", "life", "--template", ref)
	}
	p.catalyst("cluster", "upgrade", "life", "--template", "v1.36", "--wait")
	var shown struct {
		Status   string
		Nodes    int                     `json:"node_count"`
		Version  string                  `json:"coe_version"`
		Contexts []string                `json:"contexts"`
		Groups   []struct{ Name string } `json:"node_groups"`
	}
	if err := json.Unmarshal([]byte(p.catalyst("cluster", "show", "life", "-o", "json").stdout), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Status != "UPDATE_COMPLETE" || shown.Nodes != 4 || shown.Version != "v1.36.3" || len(shown.Contexts) != 1 || len(shown.Groups) != 2 {
		t.Errorf("the cluster is %+v", shown)
	}
	p.set("KUBECONFIG", p.kubeconfig+string(os.PathListSeparator)+p.home+"/other")
	p.catalyst("cluster", "rotate-ca", "life", "--wait")
	if err := p.bed.RestartAPIServer(t.Context(), "life"); err != nil {
		t.Fatal(err)
	}
	for _, context := range []string{"life", "embedded"} {
		if out := p.kubectl("--context", context, "get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
			t.Errorf("after the rotation %s gets %q", context, out)
		}
	}
	r := p.catalyst("cluster", "delete", "life", "--yes", "--wait")
	if !strings.Contains(r.stderr, `cluster "life" is deleted`) || !strings.Contains(r.stderr, `logged out of cluster "life" (context "embedded")`) {
		t.Errorf("deleting said\n%s", r.stderr)
	}
	for _, path := range []string{p.kubeconfig, p.home + "/other"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is left", path)
		}
	}
	p.refused(1, []string{`"life" not found`}, "cluster", "show", "life")
}

// A creation that fails says why and what to do, and leaves nothing in the
// kubeconfig.
func TestCreateThatFails(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	r := p.run(p.path("kubectl-catalyst"), "cluster", "create", "doomed", "--template", "v1.36", "--label", "lab_outcome=FAILED", "--login")
	if r.code != 1 {
		t.Errorf("exit code %d", r.code)
	}
	for _, says := range []string{`error: cluster "doomed" ended in CREATE_FAILED`, "Failed to create trustee or trust: lab", "quota exceeded",
		"hint: 'openstack-coe-helper support doomed'"} {
		if !strings.Contains(r.stderr, says) {
			t.Errorf("stderr lacks %q:\n%s", says, r.stderr)
		}
	}
	if _, err := os.Stat(p.kubeconfig); err == nil {
		t.Error("there is a kubeconfig")
	}
}

// begun waits until Magnum has handed the cluster to its driver: a conductor that
// is restarted before that forgets the cluster.
func (p *person) begun(name string) {
	p.t.Helper()
	patience.Until(p.t, "Magnum begins with "+name, func() bool {
		var c struct {
			Stack string `json:"stack_id"`
		}
		r := p.run(p.path("kubectl-catalyst"), "cluster", "show", name, "-o", "json")
		return json.Unmarshal([]byte(r.stdout), &c) == nil && c.Stack != ""
	})
}

// waitThrough waits for a cluster that is being created, lets something happen
// once the wait has begun, and returns its events. The cluster is complete
// some time after what happened.
func (p *person) waitThrough(name string, happen func()) []string {
	p.t.Helper()
	p.catalyst("cluster", "create", name, "--template", "v1.36", "--label", "lab_delay=held", "--label", "lab_api=https://127.0.0.1:1")
	p.begun(name)
	cmd := exec.CommandContext(patience.Context(p.t), p.path("kubectl-catalyst"), "cluster", "wait", name, "-o", "json", "--timeout", "1h")
	cmd.Env, cmd.Dir = p.environ(), p.home
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	var events []string
	for d := json.NewDecoder(out); ; {
		var e struct{ Type, Status string }
		if d.Decode(&e) != nil {
			break
		}
		if events = append(events, e.Type+" "+e.Status); len(events) == 1 {
			happen()
			p.finish(name)
		}
	}
	if err := cmd.Wait(); err != nil {
		p.t.Fatalf("%v after %q: %s", err, events, complaints.String())
	}
	return events
}

// Magnum goes away while somebody waits. Not parallel: nobody else may need it.
func TestWaitThroughARestartOfMagnum(t *testing.T) {
	p := somebody(t, "alice")
	events := p.waitThrough("lasting", func() {
		if err := p.bed.RestartMagnum(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if last := events[len(events)-1]; last != "done CREATE_COMPLETE" {
		t.Errorf("the events were %q", events)
	}
}

// A token that dies while somebody waits is replaced.
func TestWaitThroughARevokedToken(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	p.catalyst("login", "prod", "--auth", "keystone", "--embed", "--no-check") // shows the token in use
	_, rest, _ := strings.Cut(p.read(p.kubeconfig), "token: ")
	token := strings.Trim(strings.Fields(rest)[0], `"'`)
	events := p.waitThrough("patient", func() {
		if err := p.bed.RevokeToken(t.Context(), token); err != nil {
			t.Error(err)
		}
	})
	if last := events[len(events)-1]; last != "done CREATE_COMPLETE" {
		t.Errorf("the events were %q", events)
	}
}
