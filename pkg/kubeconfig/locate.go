package kubeconfig

import (
	"errors"
	"fmt"
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
	Wait     time.Duration // how long to wait for a lock; 0: DefaultWait
	Warn     func(string)  // told in one line each about waiting, fallbacks, skipped files; may be nil
}

// DefaultWait is how long a write waits for a lock. kubectl holds it for
// fractions of a second.
const DefaultWait = 15 * time.Second

// Locate finds the kubeconfig: explicit (--kubeconfig), else KUBECONFIG (a
// list), else .kube/config in the home folder that getenv tells.
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

// homeDir returns the home folder as client-go finds it.
func homeDir(getenv func(string) string) string {
	if home := getenv("HOME"); home != "" || runtime.GOOS != "windows" {
		return home
	}
	if drive, path := getenv("HOMEDRIVE"), getenv("HOMEPATH"); drive != "" && path != "" {
		return drive + path
	}
	return getenv("USERPROFILE")
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
	return DefaultWait
}
