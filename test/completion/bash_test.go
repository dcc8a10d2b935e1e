package completion

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

func needBash(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("/bin/bash"); err != nil {
		t.Skip("no bash here")
	}
}

// The real kubectl's own completion in a real bash completes the plugin.
func TestBashCompletesThroughKubectl(t *testing.T) {
	t.Parallel()
	needBash(t)
	u := newUser(t)
	script, err := u.command("kubectl", "completion", "bash").Output()
	if err != nil {
		t.Fatal(err)
	}
	kubectl := u.write("kubectl.bash", string(script))
	for _, c := range []struct {
		line []string
		want []string
	}{
		{[]string{"catalyst", "log"}, []string{"login", "logout"}},
		{[]string{"catalyst", "login", "bl"}, []string{"blue"}},
		{[]string{"catalyst", "cluster", "show", "gr"}, []string{"green"}},
		{[]string{"catalyst", "login", "--auth", ""}, []string{"auto", "certificate", "keystone"}},
		{[]string{"catalyst", "network-policy", "check", "--skip", "dns-b"}, []string{"dns-blocked"}},
		{[]string{"catalyst", "cluster", "create", "x", "--template", "kubernetes-v1.36"}, []string{"kubernetes-v1.36.3"}},
		{[]string{"catalyst", "logout", ""}, nil},
	} {
		asksBash(u, c.want, "__start_kubectl", kubectl, append([]string{"kubectl"}, c.line...)...)
	}
	if out, err := u.command("kubectl", "catalyst", "login", "blue").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range []struct{ line, want []string }{
		{[]string{"logout", ""}, []string{"blue"}},
		{[]string{"network-policy", "explain", "sh"}, []string{"shop/"}},
		{[]string{"network-policy", "explain", "shop/Dep"}, []string{"shop/Deployment/orders", "shop/Deployment/web"}},
		{[]string{"network-policy", "explain", "shop/Deployment/web", "shop/svc/or"}, []string{"shop/svc/orders"}},
		{[]string{"network-policy", "check", "-n", "kube"}, []string{"kube-system"}},
		{[]string{"network-policy", "probe", "--canary", "--node", "work"}, []string{"worker-0", "worker-1"}},
		{[]string{"network-policy", "probe", "shop/web", "shop/Service/or"}, []string{"shop/Service/orders"}},
	} {
		asksBash(u, c.want, "__start_kubectl", kubectl, append([]string{"kubectl", "catalyst"}, c.line...)...)
	}
}

// The scripts of both programs' own work in a real bash.
func TestBashCompletesThePrograms(t *testing.T) {
	t.Parallel()
	needBash(t)
	u := newUser(t)
	for program, begun := range map[string][]string{"kubectl-catalyst": {"doctor", "bl"}, "openstack-coe-helper": {"support", "bl"}} {
		out, err := u.command(program, "completion", "bash").Output()
		if err != nil {
			t.Fatal(err)
		}
		script := u.write(program+".bash", string(out))
		asksBash(u, []string{"blue"}, "__start_"+program, script, append([]string{program}, begun...)...)
	}
}

// A hook of somebody else is left alone, and a folder that is not there named.
func TestInstallRefusesWhatItMust(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	if out, err := u.command("kubectl-catalyst", "completion", "install").CombinedOutput(); err != nil {
		t.Errorf("a second time: %v: %s", err, out)
	}
	u.write("other/kubectl_complete-catalyst", "#!/bin/sh\necho mine\n")
	for dir, want := range map[string]string{"other": "was made by something else", "missing": "no such file or directory"} {
		out, err := u.command("kubectl-catalyst", "completion", "install", "--dir", dir).CombinedOutput()
		if err == nil || !containsAll(string(out), "error: ", want, "hint: ", "--dir") {
			t.Errorf("%s: %v: %s", dir, err, out)
		}
	}
	if err := os.Mkdir(u.home+"/aside", 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := u.command("kubectl-catalyst", "completion", "install", "--dir", "aside").CombinedOutput()
	if err != nil || !containsAll(string(out), "wrote "+u.home+"/aside/kubectl_complete-catalyst", "warning: that folder is not in PATH", "hint: ") {
		t.Errorf("%v: %s", err, out)
	}
}

// Whatever is wrong, stderr stays empty and the program says that it is done.
func TestStderrStaysEmpty(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.vars["OS_PASSWORD"] = "wrong"
	for _, line := range [][]string{
		{"login", ""}, {"login", "--auth=nonsense", "--server", ""}, {"cluster", "create", "--masters=many", ""}, {"nonsense", "x", ""},
		{"login", "--nonsense", ""}, {"network-policy", "explain", "--kubeconfig", "/nowhere", ""}, {"network-policy", "explain", "-f", "/nowhere", ""},
	} {
		cmd := u.command("kubectl-catalyst", append([]string{"__complete"}, line...)...)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil || complaints.Len() > 0 || !strings.HasPrefix(string(out), ":") {
			t.Errorf("%q: %v %q, stderr %q", line, err, out, complaints.String())
		}
	}
}

// For every shell there is a script, without any account.
func TestScriptsForEveryShell(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.vars = nil
	for _, program := range []string{"kubectl-catalyst", "openstack-coe-helper"} {
		for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
			out, err := u.command(program, "completion", shell).CombinedOutput()
			if err != nil || !containsAll(string(out), program, "__complete") {
				t.Errorf("%s for %s: %v, %d bytes", shell, program, err, len(out))
			}
		}
		if out, err := u.command(program, "completion", "csh").CombinedOutput(); err == nil || !containsAll(string(out), "error: ", "csh") {
			t.Errorf("csh: %v: %s", err, out)
		}
	}
}

// A cloud that needs longer than anybody waits answers the next press of TAB.
func TestASlowCloudIsNotLost(t *testing.T) {
	t.Parallel()
	u := userOf(t, sandbox.Options{Delay: 2500 * time.Millisecond})
	ask := func() string {
		out, err := u.command("kubectl-catalyst", "__complete", "login", "bl").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if got := ask(); got != ":4\n" {
		t.Errorf("at once: %q", got)
	}
	patience.Until(t, "the answer is offered", func() bool { return strings.HasPrefix(ask(), "blue\t") })
}
