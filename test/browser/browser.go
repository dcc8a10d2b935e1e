// Package browser drives a real headless Chromium, so that pages this project
// writes are seen as their readers see them. It speaks the DevTools protocol over
// a pipe: no port is opened, and no package of another project is needed.
//
// Chromium comes from Debian, into the test cache; nothing is installed into the
// machine.
package browser

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
	"path/filepath"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// Image is Debian with Chromium and fonts in which every script has glyphs enough
// to be measured.
func Image() debian.Image {
	return debian.Image{Name: "chromium", Packages: []string{"chromium", "chromium-sandbox", "fonts-dejavu-core", "fonts-liberation"}}
}

// Require ends the test when no browser can run on this machine: skipped with the
// reason, and failed where CI=true says that nothing may be left out.
func Require(t debian.T) {
	t.Helper()
	debian.Require(t, "headless Chromium", Image().Available())
}

// Browser is a running Chromium.
type Browser struct {
	cmd  *exec.Cmd
	to   *os.File
	dir  string
	done chan struct{} // closed when the browser has gone

	mu    sync.Mutex
	next  int
	calls map[int]chan answer
	tabs  map[string]*Tab
}

// message is one of the protocol's: a call, an answer or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

type answer struct {
	result json.RawMessage
	err    error
}

// Start starts a browser that keeps what it writes below dir, and that can open
// dir's folder pages. It ends with ctx, or by Close.
func Start(ctx context.Context, dir string) (*Browser, error) {
	root, err := Image().Root()
	if err != nil {
		return nil, err
	}
	pages := filepath.Join(dir, "pages")
	if err := os.MkdirAll(pages, 0o700); err != nil {
		return nil, err
	}
	// The browser reads what we write from its descriptor 3, and writes to 4.
	in, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, out, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close(), to.Close())
	}
	cmd := root.Command(ctx, dir, pages, nil, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--hide-scrollbars", "--user-data-dir=/tmp/profile", "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{in, out}
	log, err := os.Create(filepath.Join(dir, "chromium.log"))
	if err != nil {
		return nil, errors.Join(err, in.Close(), to.Close(), from.Close(), out.Close())
	}
	cmd.Stdout, cmd.Stderr = log, log
	err = cmd.Start()
	err = errors.Join(err, in.Close(), out.Close(), log.Close())
	b := &Browser{cmd: cmd, to: to, dir: dir, done: make(chan struct{}), calls: make(map[int]chan answer), tabs: make(map[string]*Tab)}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting chromium: %w", err), to.Close(), from.Close())
	}
	go b.listen(from)
	return b, nil
}

// Close ends the browser and waits until it is gone.
func (b *Browser) Close() error {
	err := b.to.Close()
	if killed := b.cmd.Process.Kill(); killed != nil && !errors.Is(killed, os.ErrProcessDone) {
		err = errors.Join(err, killed)
	}
	<-b.done
	_ = b.cmd.Wait() // killed: that it did not end well is meant
	return err
}

// listen hands out what the browser says until it has gone.
func (b *Browser) listen(from *os.File) {
	defer close(b.done)
	defer from.Close()
	r := bufio.NewReaderSize(from, 1<<16)
	for {
		raw, err := r.ReadBytes(0)
		if err != nil {
			b.fail(err)
			return
		}
		var m message
		if err := json.Unmarshal(bytes.TrimSuffix(raw, []byte{0}), &m); err != nil {
			b.fail(err)
			return
		}
		b.dispatch(&m)
	}
}

func (b *Browser) dispatch(m *message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m.ID == 0 {
		if tab := b.tabs[m.Session]; tab != nil {
			tab.event(m)
		}
		return
	}
	a := answer{result: m.Result}
	if m.Error != nil {
		a.err = errors.New(m.Error.Message)
	}
	if c, ok := b.calls[m.ID]; ok {
		delete(b.calls, m.ID)
		c <- a
	}
}

// fail answers everything that is still waiting.
func (b *Browser) fail(err error) {
	if errors.Is(err, io.EOF) {
		log, _ := os.ReadFile(filepath.Join(b.dir, "chromium.log")) // whatever there is helps
		err = fmt.Errorf("chromium has ended: %s", bytes.TrimSpace(log))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, c := range b.calls {
		delete(b.calls, id)
		c <- answer{err: err}
	}
}

// call asks the browser for something and waits for the answer.
func (b *Browser) call(ctx context.Context, session, method string, params, result any) error {
	raw, err := json.Marshal(params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	c := make(chan answer, 1)
	b.mu.Lock()
	b.next++
	id := b.next
	b.calls[id] = c
	data, err := json.Marshal(message{ID: id, Session: session, Method: method, Params: raw})
	if err == nil {
		_, err = b.to.Write(append(data, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case a := <-c:
		if a.err != nil {
			return fmt.Errorf("%s: %w", method, a.err)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(a.result, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	case <-b.done:
		return fmt.Errorf("%s: chromium has ended", method)
	}
}
