// Package wine runs programs for Windows on Linux: Debian's wine in a root folder
// of the test cache, with a Windows installation ("prefix") that is made once.
//
// A Machine is one Windows whose programs see each other. What they change in the
// installation stays in memory and ends with it; the folder that it shares with
// Linux is Z:\lab.
package wine

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

//go:embed files/boot.sh
var bootScript string

// shared is the folder of a Machine, as its programs see it.
const shared = `Z:\lab`

// Require ends the test when no Windows program can run on this machine: skipped
// with the reason, and failed where CI=true says that nothing may be left out.
func Require(t debian.T) {
	t.Helper()
	debian.Require(t, "wine", Available())
}

// Available returns why no Windows program can run here, in half a sentence, or
// nil.
func Available() error {
	if err := Image().Available(); err != nil {
		return err
	}
	if _, err := findPrefix(); err != nil {
		return err
	}
	if _, err := exec.LookPath("nsenter"); err != nil {
		return fmt.Errorf("it needs nsenter: %w", err)
	}
	return nil
}

// Machine is a Windows that runs. All its processes end with it, and it ends when
// the process that started it does, however that ends.
type Machine struct {
	dir   string
	first *exec.Cmd // in whose namespaces all others are
	keep  io.Closer // its standard input: it ends when this is closed
}

// Start starts a Windows that shares the folder dir. The caller must Close it.
func Start(dir string) (*Machine, error) {
	root, err := Image().Root()
	if err != nil {
		return nil, err
	}
	prefix, err := findPrefix()
	if err != nil {
		return nil, err
	}
	cmd := root.Command(context.Background(), dir, prefix, environment, "/bin/sh", "-c", bootScript)
	return boot(cmd, dir)
}

// boot starts the first process and waits until it says that wine can be used.
func boot(cmd *exec.Cmd, dir string) (*Machine, error) {
	log, err := os.Create(filepath.Join(dir, "wine.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting wine: %w", err)
	}
	m := &Machine{dir: dir, first: cmd, keep: stdin}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); strings.TrimSpace(line) != "ready" {
		m.Close()
		return nil, fmt.Errorf("starting wine: %w\n%s", errors.Join(err, errors.New("it ended early")), proc.Tail(log.Name()))
	}
	return m, nil
}

// Close ends every process of the machine.
func (m *Machine) Close() {
	m.keep.Close()
	_ = m.first.Process.Kill()
	_ = m.first.Wait() // the kernel has ended the others by then
}

// environment is what wine needs. Its programs see Windows' own variables, and of
// these here not HOME, PATH or TMP.
var environment = []string{"WINEPREFIX=/run/prefix", "WINEDEBUG=-all", "WINEDLLOVERRIDES=winemenubuilder.exe=d"}

// Command prepares a program of the machine, named as Linux or as Windows does.
// It has the rights of an ordinary user on files: wine's administrator would be
// the one of Linux, whom no permission stops. When ctx ends, so does what waits
// for the program, but the program itself only with the machine.
func (m *Machine) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	words := []string{
		"--target", strconv.Itoa(m.first.Process.Pid), "--mount", "--pid", "--root", "--wd", "--",
		"setpriv", "--bounding-set=" + dropped, "/usr/lib/wine/wine64", program,
	}
	cmd := exec.CommandContext(ctx, "nsenter", append(words, args...)...)
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8"}, environment...)
	return cmd
}

// dropped are the rights of Linux' root to read and write any file.
const dropped = "-dac_override,-dac_read_search"

// Path returns the path by which Windows programs know a file in the machine's
// folder.
func (m *Machine) Path(file string) string {
	rel, err := filepath.Rel(m.dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		panic(file + " is not in the folder of the machine")
	}
	return shared + `\` + strings.ReplaceAll(rel, "/", `\`)
}

// Build runs "go build" or "go test -c", as in args, for Windows.
func Build(ctx context.Context, args ...string) error {
	_, err := gotool.RunWith(ctx, BuildEnv(), args...)
	return err
}

// BuildEnv returns the variables by which the go command builds for Windows.
func BuildEnv() []string { return []string{"CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64"} }
