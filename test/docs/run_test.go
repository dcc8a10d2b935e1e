package docs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// terminal runs a command in the shell of a person: variables that it exports
// and the folder that it goes to are there for the next one.
const terminal = `
. "$1"
cd "$(cat "$2")"
trap 'code=$?; export -p >"$1"; pwd >"$2"; exit $code' EXIT
eval "$3"
`

// run returns what a command printed, both streams as they come, and its exit
// code. One that never ends by itself gets Ctrl-C once it has printed something.
func (w *world) run(p *person, command string, endless bool) (lines []string, code int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience.Limit)
	defer cancel()
	if strings.Contains(command, "bastion") {
		w.tunnels[p] = true
	}
	script := terminal
	if endless {
		script, command = strings.Replace(script, "trap", ": trap", 1), "exec "+command
	}
	cmd := exec.CommandContext(ctx, "bash", "-c", script, "bash", p.env, p.folder, command)
	cmd.Dir, cmd.Env = p.home, []string{}
	cmd.WaitDelay = 5 * time.Second
	out := &screen{}
	if endless {
		out.first = func() { _ = cmd.Process.Signal(os.Interrupt) }
	}
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		w.t.Fatalf("%s: %v, %v\n%s", command, err, ctx.Err(), out.text())
	}
	return w.asShown(p, out.text()), cmd.ProcessState.ExitCode()
}

// asShown puts the names of the pages' world in place of the sandbox's.
func (w *world) asShown(p *person, text string) []string {
	text = strings.NewReplacer(p.home, "/home/"+p.name, w.cloud.KeystoneURL, "https://api.nz-por-1.catalystcloud.io:5000/v3").Replace(text)
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// screen holds what was printed.
type screen struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	first func() // called when the first line is complete; may be nil
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf.Write(p)
	if s.first != nil && bytes.ContainsRune(p, '\n') {
		s.first()
		s.first = nil
	}
	return len(p), nil
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}
