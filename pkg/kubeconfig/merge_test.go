package kubeconfig_test

import (
	"fmt"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

func entry(name, uuid string) kubeconfig.Entry {
	return kubeconfig.Entry{
		Context: name, Cluster: name, User: name + "-alice",
		Server: "https://203.0.113.10:6443",
		CAData: []byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
		Exec: &kubeconfig.Exec{Command: "kubectl-catalyst", Args: []string{"credential", "--cluster=" + uuid},
			InstallHint: "install it"},
		Owner: kubeconfig.Owner{ClusterUUID: uuid, ClusterName: name, ProjectID: "p1", Region: "nz-por-1",
			AuthURL: "https://api.example.org:5000/v3", Auth: "keystone", User: "alice"},
	}
}

func TestQuick(t *testing.T) {
	docs := []string{
		"", "\n", "# c", "---\n", "---", "apiVersion: v1", "apiVersion: v1\n", "{}", "{\n}\n", "\ufeff# x\r\n", "\ufeff",
		"apiVersion: v1\nkind: Config\nclusters: null\nusers: []\ncontexts:\ncurrent-context: \"\"\n",
		"apiVersion: v1\nkind: Config\nclusters: null # no\nusers: [] # q\ncontexts: # z\ncurrent-context: foo # cc",
		`{"apiVersion":"v1","clusters":[],"contexts":null,"users":[{"name":"a","user":{"token":"x"}}]}`,
		"{\n    \"apiVersion\": \"v1\",\n    \"clusters\": [\n        {\n \"name\": \"a\", \"cluster\": {\"server\": \"https://x\"}}\n    ],\n    \"contexts\": [ ]\n}\n",
		"kind: Config\nclusters:\n# one\n- name: x\n  cluster:\n    server: https://y # tail\n\n# two\nusers:\n  - name: q\n    user: {token: abc}\ncontexts: [{name: x, context: {cluster: x, user: q}}]\ncurrent-context: x",
		"users:\n- name: x\n  user:\n    token: |\n      abc\n      \tdef\n\n- name: b\n  user: &u\n    token: z\n- name: c\n  user: *u\n",
		"  apiVersion: v1\n  clusters:\n  - name: a\n    cluster: {}\n",
	}
	for i, src := range docs {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			a, owned, err := kubeconfig.Merge([]byte(src), []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s\n%+v", a, owned)
			b, _, err := kubeconfig.Merge(a, []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
			if err != nil || string(a) != string(b) {
				t.Fatalf("again: %v\n%s", err, b)
			}
			b, _, err = kubeconfig.Merge(a, []kubeconfig.Entry{entry("dev", "u-2"), entry("test", "u-3")}, "dev")
			if err != nil {
				t.Fatal(err)
			}
			for _, order := range [][]string{{"prod", "dev", "test"}, {"dev", "prod", "test"}, {"test", "dev", "prod"}, {"dev", "test", "prod"}} {
				c := b
				for _, name := range order {
					c, _, err = kubeconfig.Remove(c, func(o kubeconfig.Owned) bool { return o.ClusterName == name })
					if err != nil {
						t.Fatalf("%v: %v\n%s", name, err, c)
					}
				}
				if string(c) != src {
					t.Fatalf("%v: restored %q\nwant %q", order, c, src)
				}
			}
		})
	}
}
