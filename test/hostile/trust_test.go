package hostile

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// A token goes only to a server that is verified with the CA of a cluster that
// Magnum knows, whatever kubeconfig kubectl is given.
func TestTokenGoesOnlyWhereMagnumSays(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	good := sharedFile(t, cloud, "prod")
	uuid := `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	for name, c := range map[string]struct {
		change func(file string) string
		says   string
	}{
		"no cluster info": {func(f string) string { return replaceIn(t, f, `provideClusterInfo: true`, "provideClusterInfo: false") }, "provideClusterInfo"},
		"no verification and no cluster info": {func(f string) string {
			f = replaceIn(t, f, `provideClusterInfo: true`, "provideClusterInfo: false")
			return replaceIn(t, f, `certificate-authority-data: \S+`, "insecure-skip-tls-verify: true")
		}, "provideClusterInfo"},
		"no verification": {func(f string) string {
			return replaceIn(t, f, `certificate-authority-data: \S+`, "insecure-skip-tls-verify: true")
		}, "switches off TLS verification"},
		"no CA":           {func(f string) string { return replaceIn(t, f, `    certificate-authority-data: \S+\n`, "") }, "names no CA"},
		"an unknown UUID": {func(f string) string { return replaceIn(t, f, uuid, "11111111-2222-4333-8444-555555555555") }, "not found"},
		"another CA":      {func(f string) string { return f }, "is not the CA of cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, who := range []string{"alice", "bob", "carol"} {
				evil := startTLSStranger(t, nil)
				v := newVictim(t, cloud, who)
				file := c.change(redirectTo(t, good, evil))
				v.write("home/.kube/config", []byte(file))
				says := c.says
				if name == "another CA" && who != "alice" {
					says = "nobody has accepted it"
				}
				for range 2 { // a first refusal must not be remembered as trust
					r := v.kubectl("get", "ns")
					if r.code == 0 || !strings.Contains(r.stderr, says) || !strings.Contains(r.stderr, "hint: ") {
						t.Errorf("%s: want %q, got %s", who, says, r)
					}
				}
				evil.wantNoSecret(t)
			}
		})
	}
}

// The same through a login: what the file leaves out is written by us, and what
// it gets wrong is found out by the first kubectl.
func TestSharedFileWithAnotherCA(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	good := sharedFile(t, cloud, "prod")
	for name, change := range map[string]func(string) string{
		"without cluster info": func(f string) string { return replaceIn(t, f, `provideClusterInfo: true`, "provideClusterInfo: false") },
		"of an unknown cluster": func(f string) string {
			return replaceIn(t, f, `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`, "11111111-2222-4333-8444-555555555555")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			evil := startTLSStranger(t, nil)
			alice := newVictim(t, cloud, "alice")
			alice.mustCatalyst("login", "--from-file", alice.write("evil.yaml", []byte(change(redirectTo(t, good, evil)))))
			for range 2 {
				if r := alice.kubectl("get", "ns"); r.code == 0 {
					t.Errorf("kubectl: %s", r)
				}
			}
			evil.wantNoSecret(t)
		})
	}
}

// Somebody who may not ask Magnum relies on the CA that they accepted, which an
// altered kubeconfig cannot change.
func TestDeveloperReliesOnTheAcceptedCA(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	good := sharedFile(t, cloud, "prod")
	for _, who := range []string{"bob", "carol"} {
		evil := startTLSStranger(t, nil)
		v := newVictim(t, cloud, who)
		v.mustCatalyst("login", "--from-file", v.write("prod.yaml", []byte(good)))
		if r := v.kubectl("get", "ns"); r.code != 0 {
			t.Fatalf("%s: %s", who, r)
		}
		ours := v.read(v.kubeconfig)
		v.write("home/.kube/config", []byte(redirectTo(t, ours, evil)))
		if r := v.kubectl("get", "ns"); r.code == 0 || !strings.Contains(r.stderr, "not the one that was accepted") {
			t.Errorf("%s with an altered kubeconfig: %s", who, r)
		}
		v.write("home/.kube/config", []byte(ours))
		r := v.catalyst("login", "--from-file", v.write("evil.yaml", []byte(redirectTo(t, good, evil))))
		r.wantRefused(t, 1, "another one than that")
		evil.wantSilence(t)
		if r := v.kubectl("get", "ns"); r.code != 0 {
			t.Errorf("%s with the right kubeconfig again: %s", who, r)
		}
	}
}

// Where the acceptance cannot be kept a developer gets no token, and the login
// says so.
func TestAcceptanceThatCannotBeKept(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	bob := newVictim(t, cloud, "bob")
	file := filepath.Join(bob.home, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	bob.vars["XDG_CACHE_HOME"] = file // no folder can be made in a file, not even by root
	r := bob.catalyst("login", "--from-file", bob.write("prod.yaml", []byte(sharedFile(t, cloud, "prod"))))
	if !regexp.MustCompile(`warning: .*cannot be kept`).MatchString(r.stderr) || !strings.Contains(r.stderr, "XDG_CACHE_HOME") {
		t.Errorf("login: %s", r)
	}
	if r := bob.kubectl("get", "ns"); r.code == 0 {
		t.Errorf("kubectl: %s", r)
	}
}
