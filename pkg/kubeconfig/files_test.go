package kubeconfig_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

func TestFilesQuick(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", "config")
	f, err := kubeconfig.Locate(path, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	f.Warn = func(s string) { t.Log(s) }
	ch, owned, err := f.Merge(context.Background(), []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(kubeconfig.Diff("config", ch[0].Old, ch[0].New))
	t.Logf("%+v", owned[0].Path)
	ch, _, err = f.Merge(context.Background(), []kubeconfig.Entry{entry("dev", "u-2")}, "")
	t.Log(ch[0].Backup, err)
	out, _ := os.ReadDir(filepath.Dir(path))
	t.Log(out)
	_, gone, err := f.Remove(context.Background(), func(o kubeconfig.Owned) bool { return true })
	t.Log(len(gone), err)
	out, _ = os.ReadDir(filepath.Dir(path))
	t.Log(out)
}
