package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// nobody is a user id without rights.
const nobody = 65534

// impatient is a login that waits a moment only for locks.
func impatient(ctx context.Context, path string) ([]string, error) {
	var warnings []string
	f := kubeconfig.Files{Paths: []string{path}, Explicit: true, Wait: 300 * time.Millisecond,
		Warn: func(s string) { warnings = append(warnings, s) }}
	_, _, err := f.Merge(ctx, []kubeconfig.Entry{entry("prod")}, "prod")
	return warnings, err
}

// inside is a login or logout in a child process that a test has put into a
// world of its own. args: what to prepare, the file.
func inside(args []string) error {
	prepare, path := args[0], args[1]
	switch prepare {
	case "full-disk":
		if err := fullDisk(filepath.Dir(path)); err != nil {
			return err
		}
	case "mounted-file", "mounted-read-only":
		if err := mountFile(path, prepare == "mounted-read-only"); err != nil {
			return err
		}
	}
	warnings, err := impatient(context.Background(), path)
	for _, w := range warnings {
		fmt.Println("warning:", w)
	}
	if err != nil {
		fmt.Println("error:", err)
		fmt.Println("hint:", clierr.Hint(err))
	}
	got, readErr := os.ReadFile(path)
	if readErr != nil {
		return readErr
	}
	fmt.Printf("content:%s", got)
	return nil
}

// fullDisk mounts a tmpfs of a few pages at dir and fills it.
func fullDisk(dir string) error {
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=16k"); err != nil {
		return fmt.Errorf("mounting a small disk: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(original), 0o600); err != nil {
		return err
	}
	err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 64<<10), 0o600)
	if !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the small disk is not full: %w", err)
	}
	return nil
}

// mountFile mounts a file at path, as containers do.
func mountFile(path string, readOnly bool) error {
	outside := path + ".outside"
	if err := os.WriteFile(outside, []byte(original), 0o600); err != nil {
		return err
	}
	if err := syscall.Mount(outside, path, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting the file: %w", err)
	}
	if !readOnly {
		return nil
	}
	return syscall.Mount("", path, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
}

// needRoot fails or skips where mounts and other users cannot be had.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("this needs root, and CI=true")
	}
	t.Skip("this needs root, for mounts and other users")
}

// apart runs inside in a mount namespace of its own, so that nothing stays
// mounted however the test ends.
func apart(t *testing.T, prepare, path string) string {
	t.Helper()
	needRoot(t)
	cmd := helper(t.Context(), "inside", prepare, path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", prepare, err, out)
	}
	return string(out)
}

// asNobody runs inside as a user without rights, from a copy of this program
// that such a user may run.
func asNobody(t *testing.T, path string) string {
	t.Helper()
	needRoot(t)
	dir := t.TempDir()
	openTo(t, dir, 0)
	program := filepath.Join(dir, "test")
	data, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := helper(t.Context(), "inside", "nothing", path)
	cmd.Path = program
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// wantOutput checks what a child told, and the file it left.
func wantOutput(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("want %q in:\n%s", w, out)
		}
	}
}

const unchanged = "content:" + original

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := apart(t, "full-disk", filepath.Join(dir, "config"))
	wantOutput(t, out, "error:", "no space left on device", unchanged)
}

func TestMountedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "")
	out := apart(t, "mounted-file", path)
	wantOutput(t, out, "warning:", "mounted by itself", "config.catalyst-backup", "name: prod", "token: example")
	if got := contents(t, path+".catalyst-backup"); got != original {
		t.Errorf("the backup holds %q", got)
	}
	if got := contents(t, path+".outside"); !strings.Contains(got, "name: prod") {
		t.Errorf("outside, the mounted file holds %q", got)
	}
}

func TestMountedReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "")
	wantOutput(t, apart(t, "mounted-read-only", path), "error:", "read-only file system", unchanged)
}

// openTo lets another user into a test's folder.
func openTo(t *testing.T, dir string, uid int) {
	t.Helper()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(dir, uid, uid); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	needRoot(t)
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	openTo(t, filepath.Dir(path), 0)
	if err := os.Chown(path, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	wantOutput(t, asNobody(t, path), "error:", "is not writable", "hint:", "--kubeconfig", unchanged)
}

func TestFileOfAnotherUser(t *testing.T) {
	t.Parallel()
	needRoot(t)
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	openTo(t, filepath.Dir(path), nobody)
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	wantOutput(t, asNobody(t, path), "error:", "belongs to another user (id 0)", "hint:", unchanged)
}

// TestRootKeepsTheOwner: a login under sudo must not take the file away from
// its user.
func TestRootKeepsTheOwner(t *testing.T) {
	t.Parallel()
	needRoot(t)
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	if err := os.Chown(path, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if _, err := impatient(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st := info.Sys().(*syscall.Stat_t); st.Uid != nobody || info.Mode().Perm() != 0o600 {
		t.Errorf("the file belongs to %d with mode %v", st.Uid, info.Mode())
	}
}
