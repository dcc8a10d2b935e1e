package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// stream runs all groups and writes the events of all of them to out, as one go
// test would. A group that fails stops no other. The error says which failed.
func stream(ctx context.Context, lanes [][]group, out io.Writer) error {
	w := &lineWriter{out: out}
	results := make(chan error)
	for _, lane := range lanes {
		go func() {
			var errs []error
			for _, g := range lane {
				errs = append(errs, g.run(ctx, w))
			}
			results <- errors.Join(errs...)
		}()
	}
	var errs []error
	for range lanes {
		errs = append(errs, <-results)
	}
	return errors.Join(errs...)
}

// run runs a group's tests. When go test itself fails, without an event that says
// so, a failed package called like the group is written in its place: what did not
// run must not pass for what passed.
func (g group) run(ctx context.Context, w *lineWriter) error {
	cmd := exec.CommandContext(ctx, "go", g.command()...)
	cmd.Dir = g.folder
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // tests end what they started
	cmd.WaitDelay = grace
	var complaints bytes.Buffer
	cmd.Stderr = io.MultiWriter(os.Stderr, &complaints)
	from, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.fail(g.name, err.Error())
		return fmt.Errorf("%s: %w", g.name, err)
	}
	failed, copyErr := w.copy(from)
	err = errors.Join(copyErr, cmd.Wait())
	if err == nil {
		return nil
	}
	if !failed {
		w.fail(g.name, fmt.Sprintf("go test: %v\n%s", err, complaints.Bytes()))
	}
	return fmt.Errorf("%s: %w", g.name, err)
}

// lineWriter writes whole lines of several groups.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lineWriter) write(line []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.out.Write(line)
	return err
}

// copy writes what go test -json says, and reports whether a package failed.
func (w *lineWriter) copy(from io.Reader) (failed bool, err error) {
	r := bufio.NewReader(from)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action == "fail" {
				failed = true
			}
			if err := w.write(append(bytes.TrimRight(line, "\n"), '\n')); err != nil {
				return failed, err
			}
		}
		if err == io.EOF {
			return failed, nil
		}
		if err != nil {
			return failed, err
		}
	}
}

// fail writes the events of a package that failed with these lines.
func (w *lineWriter) fail(name, text string) {
	events := []event{{Action: "start", Package: name}}
	for line := range strings.Lines(text) {
		events = append(events, event{Action: "output", Package: name, Output: line})
	}
	for _, e := range append(events, event{Action: "fail", Package: name}) {
		data, _ := json.Marshal(e) // strings and a number
		_ = w.write(append(data, '\n'))
	}
}
