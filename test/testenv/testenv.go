// Package testenv gives the tests of a package an environment of their own: an
// empty home, a PATH with the programs they name, and none of the variables that
// the machine or its user has set.
package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// kept are the variables that tests may see: those that say where this project's
// tests, Go and Windows keep their things.
var kept = []string{
	"CI", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOSUMDB", "GOTMPDIR", "GOTOOLCHAIN", "GOROOT", "GOCOVERDIR", "TMPDIR",
	"TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "PROGRAMDATA", "LOCALAPPDATA", "APPDATA",
}

// ownPrefix begins the names of this project's own variables for tests.
const ownPrefix = "KUBECTL_CATALYST_TEST_"

// Main runs the tests of a package, as its TestMain. Commands are functions of the
// test binary that tests run as programs, see testscript.Main; programs are those
// of the machine that they may run besides, and sh is always among them.
func Main(m testscript.TestingM, commands map[string]func(), programs ...string) {
	testscript.Main(&tests{m, len(commands) > 0, slices.Compact(slices.Sorted(slices.Values(append(programs, "sh"))))}, commands)
}

// PlainTemp chooses /tmp for temporary files when the folder that TMPDIR names has
// a space, for tests that write scripts there: the first line of a script is a path
// that ends at a space, and a command that is shown has quotes then.
func PlainTemp() {
	if strings.Contains(os.TempDir(), " ") {
		_ = os.Setenv("TMPDIR", "/tmp")
	}
}

type tests struct {
	testscript.TestingM
	commands bool
	programs []string
}

func (t *tests) Run() int {
	dir, err := os.MkdirTemp("", "testenv-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := t.clean(dir); err != nil {
		fmt.Fprintln(os.Stderr, "preparing the environment of the tests:", err)
		return 1
	}
	return t.TestingM.Run()
}

// clean replaces the environment of the process.
func (t *tests) clean(dir string) error {
	home, tools := filepath.Join(dir, "home"), filepath.Join(dir, "bin")
	for _, d := range []string{home, tools} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return err
		}
	}
	vars := keptVariables()
	vars["HOME"], vars["USERPROFILE"] = home, home
	path := os.Getenv("PATH")
	if runtime.GOOS != "windows" {
		if err := errors.Join(Fill(tools, t.programs...), t.linkGo(tools)); err != nil {
			return err
		}
		first, _, _ := strings.Cut(path, string(os.PathListSeparator))
		path = tools
		if t.commands { // testscript has put them first
			path = first + string(os.PathListSeparator) + tools
		}
	}
	vars["PATH"] = path
	os.Clearenv()
	for name, value := range vars {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// linkGo links the go command, which is wherever its user has put it.
func (t *tests) linkGo(dir string) error {
	tool, err := exec.LookPath("go")
	if err != nil || !slices.Contains(t.programs, "go") {
		return nil //nolint:nilerr // whoever needs it sees that it is missing
	}
	if tool, err = filepath.Abs(tool); err != nil {
		return err
	}
	return os.Symlink(tool, filepath.Join(dir, "go"))
}

// keptVariables returns the variables that stay. What Go and the tests find below
// the home when nothing else is said is still found there, by name.
func keptVariables() map[string]string {
	vars := map[string]string{}
	if dir, err := os.UserCacheDir(); err == nil {
		vars["GOCACHE"], vars[ownPrefix+"CACHE"] = filepath.Join(dir, "go-build"), filepath.Join(dir, "kubectl-catalyst-test")
	}
	if home, err := os.UserHomeDir(); err == nil {
		vars["GOPATH"] = filepath.Join(home, "go")
	}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if value != "" && (slices.Contains(kept, strings.ToUpper(name)) || strings.HasPrefix(name, ownPrefix)) {
			vars[name] = value
		}
	}
	return vars
}
