package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// oneWarning checks that a command succeeded and said once that nothing is kept.
func (r result) oneWarning(t *testing.T, what string, says ...string) {
	t.Helper()
	if r.code != 0 {
		t.Errorf("%s: %s", what, r)
	}
	if n := strings.Count(r.stderr, "warning: "); n != 1 || !strings.Contains(r.stderr, "nothing is kept in the private cache") {
		t.Errorf("%s: want one warning about the cache: %s", what, r)
	}
	for _, s := range says {
		if !strings.Contains(r.stderr, s) {
			t.Errorf("%s: stderr lacks %q: %s", what, s, r)
		}
	}
}

// TestWithoutCache holds S9: where nothing can be kept, login and kubectl go on.
func TestWithoutCache(t *testing.T) {
	t.Parallel()
	requireUsers(t) // root may write anywhere
	cloud := startCloud(t, sandbox.Options{})
	for name, obstruct := range map[string]func(*testing.T, *victim){
		"read-only home": func(t *testing.T, alice *victim) {
			must(t, os.Chmod(alice.home, 0o500))
		},
		"no home": func(_ *testing.T, alice *victim) {
			alice.vars["OS_CLIENT_CONFIG_FILE"] = filepath.Join(alice.home, ".config", "openstack", "clouds.yaml")
			alice.vars["HOME"] = ""
		},
		"full disk": func(t *testing.T, alice *victim) {
			dir := filepath.Join(alice.home, ".cache")
			must(t, os.Mkdir(dir, 0o700))
			must(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=4k,mode=0700,uid=%d", victimUID)))
			t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
			must(t, os.WriteFile(filepath.Join(dir, "full"), make([]byte, 4096), 0o600))
		},
		"a file in its place": func(t *testing.T, alice *victim) {
			must(t, os.WriteFile(filepath.Join(alice.home, ".cache"), nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			alice.moveTo(victimUID)
			must(t, os.Mkdir(filepath.Dir(alice.kubeconfig), 0o700))
			giveTo(t, filepath.Dir(alice.kubeconfig), victimUID)
			obstruct(t, alice)
			for _, args := range [][]string{
				{"login", "prod", "--no-check"},
				{"login", "blue", "--no-check", "--auth", "certificate", "--no-use"},
				{"cluster", "list"},
			} {
				alice.runAs(victimUID, "kubectl-catalyst", args...).oneWarning(t, strings.Join(args, " "))
			}
			for _, context := range []string{"prod", "blue"} {
				r := alice.runAs(victimUID, kubectlForAll(t), "--context", context, "get", "namespaces")
				if r.code != 0 || strings.Count(r.stderr, "warning: ") > 2 { // kubectl may ask twice
					t.Errorf("kubectl in %s: %s", context, r)
				}
			}
			if r := alice.runAs(victimUID, "kubectl-catalyst", "logout", "--all"); r.code != 0 {
				t.Errorf("logout: %s", r)
			}
		})
	}
}

// TestAfterSudo holds that a command with sudo, which keeps HOME, neither takes the
// cache over nor stops on it.
func TestAfterSudo(t *testing.T) {
	t.Parallel()
	requireUsers(t)
	cloud := startCloud(t, sandbox.Options{})
	root := os.Geteuid()
	t.Run("root keeps nothing at somebody else's", func(t *testing.T) {
		t.Parallel()
		alice := newVictim(t, cloud, "alice")
		alice.moveTo(victimUID)
		alice.runAs(root, "kubectl-catalyst", "cluster", "list").oneWarning(t, "with sudo", "belongs to", "hint: ")
		if _, err := os.Lstat(filepath.Join(alice.home, ".cache")); !os.IsNotExist(err) {
			t.Errorf("root made a cache in the home of alice: %v", err)
		}
		if r := alice.runAs(victimUID, "kubectl-catalyst", "cluster", "list"); r.code != 0 || r.stderr != "" {
			t.Errorf("afterwards: %s", r)
		}
		alice.runAs(root, "kubectl-catalyst", "cluster", "list").oneWarning(t, "with sudo, once there is a cache", "belongs to")
		for path := range alice.files(filepath.Join(alice.home, ".cache")) {
			info, err := os.Lstat(path)
			must(t, err)
			if owner := info.Sys().(*syscall.Stat_t).Uid; owner != victimUID {
				t.Errorf("%s belongs to uid %d", path, owner)
			}
		}
	})
	t.Run("locks of root are explained", func(t *testing.T) { // as earlier versions left them
		t.Parallel()
		alice := newVictim(t, cloud, "alice")
		alice.moveTo(victimUID)
		for _, args := range [][]string{{"login", "prod", "--no-check"}, {"login", "blue", "--auth", "certificate", "--no-check"}} {
			if r := alice.runAs(victimUID, "kubectl-catalyst", args...); r.code != 0 {
				t.Fatal(r)
			}
		}
		for path := range alice.files(filepath.Join(alice.home, ".cache")) {
			if filepath.Ext(path) != ".lock" {
				must(t, os.Remove(path))
				path += ".lock"
			}
			must(t, os.WriteFile(path, nil, 0o600))
			must(t, os.Chown(path, root, root))
		}
		for _, context := range []string{"prod", "blue"} {
			r := alice.runAs(victimUID, kubectlForAll(t), "--context", context, "get", "namespaces")
			if r.code != 0 || !strings.Contains(r.stderr, `.lock" belongs to root`) || !strings.Contains(r.stderr, "hint: remove it") {
				t.Errorf("kubectl in %s: %s", context, r)
			}
		}
	})
}

// TestCacheFolderOfSomebodyElse holds S17: tokens go into no folder that another
// user could have made.
func TestCacheFolderOfSomebodyElse(t *testing.T) {
	t.Parallel()
	requireUsers(t)
	cloud := startCloud(t, sandbox.Options{})
	for name, uid := range map[string]int{"victim": victimUID, "root": os.Geteuid()} {
		t.Run("a folder of the attacker's for "+name, func(t *testing.T) {
			t.Parallel()
			alice, shared := cacheInSharedFolder(t, cloud, uid)
			planted := filepath.Join(shared, "kubectl-catalyst")
			must(t, os.Mkdir(planted, 0o777))
			must(t, os.Chmod(planted, 0o777))
			must(t, os.Chown(planted, attackerUID, attackerUID))
			alice.runAs(uid, "kubectl-catalyst", "cluster", "list").oneWarning(t, name, "belongs to", "hint: ")
			wantEmpty(t, alice, planted, 0o777)
		})
		t.Run("a link of the attacker's for "+name, func(t *testing.T) {
			t.Parallel()
			alice, shared := cacheInSharedFolder(t, cloud, uid)
			keys := filepath.Join(alice.home, ".ssh")
			must(t, os.Mkdir(keys, 0o755))
			must(t, os.Chmod(keys, 0o755))
			must(t, os.Chown(keys, uid, uid))
			link := filepath.Join(shared, "kubectl-catalyst")
			must(t, os.Symlink(keys, link))
			must(t, os.Lchown(link, attackerUID, attackerUID))
			alice.runAs(uid, "kubectl-catalyst", "cluster", "list").oneWarning(t, name, "is a link", "hint: ")
			wantEmpty(t, alice, keys, 0o755)
		})
	}
}

// cacheInSharedFolder returns a victim with that uid whose cache is below a folder
// that everybody may write to, and that folder.
func cacheInSharedFolder(t *testing.T, cloud *sandbox.Sandbox, uid int) (*victim, string) {
	t.Helper()
	alice := newVictim(t, cloud, "alice")
	alice.moveTo(uid)
	shared := filepath.Join(commonFolder(t), "shared")
	must(t, os.Mkdir(shared, 0o777))
	must(t, os.Chmod(shared, 0o1777))
	alice.vars["XDG_CACHE_HOME"] = shared
	return alice, shared
}

func wantEmpty(t *testing.T, v *victim, dir string, mode os.FileMode) {
	t.Helper()
	for path := range v.files(dir) {
		t.Errorf("%s was written", path)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != mode {
		t.Errorf("the mode of %s was changed: %v, %v", dir, info.Mode(), err)
	}
}
