package hostile

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// Two other users of the machine. Nobody needs to have these numbers: the kernel
// asks no user database.
const (
	victimUID   = 64101
	attackerUID = 64102
)

// requireUsers ends a test that needs processes of several users where it does
// not run as root.
func requireUsers(t *testing.T) {
	t.Helper()
	var err error
	if os.Geteuid() != 0 {
		err = errors.New("it needs root")
	}
	debian.Require(t, "processes of other users", err)
}

// commonFolder returns a folder that every user may enter, and that goes with the
// test.
func commonFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hostile-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	return dir
}

// moveTo gives the victim's files to a user and puts them where that user may
// go. Files that are written afterwards belong to root until given again.
func (v *victim) moveTo(uid int) {
	v.t.Helper()
	old, dir := filepath.Dir(v.home), filepath.Join(commonFolder(v.t), "user")
	must(v.t, os.CopyFS(dir, os.DirFS(old)))
	v.home, v.folder = filepath.Join(dir, "home"), filepath.Join(dir, "work")
	v.kubeconfig = filepath.Join(v.home, ".kube", "config")
	must(v.t, os.MkdirAll(v.folder, 0o700))
	giveTo(v.t, dir, uid)
}

// giveTo makes a user the owner of a folder and of all in it; nobody else may
// read it.
func giveTo(t *testing.T, dir string, uid int) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type()&os.ModeSymlink == 0 {
			mode := os.FileMode(0o600)
			if d.IsDir() {
				mode = 0o700
			}
			if err := os.Chmod(path, mode); err != nil {
				return err
			}
		}
		return os.Lchown(path, uid, uid)
	}))
}

// as makes a command run as a user, without any of root's groups and rights.
func as(uid int, cmd *exec.Cmd) *exec.Cmd {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	return cmd
}

// runAs runs a program to its end as a user.
func (v *victim) runAs(uid int, name string, args ...string) result {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.t.Context()), patience)
	defer cancel()
	return runCommand(v.t, ctx, as(uid, v.command(ctx, name, args...)))
}
