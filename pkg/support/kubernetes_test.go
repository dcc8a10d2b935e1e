package support_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/support"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

// answersVariable makes the test binary stand in for kubectl: it names a folder
// with a file for each question, called as the words of the question, and it
// writes each question down.
const answersVariable = "SUPPORT_TEST_ANSWERS"

func TestMain(m *testing.M) {
	dir := os.Getenv(answersVariable)
	if dir == "" {
		testenv.Main(m, nil)
	}
	words := strings.Join(os.Args[1:], " ")
	asked, err := os.OpenFile(filepath.Join(dir, "asked"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		fmt.Fprintln(asked, words)
		asked.Close()
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(words, strings.ReplaceAll(e.Name(), "_", " ")) {
			answer, _ := os.ReadFile(filepath.Join(dir, e.Name()))
			os.Stdout.Write(answer)
			return
		}
	}
	fmt.Fprintln(os.Stderr, "Warning: something else\nError from server (Forbidden): "+words+" is forbidden")
	os.Exit(1)
}

const viewTemplate = `{"current-context": "current",
 "contexts": [
  {"name": "other", "context": {"cluster": "other"}},
  {"name": "first", "context": {"cluster": "right"}},
  {"name": "current", "context": {"cluster": "CURRENT"}},
  {"name": "tunnel", "context": {"cluster": "tunnel", "extensions": [{"name": "catalyst", "extension": {"cluster-uuid": "UUID"}}]}}],
 "clusters": [
  {"name": "other", "cluster": {"server": "https://other:6443"}},
  {"name": "tunnel", "cluster": {"server": "https://127.0.0.1:1"}},
  {"name": "right", "cluster": {"server": "ADDRESS/"}}]}`

const nodeList = `{"items": [{"metadata": {"name": "node-1", "creationTimestamp": "2026-11-20T14:30:00Z"},
 "spec": {"unschedulable": true, "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]},
 "status": {"capacity": {"cpu": "2"}, "nodeInfo": {"kubeletVersion": "v1.35.6", "osImage": "Fedora"},
  "addresses": [{"type": "InternalIP", "address": "10.0.0.5"}],
  "conditions": [{"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "token=abcdefgh is bad", "lastTransitionTime": "2026-11-20T15:10:00Z"},
   {"type": "MemoryPressure", "status": "False", "lastTransitionTime": "2026-11-20T14:30:00Z"}]}}]}`

const podList = `{"items": [
 {"metadata": {"name": "good"}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}},
 {"metadata": {"name": "done"}, "status": {"phase": "Succeeded", "conditions": [{"type": "Ready", "status": "False"}]}},
 {"metadata": {"name": "bad"}, "spec": {"nodeName": "node-1"}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}],
  "containerStatuses": [{"name": "c", "image": "x/secrets-store:v1.2", "restartCount": 7, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
   "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}},
 {"metadata": {"name": "new"}, "status": {"phase": "Pending"}}]}`

// eventList has more warnings than a bundle takes, each a minute after the one before.
func eventList() string {
	type m = map[string]any
	var items []m
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for i := range 60 {
		items = append(items, m{"metadata": m{"namespace": "apps"}, "involvedObject": m{"kind": "Pod", "name": fmt.Sprintf("p%02d", i)},
			"reason": "Failed", "message": "no", "count": 3, "lastTimestamp": start.Add(time.Duration(i) * time.Minute)})
	}
	items[0]["lastTimestamp"], items[0]["eventTime"] = nil, start.Add(24*time.Hour) // how newer clients record it
	items[0]["series"] = m{"count": 9, "lastObservedTime": start.Add(48 * time.Hour)}
	data, _ := json.Marshal(m{"items": items})
	return string(data)
}

// collectKubernetes makes a bundle with the test binary as kubectl, answering
// from files, and returns the Kubernetes part and what kubectl was asked.
func collectKubernetes(t *testing.T, files map[string]string, change func(*support.Options)) (map[string]any, support.PartStatus, string) {
	t.Helper()
	f := whole(t)
	dir := t.TempDir()
	address := f.cluster["api_address"].(string)
	for name, text := range files {
		text = strings.NewReplacer("ADDRESS", address, "UUID", clusterUUID).Replace(text)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := options(f)
	o.Kubernetes = true
	o.Kubectl.Environ = append(os.Environ(), answersVariable+"="+dir)
	o.Check = func(context.Context) (prereq.Report, error) {
		return prereq.Report{Kubectl: prereq.Kubectl{Path: self}}, nil
	}
	if change != nil {
		change(&o)
	}
	b, err := support.Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	asked, _ := os.ReadFile(filepath.Join(dir, "asked"))
	part, _ := decoded(t, b)["kubernetes"].(map[string]any)
	return part, parts(b)["kubernetes"], string(asked)
}

func cluster() map[string]string {
	return map[string]string{
		"config_view": strings.Replace(viewTemplate, "CURRENT", "other", 1),
		"get_nodes":   nodeList, "get_events": eventList(), "get_pods_--context_first_-n_kube-system": podList,
		"get_pods_--context_first_-n_openstack-system": `{"items": []}`, "get_pods_--context_first_-n_tigera-operator": `{"items": []}`,
		"get_pods_--context_first_-n_calico-apiserver": `{"items": []}`, "get_pods_--context_first_-n_calico-system": `{"items": []}`,
	}
}

func TestKubernetesPart(t *testing.T) {
	t.Parallel()
	got, status, asked := collectKubernetes(t, cluster(), nil)
	if status.Status != support.Collected || got["context"] != "first" {
		t.Fatalf("%v, context %v", status, got["context"])
	}
	if got["failed"] != nil {
		t.Errorf("failed: %v", got["failed"])
	}
	node := got["nodes"].([]any)[0].(map[string]any)
	text, _ := json.Marshal(node)
	for _, want := range []string{`"cordoned":true`, `"k=v:NoSchedule"`, `"InternalIP 10.0.0.5"`, `"v1.35.6"`, `token=[secret removed] is bad`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the node lacks %s: %s", want, text)
		}
	}
	warnings := got["warnings"].([]any)
	if first := warnings[0].(map[string]any); len(warnings) != 50 || got["warnings_left_out"] != 10.0 || first["object"] != "Pod/p00" || first["count"] != 9.0 {
		t.Errorf("%d warnings, left out %v, the newest %v", len(warnings), got["warnings_left_out"], first)
	}
	var pods []string
	for _, p := range got["pods_not_ready"].([]any) {
		text, _ := json.Marshal(p)
		pods = append(pods, string(text))
	}
	if len(pods) != 2 || !strings.Contains(pods[0], `"waiting: CrashLoopBackOff: back-off"`) || !strings.Contains(pods[0], `"ended with 137: OOMKilled"`) ||
		!strings.Contains(pods[0], "secrets-store:v1.2") || !strings.Contains(pods[1], `"name":"new"`) {
		t.Errorf("pods: %v", pods)
	}
	for line := range strings.Lines(asked) {
		if !strings.HasPrefix(line, "config view") && !strings.HasPrefix(line, "get ") {
			t.Errorf("kubectl was asked to %s", line)
		}
	}
}

func TestKubernetesContext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		view   string
		change func(*support.Options)
		want   string // words of a question
		why    string
	}{
		"current first": {strings.Replace(viewTemplate, "CURRENT", "right", 1), nil, "--context current", ""},
		"by uuid, through a tunnel": {strings.NewReplacer("ADDRESS/", "https://elsewhere", "CURRENT", "other").Replace(viewTemplate), nil,
			"--context tunnel", ""},
		"none leads there": {strings.NewReplacer("ADDRESS/", "https://elsewhere", "UUID", "x", "CURRENT", "other").Replace(viewTemplate), nil,
			"", "no context of the kubeconfig leads to this cluster (log in to it first"},
		"named": {"", func(o *support.Options) { o.Kubectl.Context, o.Kubectl.Kubeconfig = "mine", "/k" }, "get nodes --context mine --kubeconfig /k -o json", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, status, asked := collectKubernetes(t, map[string]string{"config_view": c.view, "get_nodes": nodeList}, c.change)
			if !strings.Contains(asked, c.want) || !strings.Contains(status.Why, c.why) {
				t.Errorf("asked:\n%s\nstatus %v", asked, status)
			}
			if c.want == "" && strings.Contains(asked, "get ") {
				t.Errorf("another cluster was asked:\n%s", asked)
			}
		})
	}
}

// TestKubernetesPartly: who may not read events still gets the nodes.
func TestKubernetesPartly(t *testing.T) {
	t.Parallel()
	files := cluster()
	delete(files, "get_events")
	got, status, _ := collectKubernetes(t, files, nil)
	failed, _ := got["failed"].([]any)
	if status.Status != support.Collected || len(failed) != 1 || !strings.Contains(failed[0].(string), "Error from server (Forbidden)") {
		t.Errorf("%v, failed %v", status, failed)
	}
	if nodes := got["nodes"].([]any); len(nodes) != 1 {
		t.Errorf("nodes: %v", nodes)
	}
	got, status, _ = collectKubernetes(t, map[string]string{"config_view": files["config_view"]}, nil)
	if got != nil || status.Status != support.Failed || !strings.Contains(status.Why, "Forbidden") {
		t.Errorf("everything forbidden: %v, %v", status, got)
	}
}
