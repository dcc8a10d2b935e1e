//go:build !windows

package kubeconfig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// refused checks a login that must fail with these words and a next step.
func refused(t *testing.T, path string, want ...string) {
	t.Helper()
	f := kubeconfig.Files{Paths: []string{path}, Wait: 300 * time.Millisecond}
	_, _, err := f.Merge(t.Context(), []kubeconfig.Entry{entry("prod")}, "prod")
	if err == nil {
		t.Fatal("the login worked")
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("want %q in %q", w, err)
		}
	}
	if clierr.Hint(err) == "" {
		t.Errorf("no next step for %q", err)
	}
}

// only checks what lies in a folder.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, e.Name())
	}
	if strings.Join(have, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %v, want %v", have, want)
	}
}

func symlink(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func TestFolderInPlaceOfTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "is a folder")
	only(t, dir, "config")
}

func TestFileInPlaceOfTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".kube"), "a file")
	refused(t, filepath.Join(dir, ".kube", "config"), "not a folder")
	only(t, dir, ".kube")
}

func TestLinkLoop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	symlink(t, "b", filepath.Join(dir, "a"))
	symlink(t, "a", filepath.Join(dir, "b"))
	refused(t, filepath.Join(dir, "a"), "leads to itself")
	only(t, dir, "a", "b")
}

// TestDanglingLink: a link whose file is missing gets the file, as kubectl would
// do; one whose folder is missing does not get a folder.
func TestDanglingLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := filepath.Join(dir, "config")
	symlink(t, "elsewhere", link)
	if err := login(link, "prod"); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != "elsewhere" {
		t.Errorf("the link leads to %q: %v", to, err)
	}
	if got := contents(t, filepath.Join(dir, "elsewhere")); !strings.Contains(got, "name: prod") {
		t.Errorf("the file holds %q", got)
	}
	if err := logout(link); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(link); !os.IsNotExist(err) {
		t.Errorf("the link does not dangle any more: %v", err)
	}
	away := filepath.Join(dir, "away")
	symlink(t, "unmounted/config", away)
	refused(t, away, "whose folder does not exist")
}

// TestLinksStay goes through a chain of links, relative and absolute, one of
// them a folder.
func TestLinksStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, d := range []string{"dotfiles", "home"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "dotfiles", "real"), original)
	symlink(t, "real", filepath.Join(dir, "dotfiles", "kube"))
	symlink(t, filepath.Join(dir, "dotfiles"), filepath.Join(dir, "home", "dot"))
	symlink(t, "dot/../dotfiles/kube", filepath.Join(dir, "home", "config"))
	path := filepath.Join(dir, "home", "config")
	if err := login(path, "prod"); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, filepath.Join(dir, "dotfiles", "real")); !strings.Contains(got, "name: prod") {
		t.Errorf("the file holds %q", got)
	}
	only(t, filepath.Join(dir, "home"), "config", "dot")
	only(t, filepath.Join(dir, "dotfiles"), "kube", "real", "real.catalyst-backup")
	if err := logout(path); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, path); got != original {
		t.Errorf("after logout %q", got)
	}
}

// TestBothNamesAreLocked: kubectl locks the name it was given, so a login
// through a link waits for a lock on either name.
func TestBothNamesAreLocked(t *testing.T) {
	t.Parallel()
	for held, want := range map[string][]string{
		"config.lock": {"config", "config.lock", "real"},
		"real.lock":   {"config", "real", "real.lock"},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "real"), original)
		symlink(t, "real", filepath.Join(dir, "config"))
		write(t, filepath.Join(dir, held), "")
		refused(t, filepath.Join(dir, "config"), "is locked", held)
		only(t, dir, want...)
	}
}

func TestReadOnlyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "is read-only")
	if got := contents(t, path); got != original {
		t.Errorf("the file holds %q", got)
	}
}

// TestModeIsTightened: a file that others can read gets closed, the backup too.
func TestModeIsTightened(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", ".kube")
	path := filepath.Join(dir, "config")
	if err := login(path, "prod"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := login(path, "dev"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{dir: 0o700, path: 0o600, path + ".catalyst-backup": 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", filepath.Base(name), got, want)
		}
	}
}
