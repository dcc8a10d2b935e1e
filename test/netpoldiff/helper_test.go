package netpoldiff

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// buildHelpers builds the programs that hold Calico's code, together and once for
// all tests: linking them takes longer than most tests.
var buildHelpers = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "netpoldiff-")
	if err != nil {
		return "", err
	}
	helpers = dir
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", dir+string(filepath.Separator), "./felixworld", "./felixrules").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building felixworld and felixrules: %w\n%s", err, out)
	}
	return dir, nil
})

// helpers is where the programs are, if a test needed them.
var helpers string

// helper returns the path of a program of this module.
func helper(t testing.TB, name string) string {
	t.Helper()
	dir, err := buildHelpers()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

func TestMain(m *testing.M) {
	code := m.Run()
	if helpers != "" {
		_ = os.RemoveAll(helpers)
	}
	os.Exit(code)
}
