package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Terminal asks a person for what is missing. Questions go to Out (stderr), so
// that stdout stays clean for data.
type Terminal struct {
	In  *os.File
	Out io.Writer

	progress atomic.Pointer[Progress] // what is on the screen; hidden while a person is asked
}

// echoOffWithin is how long a terminal gets to stop its echo before the question
// for a secret is shown all the same: it may not have echoed in the first place.
const echoOffWithin = 100 * time.Millisecond

// Ask shows label, such as "Password of alice:", and returns the line typed. A
// secret is not echoed, also when it is typed as soon as the label is shown. When
// ctx ends first the terminal is restored.
func (t *Terminal) Ask(ctx context.Context, label string, secret bool) (string, error) {
	if p := t.progress.Load(); p != nil {
		defer p.hide()()
	}
	fd := int(t.In.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("asking for %s: %w", label, err)
	}
	type answer struct {
		line string
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		var a answer
		if secret {
			var b []byte
			b, a.err = term.ReadPassword(fd)
			a.line = string(b)
		} else {
			a.line, a.err = bufio.NewReader(t.In).ReadString('\n')
		}
		typed <- a
	}()
	if secret {
		waitForChange(fd, before)
	}
	fmt.Fprint(t.Out, clierr.Clean(label)+" ")
	select {
	case a := <-typed:
		if secret {
			fmt.Fprintln(t.Out)
		}
		if a.err != nil {
			return "", fmt.Errorf("asking for %s: %w", label, a.err)
		}
		return strings.TrimRight(a.line, "\r\n"), nil
	case <-ctx.Done():
		_ = term.Restore(fd, before)
		fmt.Fprintln(t.Out)
		return "", context.Cause(ctx)
	}
}

// waitForChange returns when the terminal is no longer in the state before, or
// after echoOffWithin.
func waitForChange(fd int, before *term.State) {
	for deadline := time.Now().Add(echoOffWithin); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if now, err := term.GetState(fd); err != nil || *now != *before {
			return
		}
	}
}
