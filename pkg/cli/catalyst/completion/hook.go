package completion

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
)

// hookName is the program that kubectl asks for completions of the plugin, see
// https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/.
func hookName(goos string) string {
	const name = "kubectl_complete-catalyst"
	if goos == "windows" {
		return name + ".cmd"
	}
	return name
}

// hookMark is in every hook of ours: such a file may be replaced.
const hookMark = "made by 'kubectl catalyst completion install'"

// maxHook bounds what is read of a file that may be a hook of ours.
const maxHook = 64 << 10

// hook is the text of that program. It finds the plugin as kubectl does, so it
// survives upgrades.
func hook(goos string) []byte {
	if goos == "windows" {
		return []byte("@rem " + hookMark + "\r\n@" + login.Program + " __complete %* 2>nul\r\n")
	}
	return []byte("#!/bin/sh\n# " + hookMark + "\nexec " + login.Program + " __complete \"$@\" 2>/dev/null\n")
}

// hookPlace is where the hook was written, and whether kubectl finds it there.
type hookPlace struct {
	path  string
	found bool
}

// installHook writes the hook into dir, or where kubectl finds it.
func installHook(getenv func(string) string, dir string) (hookPlace, error) {
	search := searchPath(getenv)
	candidates := []string{dir}
	if dir == "" {
		if candidates = preferred(getenv, search); len(candidates) == 0 {
			return hookPlace{}, clierr.Errorf("name a folder with --dir", "PATH names no folder")
		}
	}
	var last error
	for _, dir := range candidates {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return hookPlace{}, err
		}
		path := filepath.Join(dir, hookName(runtime.GOOS))
		if err := checkOurs(path); err != nil {
			return hookPlace{}, err
		}
		last = writeHook(path)
		if last == nil {
			return hookPlace{path, slices.ContainsFunc(search, func(p string) bool { return sameFolder(p, dir) })}, nil
		}
		if !errors.Is(last, fs.ErrPermission) && !errors.Is(last, fs.ErrNotExist) {
			break
		}
	}
	return hookPlace{}, clierr.WithHint(last, "name a folder in PATH that you may write to with --dir")
}

func writeHook(path string) error {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return err
	}
	return atomicfile.Write(path, hook(runtime.GOOS), 0o755)
}

// checkOurs refuses to replace somebody else's file.
func checkOurs(path string) error {
	text, err := atomicfile.ReadUpTo(path, maxHook)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil
	case err == nil && !bytes.Contains(text, []byte(hookMark)):
		return clierr.Errorf("remove it, or name another folder with --dir", "%q is there and was made by something else", path)
	}
	return err
}

// searchPath is PATH as kubectl searches it.
func searchPath(getenv func(string) string) []string {
	return slices.DeleteFunc(filepath.SplitList(getenv("PATH")), func(dir string) bool { return !filepath.IsAbs(dir) })
}

// preferred lists the folders of PATH, best first: beside the plugin as kubectl
// finds it (krew's bin, not the versioned folder behind it), then below the home
// folder, then the others.
func preferred(getenv func(string) string, search []string) []string {
	var first, home, rest []string
	beside, _ := exec.LookPath(login.Program) // nowhere: then there is no beside
	top := filepath.Clean(getenv("HOME"))
	for _, dir := range search {
		switch {
		case beside != "" && sameFolder(filepath.Dir(beside), dir):
			first = append(first, dir)
		case getenv("HOME") != "" && strings.HasPrefix(filepath.Clean(dir), top+string(filepath.Separator)):
			home = append(home, dir)
		default:
			rest = append(rest, dir)
		}
	}
	return slices.Concat(first, home, rest)
}

func sameFolder(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib) || filepath.Clean(a) == filepath.Clean(b)
}
