package hostile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/visible"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// TestRelativePathEntriesAreSkipped: programs in the current folder do not run
// because PATH has an empty or a relative entry.
func TestRelativePathEntriesAreSkipped(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are shell scripts")
	}
	alice := newVictim(t, startCloud(t, sandbox.Options{}), "alice")
	ran := filepath.Join(alice.home, "ran")
	for _, dir := range []string{"work", "work/tools"} {
		for _, name := range []string{"openstack", "kubectl", "kubectl-catalyst"} {
			path := alice.write(dir+"/"+name, []byte("#!/bin/sh\necho \"$0\" >> '"+ran+"'\n"))
			must(t, os.Chmod(path, 0o700))
		}
	}
	for _, path := range []string{":/nonexistent", "tools:/nonexistent", "/nonexistent:", "/nonexistent:./tools"} {
		alice.vars["PATH"] = path
		for _, args := range [][]string{{"check"}, {"check", "-o", "json"}, {"support", "prod", "--kubernetes"}} {
			r := alice.run("openstack-coe-helper", args...)
			if !strings.Contains(r.stdout, "not absolute") {
				t.Errorf("PATH=%s: %q does not say so: %s", path, args, r)
			}
			if data, err := os.ReadFile(ran); err == nil {
				t.Fatalf("PATH=%s: %q ran %s", path, args, data)
			}
		}
	}
}

// TestUnreadableProxyIsNotShown: a proxy-url that cannot be read or used holds a
// password, which the errors of net/url and client-go repeat.
func TestUnreadableProxyIsNotShown(t *testing.T) {
	t.Parallel()
	alice := newVictim(t, startCloud(t, sandbox.Options{}), "alice")
	alice.mustCatalyst("login", "prod")
	before, err := os.ReadFile(alice.kubeconfig)
	must(t, err)
	for _, proxy := range []string{
		"http://user:s3cretpw@127.0.0.1:99x99", "http://user:s3cretpw/x@127.0.0.1:1", "http://user:s3cretpw#x@127.0.0.1:1",
		"ftp://user:s3cretpw@127.0.0.1:1", "http://user:%zzs3cretpw@127.0.0.1:1", "user:s3cretpw@127.0.0.1:1",
	} {
		text := strings.Replace(string(before), "    server:", "    proxy-url: '"+proxy+"'\n    server:", 1)
		must(t, os.WriteFile(alice.kubeconfig, []byte(text), 0o600))
		for _, args := range [][]string{
			{"doctor", "prod"}, {"doctor", "prod", "-o", "json"}, {"network-policy", "check"}, {"network-policy", "map", "-v", "9"},
			{"login", "prod", "-v", "9", "--proxy-url", proxy}, {"cluster", "show", "prod"},
		} {
			if r := alice.catalyst(args...); strings.Contains(r.stdout+r.stderr, "s3cretpw") {
				t.Errorf("%s, %q: %s", proxy, args, r)
			}
		}
	}
}

// TestReportsShowHiddenCharacters: no format of network-policy passes on what a
// terminal or an editor obeys but nobody sees.
func TestReportsShowHiddenCharacters(t *testing.T) {
	t.Parallel()
	alice := newVictim(t, startCloud(t, sandbox.Options{}), "alice")
	const evil = "x\u009b2J\u202ey\u200b\u007f\U000E0041"
	quoted, err := json.Marshal(evil)
	must(t, err)
	manifests := strings.ReplaceAll(`{"apiVersion":"v1","kind":"List","items":[
{"apiVersion":"v1","kind":"Namespace","metadata":{"name":EVIL}},
{"apiVersion":"v1","kind":"Pod","metadata":{"name":EVIL,"namespace":EVIL,"labels":{"app":EVIL}},"spec":{"containers":[{"name":"a","image":"a"}]},"status":{"phase":"Running","podIP":"10.1.0.1"}},
{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":EVIL,"namespace":EVIL},"spec":{"podSelector":{"matchLabels":{"app":"nobody"}},"ingress":[{}]}}]}`, "EVIL", string(quoted))
	file := alice.write("work/"+"all.json", []byte(manifests))
	for command, formats := range map[string]string{
		"map": "table csv json yaml dot mermaid svg html", "check": "table json yaml sarif junit",
	} {
		for format := range strings.FieldsSeq(formats) {
			r := alice.catalyst("network-policy", command, "-f", file, "-o", format)
			if visible.HasHidden([]byte(r.stdout + r.stderr)) {
				t.Errorf("%s -o %s: %q", command, format, r.stdout+r.stderr)
			}
		}
	}
}
