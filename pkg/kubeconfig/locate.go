package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// Files is the kubeconfig as kubectl sees it: one file, or the members of
// KUBECONFIG.
type Files struct {
	Paths    []string      // in order of precedence
	Explicit bool          // named by --kubeconfig
	DryRun   bool          // work everything out, write nothing
	Wait     time.Duration // how long to wait for a lock; 0: defaultWait
	Warn     func(string)  // called with a line about waiting, fallbacks, skipped files; may be nil
}

// defaultWait is how long a write waits for a lock. kubectl holds it for
// fractions of a second.
const defaultWait = 15 * time.Second

// Locate finds the kubeconfig: explicit (--kubeconfig), else KUBECONFIG (a
// list), else .kube/config in the home folder that getenv names.
func Locate(explicit string, getenv func(string) string) (Files, error) {
	if explicit != "" {
		return located([]string{explicit}, true)
	}
	var list []string
	for _, path := range filepath.SplitList(getenv("KUBECONFIG")) {
		if path != "" {
			list = append(list, path)
		}
	}
	if len(list) > 0 {
		return located(list, false)
	}
	home := homeDir(getenv)
	if home == "" {
		return Files{}, errors.New("no kubeconfig is named and there is no home folder to look in: set KUBECONFIG or HOME")
	}
	return located([]string{filepath.Join(home, ".kube", "config")}, false)
}

func located(paths []string, explicit bool) (Files, error) {
	f := Files{Explicit: explicit}
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return Files{}, fmt.Errorf("finding kubeconfig %q: %w", path, err)
		}
		if !slices.Contains(f.Paths, abs) {
			f.Paths = append(f.Paths, abs)
		}
	}
	return f, nil
}

// homeDir returns the home folder in which kubectl looks. On Windows client-go
// takes the first of three folders that has a kubeconfig, else the first one that
// can be written to, exists or is named at all, in another order.
func homeDir(getenv func(string) string) string {
	home, profile := getenv("HOME"), getenv("USERPROFILE")
	if runtime.GOOS != "windows" {
		return home
	}
	drive := ""
	if d, p := getenv("HOMEDRIVE"), getenv("HOMEPATH"); d != "" && p != "" {
		drive = d + p
	}
	for _, dir := range []string{home, drive, profile} {
		if _, err := os.Stat(filepath.Join(dir, ".kube", "config")); dir != "" && err == nil {
			return dir
		}
	}
	writable, existing := "", ""
	for _, dir := range []string{drive, profile, home} { // the most wanted last
		info, err := os.Stat(dir)
		switch {
		case dir == "":
			continue
		case err == nil:
			existing = dir
		}
		if err == nil && info.IsDir() && info.Mode().Perm()&0o200 != 0 {
			writable = dir
		}
	}
	return cmp.Or(writable, existing, home, profile, drive)
}

func (f Files) warn(format string, args ...any) {
	if f.Warn != nil {
		f.Warn(fmt.Sprintf(format, args...))
	}
}

func (f Files) wait() time.Duration {
	if f.Wait > 0 {
		return f.Wait
	}
	return defaultWait
}
