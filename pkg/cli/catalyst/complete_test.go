package catalyst_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// shell is somebody who presses TAB, and waits for an answer as long as it takes,
// so that a machine with much else to do does not matter.
type shell struct {
	t     *testing.T
	cloud *sandbox.Sandbox
	env   map[string]string
	now   time.Time
}

func newShell(t *testing.T, o sandbox.Options) *shell {
	t.Helper()
	cloud, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	s := &shell{t: t, cloud: cloud, env: cloud.Env("alice"), now: time.Now()}
	home := t.TempDir()
	s.env["HOME"], s.env["KUBECONFIG"], s.env[late] = home, filepath.Join(home, "kubeconfig"), "1"
	return s
}

// late is the variable of a completion that goes on when nobody waits any more.
const late = "KUBECTL_CATALYST_COMPLETE_LATE"

// newHastyShell is one of somebody who waits as long as people do.
func newHastyShell(t *testing.T, o sandbox.Options) *shell {
	t.Helper()
	s := newShell(t, o)
	delete(s.env, late)
	return s
}

// tab returns the words offered at the end of a line, and the directive.
func (s *shell) tab(line ...string) (words []string, directive string) {
	s.t.Helper()
	lines, directive := s.described(line...)
	for _, l := range lines {
		word, _, _ := strings.Cut(l, "\t")
		words = append(words, word)
	}
	return words, directive
}

func (s *shell) described(line ...string) (lines []string, directive string) {
	s.t.Helper()
	out, errOut := s.run(append([]string{"__complete"}, line...)...)
	if errOut != "" {
		s.t.Errorf("%q wrote to stderr: %s", line, errOut)
	}
	lines = strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

func (s *shell) run(args ...string) (stdout, stderr string) {
	s.t.Helper()
	var out, errOut bytes.Buffer
	code := catalyst.Run(s.t.Context(), args, cli.Env{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Getenv:    func(k string) string { return s.env[k] }, Now: func() time.Time { return s.now },
	})
	if code != 0 {
		s.t.Errorf("%q: exit code %d: %s", args, code, errOut.String())
	}
	return out.String(), errOut.String()
}

// offers checks what is offered, without files beside it.
func (s *shell) offers(want []string, line ...string) {
	s.t.Helper()
	got, directive := s.tab(line...)
	if diff := cmp.Diff(want, got); diff != "" || directive != ":4" {
		s.t.Errorf("%q: directive %s (-want +got):\n%s", line, directive, diff)
	}
}

func TestCompletionOfClusters(t *testing.T) {
	t.Parallel()
	s := newShell(t, sandbox.Options{})
	all, _ := s.tab("login", "")
	for _, want := range []string{"prod", "blue", "green", "bobs"} {
		if !slices.Contains(all, want) {
			t.Errorf("no %s among %q", want, all)
		}
	}
	if slices.Contains(all, "twin") || len(all) < 8 {
		t.Errorf("of two clusters called twin the UUIDs are wanted: %q", all)
	}
	for _, path := range [][]string{{"doctor"}, {"cluster", "show"}, {"cluster", "wait"}, {"cluster", "resize"}, {"cluster", "upgrade"},
		{"cluster", "rotate-ca"}, {"cluster", "delete"}, {"template", "list", "--cluster"}, {"login", "green", "--no-use", "--auth", "keystone"}} {
		s.offers([]string{"blue"}, append(path, "bl")...)
	}
	s.offers([]string{"blue"}, "login", "prod", "--all=false", "bl")
	s.offers(nil, "login", "blue", "bl")
	s.offers(nil, "cluster", "show", "prod", "bl")
	s.offers(nil, "cluster", "create", "bl")
	if lines, _ := s.described("cluster", "show", "prod"); len(lines) != 1 || lines[0] != "prod\tv1.36.3, CREATE_COMPLETE" {
		t.Errorf("described as %q", lines)
	}
}

func TestCompletionOfTheAccount(t *testing.T) {
	t.Parallel()
	s := newShell(t, sandbox.Options{})
	templates, _ := s.tab("cluster", "create", "new", "--template", "kubernetes-v1.3")
	if len(templates) < 2 || !slices.IsSortedFunc(templates, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("templates, newest first: %q", templates)
	}
	s.offers(templates, "cluster", "upgrade", "prod", "--template", "kubernetes-v1.3")
	s.offers(templates, "template", "show", "kubernetes-v1.3")
	s.offers([]string{"RegionOne", "RegionTwo"}, "login", "--os-region-name", "")
	s.offers([]string{"default-master", "default-worker"}, "cluster", "resize", "prod", "--nodegroup", "")
	s.offers(nil, "cluster", "resize", "--nodegroup", "")
	s.offers([]string{"1", "3", "5", "7"}, "cluster", "create", "x", "--masters", "")

	clouds := filepath.Join(s.env["HOME"], "clouds.yaml")
	if err := os.WriteFile(clouds, s.cloud.CloudsYAML("alice", "carol"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.env = map[string]string{"HOME": s.env["HOME"], "KUBECONFIG": s.env["KUBECONFIG"], "OS_CLIENT_CONFIG_FILE": clouds, late: "1"}
	s.offers([]string{"alice", "carol"}, "cluster", "list", "--os-cloud", "")
	s.offers([]string{"blue"}, "cluster", "show", "--os-cloud=alice", "bl")
	s.offers(nil, "cluster", "show", "bl") // nobody knows whose
}

func TestCompletionOfChoices(t *testing.T) {
	t.Parallel()
	s := newShell(t, sandbox.Options{})
	s.offers([]string{"auto", "keystone", "certificate"}, "login", "--auth", "")
	s.offers([]string{"table", "wide", "json", "yaml", "name"}, "cluster", "list", "-o", "")
	s.offers([]string{"mermaid"}, "network-policy", "map", "-o", "m")
	s.offers([]string{"error", "warning", "info", "never"}, "network-policy", "check", "--fail-on=")
	s.offers([]string{"no-default-deny-egress", "no-default-deny-ingress"}, "network-policy", "check", "--skip", "no-default")
	s.offers([]string{"install", "bash", "fish", "powershell", "zsh"}, "completion", "")
	for _, line := range [][]string{{"network-policy", "check", "-f", ""}, {"login", "--from-file", ""}, {"cluster", "list", "--kubeconfig", ""}} {
		if words, directive := s.tab(line...); directive != ":0" || len(words) > 0 {
			t.Errorf("%q is not completed with files: %q %s", line, words, directive)
		}
	}
	if words, directive := s.tab("network-policy", "diff", ""); directive != ":0" || !slices.Equal(words, []string{"live"}) {
		t.Errorf("diff: %q %s", words, directive)
	}
}

func TestCompletionOfWhatTheKubeconfigHas(t *testing.T) {
	t.Parallel()
	s := newShell(t, sandbox.Options{})
	s.run("login", "blue", "--no-check")
	s.run("login", "green", "--no-check", "--context", "office")
	s.cloud.Forget()
	s.offers([]string{"blue", "office"}, "logout", "")
	s.offers([]string{"office"}, "logout", "blue", "")
	s.offers([]string{"blue", "office"}, "network-policy", "check", "--context", "")
	s.offers(nil, "login", "blue", "--context", "")
	if n := len(s.cloud.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// The cloud is asked once for a few presses of TAB, and again a little later.
func TestCompletionAsksSeldom(t *testing.T) {
	t.Parallel()
	s := newHastyShell(t, sandbox.Options{})
	for range 3 {
		s.offers([]string{"blue"}, "cluster", "show", "bl")
	}
	asked := func() int { return s.cloud.Count(sandbox.Magnum, "GET", "/v1/clusters") }
	if n := asked(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	s.now = s.now.Add(16 * time.Second)
	s.offers([]string{"blue"}, "cluster", "show", "bl")
	if n := asked(); n != 2 {
		t.Errorf("asked %d times after 16 s", n)
	}
	s.run("cluster", "list", "--no-cache")
	s.offers([]string{"blue"}, "cluster", "show", "--no-cache", "bl")
	if n := asked(); n != 4 {
		t.Errorf("asked %d times with --no-cache", n)
	}
	if n := s.cloud.Count(sandbox.Keystone, "POST", "/v3/auth/tokens"); n > 3 {
		t.Errorf("%d sign-ins", n)
	}
}

// In files there are namespaces, pods, workloads and services, too.
func TestCompletionOfFlowsInFiles(t *testing.T) {
	t.Parallel()
	s := newShell(t, sandbox.Options{})
	file := filepath.Join(s.env["HOME"], "shop.yaml")
	if err := os.WriteFile(file, []byte(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: c}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: probe, namespace: ops}
spec: {containers: [{name: c, image: c}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	explain := func(line ...string) []string {
		return append([]string{"network-policy", "explain", "-f", file}, line...)
	}
	if words, directive := s.tab(explain("")...); !slices.Equal(words, []string{"ops/", "shop/"}) || directive != ":6" {
		t.Errorf("namespaces: %q %s", words, directive)
	}
	s.offers([]string{"ops/probe"}, explain("ops/")...)
	s.offers([]string{"shop/Deployment/web"}, explain("shop/")...)
	s.offers([]string{"shop/Deployment/web", "shop/Service/web"}, explain("ops/probe", "shop/")...)
	s.offers([]string{"shop/deploy/web"}, explain("ops/probe", "shop/deploy/")...)
	s.offers(nil, explain("ops/probe", "shop/deploy/web", "")...)
	s.offers([]string{"ops", "shop"}, explain("-n", "")...)
}
