package hostile

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// plant puts something odd at a path.
type plant func(t *testing.T, path string)

func content(data string) plant {
	return func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte(data), 0o600)) }
}

func symlink(to string) plant {
	return func(t *testing.T, path string) { must(t, os.Symlink(to, path)) }
}

func fifo(t *testing.T, path string)   { must(t, syscall.Mkfifo(path, 0o600)) }
func folder(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) }

// aliasBomb is YAML that stands for 10^9 strings.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 10; i++ {
		before, now := string(rune('0'+i-1)), string(rune('0'+i))
		b.WriteString("a" + now + ": &a" + now + " [" + strings.TrimSuffix(strings.Repeat("*a"+before+",", 10), ",") + "]\n")
	}
	return b.String()
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// noise is two megabytes that are no text.
func noise() string { return strings.Repeat("\x00\xff\xfe\x80noise\x1b[2J", 1<<21/13) }

// oddFile is something that stands where a file is expected.
type oddFile struct {
	name  string
	plant plant
}

// oddFiles are what every file that is read is tried with.
func oddFiles() []oddFile {
	return []oddFile{
		{"noise", content(noise())},
		{"200,000 levels", content(nested(200_000))},
		{"an alias bomb", content(aliasBomb())},
		{"endless zeros", symlink("/dev/zero")},
		{"a folder", folder},
		{"a link to itself", func(t *testing.T, path string) { must(t, os.Symlink(path, path)) }},
	}
}

// TestKubeconfigsThatAreNone leaves whatever stands where the kubeconfig should
// be as it is, and ends with an error.
func TestKubeconfigsThatAreNone(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	odd := append(oddFiles(),
		oddFile{"a hundred megabytes", content(strings.Repeat("# a comment of sixty-four letters, newline and all, to fill it\n", 1<<20*100/64))},
		oddFile{"a named pipe", fifo})
	for _, c := range odd {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			must(t, os.MkdirAll(filepath.Dir(alice.kubeconfig), 0o700))
			c.plant(t, alice.kubeconfig)
			before := snapshotOf(t, alice.kubeconfig)
			r := alice.catalyst("login", "prod", "--no-check")
			r.wantHarmlessAt(t, 1<<30) // a kubeconfig may be large, and the person's own
			if r.code == 0 && c.name != "a hundred megabytes" {
				t.Errorf("want an error: %s", r)
			}
			if r.code != 0 && before != snapshotOf(t, alice.kubeconfig) {
				t.Error("what was there has changed")
			}
		})
	}
}

// snapshotOf describes a file without opening what would block.
func snapshotOf(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	text := info.Mode().String()
	if info.Mode().IsRegular() {
		data, err := os.ReadFile(path)
		must(t, err)
		text += string(data)
	}
	return text
}

// TestALinkedKubeconfigStaysALink writes through a link, as kubectl does.
func TestALinkedKubeconfigStaysALink(t *testing.T) {
	t.Parallel()
	alice := newVictim(t, startCloud(t, sandbox.Options{}), "alice")
	real := alice.write("elsewhere/config", []byte("apiVersion: v1\nkind: Config\n"))
	must(t, os.MkdirAll(filepath.Dir(alice.kubeconfig), 0o700))
	must(t, os.Symlink(real, alice.kubeconfig))
	alice.mustCatalyst("login", "prod", "--no-check")
	if target, err := os.Readlink(alice.kubeconfig); err != nil || target != real {
		t.Errorf("the link is gone: %q, %v", target, err)
	}
	if data, _ := os.ReadFile(real); !strings.Contains(string(data), "prod") {
		t.Error("the login is not in the file behind the link")
	}
}

// TestInputFilesThatAreNone reads bounded much of every file it is told of.
func TestInputFilesThatAreNone(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for _, c := range oddFiles() {
		for _, use := range []struct {
			name    string
			file    string // below the folder of home and work
			command []string
			vars    map[string]string
		}{
			{"login --from-file", "work/shared.yaml", []string{"login", "--from-file", "shared.yaml"}, nil},
			{"clouds.yaml", "home/.config/openstack/clouds.yaml", []string{"cluster", "list"}, nil},
			{"secure.yaml", "home/.config/openstack/secure.yaml", []string{"cluster", "list"}, nil},
			{"OS_CLIENT_CONFIG_FILE", "work/mine.yaml", []string{"cluster", "list"}, map[string]string{"OS_CLIENT_CONFIG_FILE": "mine.yaml"}},
			{"OS_CACERT", "work/ca.pem", []string{"cluster", "list"}, map[string]string{"OS_CACERT": "ca.pem"}},
			{"network-policy -f", "work/in.yaml", []string{"network-policy", "check", "-f", "in.yaml"}, nil},
		} {
			t.Run(use.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				alice := newVictim(t, cloud, "alice")
				path := alice.write(use.file, nil)
				must(t, os.Remove(path))
				c.plant(t, path)
				for k, v := range use.vars {
					alice.vars[k] = v
				}
				r := alice.catalyst(use.command...)
				noFile := c.name == "a folder" && (use.name == "secure.yaml" || use.name == "OS_CLIENT_CONFIG_FILE")
				noClouds := c.name == "an alias bomb" && use.name == "secure.yaml" // it is YAML, and defines none
				if r.code == 0 != (noFile || noClouds) {
					t.Errorf("want an error, but where no file counts: %s", r)
				}
				if r.code != 0 && !strings.Contains(r.stderr, "error: ") {
					t.Errorf("stderr has no error: %s", r)
				}
				r.wantNothingHarmful(t)
			})
		}
	}
}

// TestOutputFiles keeps what is secret to its owner, and writes through nothing.
func TestOutputFiles(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for _, mode := range []os.FileMode{0o644, 0o666} {
		t.Run("embed into "+mode.String(), func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			alice.write("home/.kube/config", nil)
			must(t, os.Chmod(alice.kubeconfig, mode))
			alice.mustCatalyst("login", "prod", "--embed", "--no-check")
			info, err := os.Stat(alice.kubeconfig)
			must(t, err)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("a file with a secret has mode %v", info.Mode())
			}
		})
	}
	for _, c := range []struct {
		name  string
		plant plant
	}{
		{"a link to another file", symlink("/dev/full")},
		{"a folder", folder},
	} {
		t.Run("--output-kubeconfig at "+c.name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			out := filepath.Join(alice.folder, "out.yaml")
			c.plant(t, out)
			before := snapshotOf(t, out)
			r := alice.catalyst("login", "prod", "--no-check", "--output-kubeconfig", "out.yaml")
			if r.code == 0 && before == snapshotOf(t, out) {
				t.Errorf("said to be written: %s", r)
			}
			r.wantNothingHarmful(t)
		})
	}
}

// TestDamagedCacheIsObtainedAnew damages every file of the private cache, and
// kubectl goes on with credentials that are obtained anew.
func TestDamagedCacheIsObtainedAnew(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for _, c := range []struct {
		name  string
		plant plant
	}{
		{"truncated", content(`{"token": "gAA`)},
		{"empty", content("")},
		{"noise", content(noise())},
		{"null", content("null")},
		{"a list", content("[]")},
		{"another object", content(`{"kind": "Secret"}`)},
		{"a folder", folder},
		{"a named pipe", fifo},
		{"a link to another file", symlink("/etc/passwd")},
		{"readable by all", func(t *testing.T, path string) {
			content(`{}`)(t, path)
			must(t, os.Chmod(path, 0o666))
		}},
		{"gone", func(*testing.T, string) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			alice.mustCatalyst("login", "prod", "--no-check")
			damaged := 0
			for _, path := range cacheFiles(t, alice) {
				must(t, os.Remove(path))
				c.plant(t, path)
				damaged++
			}
			if damaged == 0 {
				t.Fatal("the cache has no file to damage")
			}
			if r := alice.kubectl("get", "namespaces"); r.code != 0 {
				t.Errorf("kubectl: %s", r)
			}
		})
	}
}

// cacheFiles returns the files of the private cache.
func cacheFiles(t *testing.T, v *victim) []string {
	t.Helper()
	dir := filepath.Join(v.home, ".cache", "kubectl-catalyst")
	entries, err := os.ReadDir(dir)
	must(t, err)
	var paths []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasSuffix(e.Name(), ".lock") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths
}

// TestManyAtOnceSignInOnce starts a crowd with an empty cache: all get in, and
// the cloud is asked once.
func TestManyAtOnceSignInOnce(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"keystone", "certificate"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			cloud := startCloud(t, sandbox.Options{})
			alice := newVictim(t, cloud, "alice")
			alice.mustCatalyst("login", "prod", "--no-check", "--auth", mode)
			must(t, os.RemoveAll(filepath.Join(alice.home, ".cache", "kubectl-catalyst")))
			cloud.Forget()
			kubectl := requireKubectl(t)
			ended := make(chan result)
			for range 8 {
				go func() { ended <- alice.run(kubectl, "get", "namespaces") }()
			}
			for range 8 {
				if r := <-ended; r.code != 0 {
					t.Errorf("kubectl: %s", r)
				}
			}
			if n := cloud.Count(sandbox.Keystone, "POST", "/v3/auth/tokens"); n != 1 {
				t.Errorf("%d sign-ins, want 1", n)
			}
			if n := cloud.Count(sandbox.Magnum, "POST", "/v1/certificates"); mode == "certificate" && n != 1 {
				t.Errorf("%d certificates were signed, want 1", n)
			}
		})
	}
}

// TestStreamsThatAreGone ends with the right exit code where nobody reads what a
// command writes.
func TestStreamsThatAreGone(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for _, line := range []string{
		"kubectl-catalyst cluster list >/dev/full",
		"kubectl-catalyst cluster list -o json >/dev/full",
		"kubectl-catalyst cluster show prod >/dev/full",
		"kubectl-catalyst version >/dev/full",
		"kubectl-catalyst login prod --no-check -o json >/dev/full",
		"openstack-coe-helper version >/dev/full",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			r := alice.run("/bin/sh", "-c", line)
			if r.code != 1 {
				t.Errorf("want exit code 1: %s", r)
			}
			r.wantNothingHarmful(t)
		})
	}
	for _, line := range []string{
		"kubectl-catalyst cluster list <&-", "kubectl-catalyst cluster list 2>&-", "kubectl-catalyst cluster list | head -c 1",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			if r := alice.run("/bin/sh", "-c", line); r.code != 0 {
				t.Errorf("want exit code 0: %s", r)
			}
		})
	}
}

// TestSignalsEndAtOnce ends a login that waits for a cloud which hangs.
func TestSignalsEndAtOnce(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			asked, over := make(chan struct{}, 16), make(chan struct{})
			cloud := startCloud(t, hanging(asked, over))
			t.Cleanup(func() { close(over) })
			alice := newVictim(t, cloud, "alice")
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := alice.command(ctx, "kubectl-catalyst", "login", "prod")
			r := startAndSignal(t, ctx, cmd, asked, signal)
			if r.code == 0 {
				t.Errorf("want an error: %s", r)
			}
			if _, err := os.Stat(alice.kubeconfig); err == nil {
				t.Error("a kubeconfig was written")
			}
		})
	}
}

// startAndSignal starts a command, signals it once the cloud was asked, and
// returns what it left.
func startAndSignal(t *testing.T, ctx context.Context, cmd *exec.Cmd, asked <-chan struct{}, signal os.Signal) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	must(t, cmd.Start())
	select {
	case <-asked:
	case <-time.After(patience):
		t.Error("the cloud was not asked")
	}
	must(t, cmd.Process.Signal(signal))
	_ = cmd.Wait()
	if ctx.Err() != nil {
		t.Fatalf("%v did not end it", signal)
	}
	return result{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
}
