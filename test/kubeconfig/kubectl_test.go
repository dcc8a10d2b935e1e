package kubeconfig

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// view is what kubectl config view tells.
type view map[string]any

// others returns v without the entries of a login and the current context.
func (v view) others(login kubeconfig.Owned) view {
	out := view{}
	for k, x := range v {
		out[k] = x
	}
	delete(out, "current-context")
	for key, name := range map[string]string{"clusters": login.Cluster, "contexts": login.Context, "users": login.User} {
		list, _ := out[key].([]any) // null for an empty list
		list = slices.DeleteFunc(append([]any{}, list...), func(x any) bool { return x.(map[string]any)["name"] == name })
		out[key] = list
	}
	return out
}

func readWithKubectl(t *testing.T, path string) view {
	t.Helper()
	out, err := kubectl(t, path, "config", "view", "--raw", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var v view
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// crowd is a kubeconfig of 5,000 contexts.
func crowd() string {
	var c, x, u strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&c, "- cluster:\n    server: https://10.%d.%d.7:6443\n  name: c%d\n", i/250, i%250, i)
		fmt.Fprintf(&x, "- context:\n    cluster: c%d\n    user: u%d\n  name: x%d # of team %d\n", i, i, i, i%7)
		fmt.Fprintf(&u, "- name: u%d\n  user:\n    token: example-%d\n", i, i)
	}
	return "apiVersion: v1\nkind: Config\nclusters:\n" + c.String() + "contexts:\n" + x.String() + "users:\n" + u.String()
}

// TestKubectlAgrees asks the real kubectl what every file of the corpus means,
// before a login and after it.
func TestKubectlAgrees(t *testing.T) {
	names, err := filepath.Glob("../../pkg/kubeconfig/testdata/corpus/*")
	if err != nil || len(names) < 60 {
		t.Fatalf("the corpus has %d files: %v", len(names), err)
	}
	corpus := map[string]string{"5000-contexts.yaml": crowd()}
	for _, name := range names {
		corpus[filepath.Base(name)] = contents(t, name)
	}
	for name, text := range corpus {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			agrees(t, text)
		})
	}
}

func agrees(t *testing.T, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, text)
	before := readWithKubectl(t, path)
	_, owned, err := files(path).Merge(t.Context(), []kubeconfig.Entry{entry("prod: #1/β")}, "prod: #1/β")
	if err != nil {
		t.Fatal(err)
	}
	after := readWithKubectl(t, path)
	if after["current-context"] != "prod: #1/β" {
		t.Errorf("kubectl sees current context %q", after["current-context"])
	}
	none := kubeconfig.Owned{Context: "\x00", Cluster: "\x00", User: "\x00"}
	if d := cmp.Diff(before.others(none), after.others(owned[0])); d != "" {
		t.Errorf("kubectl sees other things than before:\n%s", d)
	}
	if err := logout(path); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, path); got != text {
		t.Errorf("after logout %q\nbefore login %q", got, text)
	}
}
