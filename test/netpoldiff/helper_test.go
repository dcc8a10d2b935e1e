package netpoldiff

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// helpers are the programs that hold Calico's code. They are tools of this module,
// because Go keeps those linked: linking one takes longer than most tests.
var helpers = map[string]func() (string, error){
	"felixworld": sync.OnceValues(func() (string, error) { return linkTool("felixworld") }),
	"felixrules": sync.OnceValues(func() (string, error) { return linkTool("felixrules") }),
}

// linkTool links a tool of this module, unless Go has kept it, and returns its path.
func linkTool(name string) (string, error) {
	out, err := exec.Command("go", "tool", "-n", name).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// helper returns the path of a program of this module.
func helper(t testing.TB, name string) string {
	t.Helper()
	path, err := helpers[name]()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// garbage is what may pile up before it is collected, in percent of what is in use:
// these tests make much and hold little.
const garbage = 400

func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
		if err := os.Setenv("GOGC", strconv.Itoa(garbage)); err != nil { // for the helpers
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
