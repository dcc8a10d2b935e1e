package kubeconfig_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

func TestReplaceCAChangesTheCAAlone(t *testing.T) {
	t.Parallel()
	entry := func(name, uuid, ca string) kubeconfig.Entry {
		return kubeconfig.Entry{Context: name, Cluster: name, User: name + "/alice", Server: "https://192.0.2.1:6443",
			CAData: []byte(ca), Token: "t", Owner: kubeconfig.Owner{ClusterUUID: uuid, ClusterName: name, User: "alice"}}
	}
	src := []byte("# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: other\n  cluster: {server: \"https://192.0.2.9\", certificate-authority-data: b2xk}\n")
	merged, _, err := kubeconfig.Merge(src, []kubeconfig.Entry{entry("prod", "u-1", "old"), entry("blue", "u-2", "old")}, "prod")
	if err != nil {
		t.Fatal(err)
	}
	got, err := kubeconfig.ReplaceCA(merged, "u-1", []byte("new-ca"))
	if err != nil {
		t.Fatal(err)
	}
	enc := func(s string) []byte { return []byte(base64.StdEncoding.EncodeToString([]byte(s))) }
	i := bytes.Index(merged, []byte("server: https://192.0.2.1:6443"))
	if i < 0 || bytes.Count(got, enc("new-ca")) != 1 || bytes.Count(got, enc("old")) != 2 {
		t.Fatalf("the CA of one cluster should be new:\n%s", got)
	}
	if back := bytes.Replace(got, enc("new-ca"), enc("old"), 1); !bytes.Equal(back, merged) {
		t.Errorf("more than the CA changed:\n%s", got)
	}
	same, err := kubeconfig.ReplaceCA(got, "u-3", []byte("x"))
	if err != nil || !bytes.Equal(same, got) {
		t.Errorf("a cluster that is not there changed something: %v", err)
	}
}
