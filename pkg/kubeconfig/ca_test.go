package kubeconfig_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestReplaceCAChangesTheCAAlone(t *testing.T) {
	t.Parallel()
	prod, blue := entry("prod", "u-1"), entry("blue", "u-2")
	prod.CAData, blue.CAData = []byte("old"), []byte("old")
	src := "# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: other\n  cluster: {server: \"https://192.0.2.9\", certificate-authority-data: b2xk}\n"
	merged, _ := merge(t, []byte(src), "prod", prod, blue)
	f := folder{t, t.TempDir()}
	f.write("config", string(merged))
	if _, err := f.files("config").ReplaceCA(t.Context(), "u-1", []byte("new-ca")); err != nil {
		t.Fatal(err)
	}
	got := f.text("config")
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	if strings.Count(got, encode("new-ca")) != 1 || strings.Count(got, encode("old")) != 2 {
		t.Fatalf("the CA of one cluster should be new:\n%s", got)
	}
	if strings.Replace(got, encode("new-ca"), encode("old"), 1) != string(merged) {
		t.Errorf("more than the CA changed:\n%s", got)
	}
	changes, err := f.files("config").ReplaceCA(t.Context(), "u-3", []byte("x"))
	if err != nil || len(changes) > 0 || f.text("config") != got {
		t.Errorf("a cluster that is not there changed something: %v, %v", changes, err)
	}
}
