package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// before is a kubeconfig as somebody has it: comments, another tool's cluster,
// flow style, no final newline.
const before = `# mine, do not touch
apiVersion: v1
kind: Config
clusters:
- name: kind-dev   # local
  cluster: {server: "https://127.0.0.1:1", insecure-skip-tls-verify: true}
users: [{name: kind-dev, user: {token: abc}}]
contexts:
- context: {cluster: kind-dev, user: kind-dev}
  name: kind-dev
current-context: kind-dev`

// tokenPrefix begins every Fernet token of Keystone (version byte 0x80 and the
// high bytes of a time, in base64).
const tokenPrefix = "gAAAAA"

// The main journey: every way to be somebody, every way to be known to a
// cluster, a working kubectl at the end, and nothing left after it.
func TestLoginEndsInAWorkingKubectl(t *testing.T) { onBothClouds(t, logsInEveryWay) }

func logsInEveryWay(t *testing.T, cloud lab.Cloud) {
	l := bedOf(t, cloud)
	ways := map[string]func(p *person){
		"password": func(*person) {},
		"token": func(p *person) {
			token, err := l.Token(t.Context(), "alice")
			if err != nil {
				t.Fatal(err)
			}
			p.set("OS_PASSWORD", "")
			p.set("OS_TOKEN", token)
			p.set("OS_AUTH_TYPE", "token")
		},
		"application credential": func(p *person) { p.vars = l.Env("appcred") },
		"clouds.yaml": func(p *person) {
			p.file(".config/openstack/clouds.yaml", l.CloudsYAML())
			p.vars = []string{"OS_CLOUD=alice"}
		},
	}
	modes := map[string][]string{
		"auto":                 nil,
		"keystone":             {"--auth", "keystone"},
		"certificate":          {"--auth", "certificate"},
		"keystone embedded":    {"--auth", "keystone", "--embed"},
		"certificate embedded": {"--auth", "certificate", "--embed"},
	}
	for way, prepare := range ways {
		for mode, flags := range modes {
			t.Run(way+"/"+mode, func(t *testing.T) {
				t.Parallel()
				p := somebodyAt(t, cloud, "alice")
				prepare(p)
				p.file(".kube/config", []byte(before))
				p.catalyst(append([]string{"login", "prod"}, flags...)...)
				if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "namespace/kube-system") {
					t.Errorf("kubectl get ns printed %q", out)
				}
				if text := p.read(p.kubeconfig); strings.Contains(mode, "embedded") != (strings.Contains(text, "client-key-data") || strings.Contains(text, tokenPrefix)) {
					t.Errorf("secret in the kubeconfig: want %v", strings.Contains(mode, "embedded"))
				}
				p.catalyst("logout", "prod")
				if after := p.read(p.kubeconfig); after != before {
					t.Errorf("logout left another kubeconfig:\n%s", after)
				}
			})
		}
	}
}

func TestThreeClustersInOneGo(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	p.file(".kube/config", []byte(before))
	for _, name := range []string{"blue", "green"} {
		if _, err := p.bed.KubeFor(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	r := p.catalyst("login", "prod", "blue", "green", "-o", "json")
	var rows []struct {
		Cluster, Context, Version string
		Reachable                 bool
	}
	if err := json.Unmarshal([]byte(r.stdout), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 {
		t.Fatalf("%d rows, want 3", len(rows))
	}
	for _, row := range rows {
		if !row.Reachable || row.Version == "" {
			t.Errorf("cluster %q did not tell its version", row.Cluster)
		}
		if !strings.Contains(r.stderr, row.Cluster+": ready") {
			t.Errorf("no progress line for %q:\n%s", row.Cluster, r.stderr)
		}
	}
	contexts := p.kubectl("config", "get-contexts", "-o", "name")
	for _, name := range []string{"blue", "green", "prod", "kind-dev"} {
		if !strings.Contains(contexts, name+"\n") {
			t.Errorf("context %q is missing in\n%s", name, contexts)
		}
	}
	if now := p.kubectl("config", "current-context"); now != "kind-dev\n" {
		t.Errorf("current context is %q", now)
	}
	p.catalyst("login", "green")
	if now := p.kubectl("config", "current-context"); now != "green\n" {
		t.Errorf("current context is %q after a login to green", now)
	}
	if out := p.kubectl("--context", "blue", "get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("blue answers %q", out)
	}
}

func TestWaitForAClusterThatIsBeingCreated(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	p.create("fresh", "lab_delay=held")
	p.refused(1, []string{"CREATE_IN_PROGRESS", "--wait"}, "login", "fresh")
	if _, err := os.Stat(p.kubeconfig); err == nil {
		t.Error("a refused login wrote a kubeconfig")
	}
	cmd := exec.CommandContext(patience.Context(t), p.path("kubectl-catalyst"), "login", "fresh", "--wait=1h", "--no-check")
	cmd.Env, cmd.Dir = p.environ(), p.home
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	waits := false
	for lines := bufio.NewScanner(said); lines.Scan(); {
		fmt.Fprintln(&all, lines.Text())
		if !waits && strings.Contains(lines.Text(), "fresh: CREATE_IN_PROGRESS, masters 0/1") {
			waits = true
			p.finish("fresh")
		}
	}
	if err := cmd.Wait(); err != nil || !waits {
		t.Fatalf("%v; a word about waiting: %v\n%s", err, waits, all.String())
	}
	if _, err := p.bed.KubeFor(t.Context(), "fresh"); err != nil {
		t.Fatal(err)
	}
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"bob", "carol"} {
		p := somebody(t, user)
		for _, mode := range []string{"auto", "certificate"} {
			p.refused(1, []string{`"prod"`, "--output-kubeconfig", "--from-file"}, "login", "prod", "--auth", mode, "-v", "9")
		}
	}
	p := somebody(t, "alice")
	p.refused(1, []string{"RegionTwo"}, "login", "prod", "--os-region-name", "RegionTwo")
	p.refused(1, []string{"twin", "-"}, "login", "twin")
	p.refused(1, []string{`"nope"`}, "login", "nope")
	p.refused(1, []string{`"elsewhere"`}, "login", "elsewhere")
	p.refused(1, []string{`"failed"`, "Failed to create trustee or trust"}, "login", "failed")
	p.refused(1, []string{`"notls"`, "TLS"}, "login", "notls")
	p.refused(1, []string{`"creating"`, "--wait"}, "login", "creating")
	p.refused(1, []string{`"creating-certs"`, "--wait"}, "login", "creating-certs", "--auth", "certificate")

	wrong := somebody(t, "alice")
	wrong.set("OS_PASSWORD", "wrong-password")
	wrong.refused(4, []string{"alice"}, "login", "prod", "-v", "9")
}

// create has the real client make a cluster.
func (p *person) create(name string, labels ...string) {
	p.t.Helper()
	args := []string{"coe", "cluster", "create", name, "--cluster-template", "kubernetes-v1.36.3", "--merge-labels"}
	for _, l := range labels {
		args = append(args, "--labels", l)
	}
	if _, err := p.bed.OpenStack(p.t.Context(), "alice", p.t.TempDir(), args...); err != nil {
		p.t.Fatal(err)
	}
}

// The kubeconfig that the documentation has people make, and ours, lead to the
// same answer of the same API server.
func TestSameAnswerAsTheOpenStackClient(t *testing.T) { onBothClouds(t, answersAsTheOpenStackClient) }

func answersAsTheOpenStackClient(t *testing.T, cloud lab.Cloud) {
	p := somebodyAt(t, cloud, "alice")
	dir := t.TempDir()
	if _, err := p.bed.OpenStack(t.Context(), "alice", dir, "coe", "cluster", "config", "prod", "--force"); err != nil {
		t.Fatal(err)
	}
	p.catalyst("login", "prod", "--auth", "certificate")
	ours := p.kubectl("get", "ns", "-o", "name")
	theirs := p.kubectl("--kubeconfig", dir+"/config", "get", "ns", "-o", "name")
	if ours != theirs || ours == "" {
		t.Errorf("ours: %q\ntheirs: %q", ours, theirs)
	}
}

// An openrc is sourced in one terminal; the next has no variables at all.
func TestNewTerminalNeedsNoOpenrc(t *testing.T) { onBothClouds(t, needsNoOpenrc) }

func needsNoOpenrc(t *testing.T, cloud lab.Cloud) {
	p := somebodyAt(t, cloud, "alice")
	token, err := p.bed.Token(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	p.set("OS_PASSWORD", "")
	p.set("OS_TOKEN", token)
	p.set("OS_AUTH_TYPE", "token")
	p.catalyst("login", "prod", "--auth", "keystone")
	p.vars = nil
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
}

// An administrator hands a file to colleagues, who are themselves with it.
func TestSharedFileMakesEverybodyThemselves(t *testing.T) { onBothClouds(t, sharesAFile) }

func sharesAFile(t *testing.T, cloud lab.Cloud) {
	alice := somebodyAt(t, cloud, "alice")
	file := alice.home + "/prod.yaml"
	alice.catalyst("login", "prod", "--auth", "keystone", "--output-kubeconfig", file)
	if _, err := os.Stat(alice.kubeconfig); err == nil {
		t.Error("a stand-alone file was asked for, and the kubeconfig was written too")
	}
	for _, user := range []string{"carol", "bob"} {
		p := somebodyAt(t, cloud, user)
		p.catalyst("login", "--from-file", file)
		if who := p.kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"); who != user {
			t.Errorf("%s is %q to the cluster", user, who)
		}
	}
}

// A cluster that was deleted and created again under its name takes over the
// entry of the old one, and a login to one that is gone is found stale.
func TestRecreatedClusterTakesOverItsEntry(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	login := func() (uuid, context string) {
		r := p.catalyst("login", "phoenix", "--wait", "--no-check", "-o", "json")
		var rows []struct{ UUID, Context string }
		if err := json.Unmarshal([]byte(r.stdout), &rows); err != nil || len(rows) != 1 {
			t.Fatalf("%v: %s", err, r.stdout)
		}
		return rows[0].UUID, rows[0].Context
	}
	p.create("phoenix")
	old, _ := login()
	p.delete(old)
	p.create("phoenix")
	fresh, context := login()
	if fresh == old || context != "phoenix" {
		t.Errorf("the new cluster %s (old: %s) has context %q", fresh, old, context)
	}
	if text := p.read(p.kubeconfig); strings.Contains(text, old) {
		t.Errorf("the old cluster is still in the kubeconfig:\n%s", text)
	}
	p.catalyst("login", "prod", "--no-check")
	p.delete(fresh)
	p.catalyst("logout", "--stale")
	if contexts := p.kubectl("config", "get-contexts", "-o", "name"); contexts != "prod\n" {
		t.Errorf("after logout --stale there are the contexts %q", contexts)
	}
}

// delete has the real client delete a cluster and waits until it is gone.
func (p *person) delete(uuid string) {
	p.t.Helper()
	if _, err := p.bed.OpenStack(p.t.Context(), "alice", p.t.TempDir(), "coe", "cluster", "delete", uuid); err != nil {
		p.t.Fatal(err)
	}
	patience.Until(p.t, "cluster "+uuid+" is gone", func() bool {
		return !strings.Contains(p.catalyst("cluster", "list", "-o", "json").stdout, uuid)
	})
}
