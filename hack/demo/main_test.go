package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The demo works with the machine's kubectl, where there is one, and without
// any; it shows no secret, leaves nothing behind and keeps off the user's files.
func TestDemo(t *testing.T) {
	t.Chdir("../..")
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"as it is": os.Getenv("PATH"), "without kubectl": onlyGo(t, goTool)} {
		t.Run(name, func(t *testing.T) {
			temporary, home := t.TempDir(), t.TempDir()
			t.Setenv("PATH", path)
			t.Setenv("TMPDIR", temporary)
			t.Setenv("KUBECONFIG", filepath.Join(home, "config"))
			t.Setenv("OS_PASSWORD", "not for the demo")
			var out bytes.Buffer
			if err := demo(t.Context(), nil, &out); err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			wants := []string{"catalyst login prod\nCLUSTER", `"reachable": true`, `did you mean "prod"?`, `logged out of cluster "blue"`}
			if _, err := exec.LookPath("kubectl"); err == nil {
				wants = append(wants, "kube-system   Active", "system:masters")
			} else {
				wants = append(wants, "There is no kubectl on this machine")
			}
			for _, want := range wants {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing in:\n%s", want, &out)
				}
			}
			for _, secret := range []string{"alice-pw", "gAAAA", "PRIVATE KEY"} {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%q is shown", secret)
				}
			}
			for _, dir := range []string{temporary, home} {
				if left, err := filepath.Glob(filepath.Join(dir, "catalyst-demo-*")); err != nil || len(left) > 0 {
					t.Errorf("left behind: %q, %v", left, err)
				}
			}
			if _, err := os.Stat(filepath.Join(home, "config")); !os.IsNotExist(err) {
				t.Errorf("the user's kubeconfig was touched: %v", err)
			}
		})
	}
}

// onlyGo makes a PATH with nothing but the go command on it.
func onlyGo(t *testing.T, goTool string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(goTool, filepath.Join(dir, filepath.Base(goTool))); err != nil {
		t.Skipf("no links here: %v", err)
	}
	return dir
}

func TestAnUnknownCloud(t *testing.T) {
	t.Chdir("../..")
	var out bytes.Buffer
	if err := demo(t.Context(), []string{"-cloud", "cumulus"}, &out); err == nil || !strings.Contains(err.Error(), "sandbox or real") {
		t.Errorf("got %v", err)
	}
}
