package kubeconfig_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// FuzzMerge: for any bytes and any names a login is refused, or the result
// loads, everything else in it means what it did, its bytes are all there in
// their order, and a logout gives the old bytes back.
func FuzzMerge(f *testing.F) {
	files, err := filepath.Glob("testdata/corpus/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 20000 {
			f.Add(data, "prod", "https://203.0.113.7:6443", "dev", true)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, name, server, namespace string, use bool) {
		if bytes.Contains(data, []byte("catalyst.cloud/kubectl-catalyst")) {
			fuzzOwned(data)
			return
		}
		e := entry(name, "0c2a-1")
		e.Server, e.Namespace, e.ProxyURL = server, namespace, namespace
		e.Owner.ClusterName, e.Owner.User = server, name
		if len(name)%2 == 1 {
			e.Exec, e.Token, e.ClientKey = nil, server, []byte(namespace)
		} else {
			e.Exec.Args = []string{namespace, name, server}
		}
		current := ""
		if use {
			current = e.Context
		}
		out, owned, err := kubeconfig.Merge(data, []kubeconfig.Entry{e}, current)
		if err != nil {
			return
		}
		before, after := mustLoad(t, data), mustLoad(t, out)
		got := owned[0]
		if c := after.Clusters[got.Cluster]; c == nil || c.Server != server {
			t.Fatalf("cluster %q: %v", got.Cluster, c)
		}
		if u := after.AuthInfos[got.User]; u == nil || u.Token != e.Token || u.Exec != nil && u.Exec.Args[2] != server {
			t.Fatalf("user %q: %v", got.User, u)
		}
		if use && after.CurrentContext != got.Context || !use && after.CurrentContext != before.CurrentContext {
			t.Fatalf("current context %q, was %q", after.CurrentContext, before.CurrentContext)
		}
		delete(after.Clusters, got.Cluster)
		delete(after.Contexts, got.Context)
		delete(after.AuthInfos, got.User)
		after.CurrentContext = before.CurrentContext
		if d := cmp.Diff(before, after); d != "" {
			t.Fatal(d)
		}
		again, _, err := kubeconfig.Merge(out, []kubeconfig.Entry{e}, current)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("the second login changed something: %v\n%s", err, kubeconfig.Diff("config", out, again))
		}
		back, _, err := kubeconfig.Remove(out, func(kubeconfig.Owned) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back, data) {
			t.Fatalf("after logout %q\nbefore login %q", back, data)
		}
	})
}

// fuzzOwned looks only for panics: what carries our mark may be changed.
func fuzzOwned(data []byte) {
	_, _, _ = kubeconfig.Merge(data, []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
	_, _, _ = kubeconfig.Remove(data, func(kubeconfig.Owned) bool { return true })
	_, _, _ = kubeconfig.Read(data)
	kubeconfig.Diff("config", data, nil)
}

func mustLoad(t *testing.T, data []byte) *api.Config {
	t.Helper()
	cfg, err := clientcmd.Load(data)
	if err != nil {
		t.Fatalf("does not load: %v\n%q", err, data)
	}
	if len(cfg.Clusters) == 0 {
		cfg.Clusters = map[string]*api.Cluster{}
	}
	if len(cfg.Contexts) == 0 {
		cfg.Contexts = map[string]*api.Context{}
	}
	if len(cfg.AuthInfos) == 0 {
		cfg.AuthInfos = map[string]*api.AuthInfo{}
	}
	return cfg
}
