package windows

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// logIn logs in to the cluster of a shared file.
func (w *world) logIn(name string, more ...string) (result, error) {
	return w.run(append([]string{"kubectl-catalyst", "login", "--from-file", w.path(name + ".yaml"), "--no-check"}, more...)...)
}

func TestLoginAndLogoutLeaveTheFileAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("home/.kube/config", original)
	w.write("prod.yaml", share("prod"))
	if r, err := w.logIn("prod"); err != nil || r.code != 0 {
		t.Fatalf("login: %v %d\n%s", err, r.code, r.err)
	}
	text := w.read("home/.kube/config")
	contains(t, text, "name: prod\r\n", "# with a comment\r\n", "current-context: prod\r\n")
	if n := strings.Count(text, "\n"); n != strings.Count(text, "\r\n") {
		t.Errorf("the file mixes ends of lines:\n%q", text)
	}
	w.holds("home/.kube", "config", "config.catalyst-backup")
	w.catalyst("logout", "prod")
	if got := w.read("home/.kube/config"); got != original {
		t.Errorf("after logout %q", got)
	}
	w.holds("home/.kube", "config", "config.catalyst-backup")
}

// TestHomeFolder: which of three variables names the home folder is kubectl's
// choice, and ours is the same.
func TestHomeFolder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  []string // variables, each naming the folder of its name
		has  string   // the folder with a kubeconfig
		gone string   // a variable that names a folder that is not there
		want string
	}{
		"profile alone":         {set: []string{"USERPROFILE"}, want: "USERPROFILE"},
		"HOME first":            {set: []string{"HOME", "USERPROFILE", "HOMEPATH"}, want: "HOME"},
		"profile before drive":  {set: []string{"USERPROFILE", "HOMEPATH"}, want: "USERPROFILE"},
		"drive with a file":     {set: []string{"USERPROFILE", "HOMEPATH"}, has: "HOMEPATH", want: "HOMEPATH"},
		"profile with a file":   {set: []string{"HOME", "USERPROFILE", "HOMEPATH"}, has: "USERPROFILE", want: "USERPROFILE"},
		"drive is disconnected": {set: []string{"USERPROFILE"}, gone: "HOMEPATH", want: "USERPROFILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			delete(w.env, "USERPROFILE")
			for _, v := range c.set {
				w.mkdir(v)
				w.env[v] = w.path(v)
			}
			if c.gone != "" {
				w.env[c.gone] = w.path("gone")
			}
			if p := w.env["HOMEPATH"]; p != "" {
				w.env["HOMEDRIVE"], w.env["HOMEPATH"] = p[:2], p[2:]
			}
			if c.has != "" {
				w.write(c.has+"/.kube/config", original)
			}
			w.write("prod.yaml", share("prod"))
			if r, err := w.logIn("prod"); err != nil || r.code != 0 {
				t.Fatalf("login: %v %d\n%s", err, r.code, r.err)
			}
			contains(t, w.read(c.want+"/.kube/config"), "name: prod")
		})
	}
}

// TestListOfFiles: KUBECONFIG is a list with semicolons, as paths have colons.
func TestListOfFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("a/config", original)
	w.write("b c/config", strings.ReplaceAll(original, "old", "other"))
	w.env["KUBECONFIG"] = w.path("missing") + ";;" + w.path("b c/config") + ";" + w.path("a/config")
	w.write("prod.yaml", share("prod"))
	if r, err := w.logIn("prod"); err != nil || r.code != 0 {
		t.Fatalf("login: %v %d\n%s", err, r.code, r.err)
	}
	w.catalyst("logout", "prod")
	if a, b := w.read("a/config"), w.read("b c/config"); a != original || b != strings.ReplaceAll(original, "old", "other") {
		t.Errorf("after logout\n%q\n%q", a, b)
	}
	if _, err := os.Stat(w.file("missing")); !os.IsNotExist(err) {
		t.Errorf("logout left the file that login made: %v", err)
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deep := strings.Repeat("a-rather-long-name-of-a-folder/", 12)
	w.write(deep+"config", original)
	w.env["KUBECONFIG"] = w.path(deep + "config")
	w.write("prod.yaml", share("prod"))
	if r, err := w.logIn("prod"); err != nil || r.code != 0 {
		t.Fatalf("login: %v %d\n%s", err, r.code, r.err)
	}
	contains(t, w.read(deep+"config"), "name: prod\r\n")
	w.catalyst("logout", "prod")
	if got := w.read(deep + "config"); got != original {
		t.Errorf("after logout %q", got)
	}
	w.holds(deep, "config", "config.catalyst-backup")
}

// TestReadOnly: a folder or file that its owner closed stays as it is, and the
// error says what to do.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"home/.kube", "home/.kube/config"} {
		w := newWorld(t)
		w.write("home/.kube/config", original)
		w.write("prod.yaml", share("prod"))
		if err := os.Chmod(w.file(what), 0o500); err != nil {
			t.Fatal(err)
		}
		r, err := w.logIn("prod")
		if err != nil || r.code != 1 || !strings.Contains(r.err, "hint: ") {
			t.Errorf("%s: %v %d\n%s", what, err, r.code, r.err)
		}
		contains(t, r.err, map[string]string{"home/.kube": "is not writable", "home/.kube/config": "is read-only"}[what])
		if got := w.read("home/.kube/config"); got != original {
			t.Errorf("the file holds %q", got)
		}
		w.holds("home/.kube", "config")
		_ = os.Chmod(w.file(what), 0o700)
	}
}

// TestManyLogins: 32 processes log in at once while another program opens the
// kubeconfig and its lock without sharing. Nothing is lost, and nothing is left.
func TestManyLogins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("home/.kube/config", original)
	scanner := w.startDisturber("home/.kube/config", "home/.kube/config.lock")
	const many = 32
	var logins sync.WaitGroup
	for i := range many {
		name := fmt.Sprintf("c%d", i)
		w.write(name+".yaml", share(name))
		logins.Go(func() {
			if r, err := w.logIn(name); err != nil || r.code != 0 || r.err != "" && strings.Contains(r.err, "left it") {
				t.Errorf("login %s: %v, exit code %d\n%s", name, err, r.code, r.err)
			}
		})
	}
	logins.Wait()
	scanner()
	text := w.read("home/.kube/config")
	for i := range many {
		if !strings.Contains(text, fmt.Sprintf("example-of-c%d\r\n", i)) {
			t.Errorf("the login c%d is lost", i)
		}
	}
	contains(t, text, "# with a comment\r\n")
	w.holds("home/.kube", "config", "config.catalyst-backup")
}

// startDisturber opens files at random moments until the returned function is
// called, which checks that it had the first of them.
func (w *world) startDisturber(files ...string) (stop func()) {
	w.t.Helper()
	args := []string{"disturb"}
	for _, f := range files {
		args = append(args, w.path(f))
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 4*patience)
	w.t.Cleanup(cancel)
	cmd := w.peer(ctx, args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		w.t.Helper()
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			w.t.Fatalf("the program that disturbs: %v", err)
		}
		report := unix(out.String())
		w.t.Log(report)
		if !strings.HasPrefix(report, "begin\n") || strings.HasPrefix(report, "begin\n0 ") {
			w.t.Errorf("nothing was disturbed: %s", report)
		}
	}
}

// TestKilledLogin: a process that is killed while it has the lock and has written
// its new version keeps nobody from logging in, and the next login clears up.
func TestKilledLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("home/.kube/config", original)
	for _, name := range []string{"prod", "dev"} {
		w.write(name+".yaml", share(name))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args := append([]string{"kill", w.path("home/.kube/config"), w.path("home/.kube/.config.kubectl-catalyst-*")},
		w.program("kubectl-catalyst", "login", "--from-file", w.path("prod.yaml"), "--no-check")...)
	if out, err := w.peer(ctx, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := w.read("home/.kube/config"); got != original {
		t.Errorf("the killed login left %q", got)
	}
	r, err := w.logIn("dev")
	if err != nil || r.code != 0 {
		t.Fatalf("login after a killed one: %v, exit code %d\n%s", err, r.code, r.err)
	}
	w.holds("home/.kube", "config", "config.catalyst-backup")
	w.catalyst("logout", "dev")
	if got := w.read("home/.kube/config"); got != original {
		t.Errorf("after logout %q", got)
	}
}

// TestLockLeftBehind: a lock that a machine left when it lost power names a
// process that is no more, or one that has another's number by now. Nobody has
// the file open, so it goes.
func TestLockLeftBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("home/.kube/config", original)
	w.write("prod.yaml", share("prod"))
	host := strings.TrimSpace(w.must(0, "peer", "host", "-").out)
	w.write("home/.kube/config.lock", fmt.Sprintf(`{"program":"kubectl-catalyst","pid":8,"host":%q,"since":"2026-01-01T00:00:00Z"}`+"\n", host))
	w.write("home/.kube/.config.lock.kubectl-catalyst-123", "")
	r, err := w.logIn("prod")
	if err != nil || r.code != 0 {
		t.Fatalf("login: %v, exit code %d\n%s", err, r.code, r.err)
	}
	contains(t, r.err, "removed the lock", "process 8")
	w.holds("home/.kube", "config", "config.catalyst-backup")
}

// TestLockOfKubectl: kubectl's lock is an empty file, which nobody has open. It
// stays, and the error names the command to remove it.
func TestLockOfKubectl(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("home/.kube/config", original)
	w.write("home/.kube/config.lock", "")
	w.write("prod.yaml", share("prod"))
	r, err := w.logIn("prod")
	if err != nil || r.code != 1 {
		t.Fatalf("login: %v, exit code %d\n%s", err, r.code, r.err)
	}
	contains(t, r.err, "is locked by kubectl or another tool", "remove the lock: del ")
	w.holds("home/.kube", "config", "config.lock")
}
