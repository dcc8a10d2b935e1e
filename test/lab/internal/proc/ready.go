package proc

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

// pollEvery is the pause between two looks at a server that is starting.
const pollEvery = 20 * time.Millisecond

// tailLines is how much of a log goes into an error.
const tailLines = 15

// Ready polls check until it returns nil. It gives up when ctx ends or when one
// of the processes that check depends on has ended; the error then carries the
// tail of their logs.
func Ready(ctx context.Context, check func(context.Context) error, on ...*Process) error {
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		for _, p := range on {
			select {
			case <-p.exited:
				return fmt.Errorf("%s ended: %w\n%s", p.Name, p.err, Tail(p.Log))
			default:
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w (%w)\n%s", err, ctx.Err(), tails(on))
		case <-time.After(pollEvery):
		}
	}
}

func tails(ps []*Process) string {
	var b strings.Builder
	for _, p := range ps {
		fmt.Fprintf(&b, "%s\n", Tail(p.Log))
	}
	return b.String()
}

// Tail returns the last lines of a log under a line that names the file.
func Tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return "--- " + path + ": " + err.Error()
	}
	lines := bytes.Split(bytes.TrimRight(data, "\n"), []byte("\n"))
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	return "--- " + path + "\n" + string(bytes.Join(lines, []byte("\n")))
}
