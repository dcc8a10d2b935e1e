package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// progressDelay is how long work may take before a person sees it.
const progressDelay = time.Second

// clearLine returns the cursor to the first column and erases the line
// (ECMA-48 EL, CUU moves up).
const clearLine = "\r\x1b[2K"

// Progress shows one line per thing that is being worked on. On a terminal the
// lines are redrawn in place and gone at the end; elsewhere only what is
// announced is written, a line each.
type Progress struct {
	mu     sync.Mutex
	out    io.Writer
	live   bool
	width  int
	start  time.Time
	now    func() time.Time
	lines  []*Line
	drawn  int // lines on the screen now
	hidden int // how many ask for the screen
	stop   chan struct{}
	ended  chan struct{}

	terminal *Terminal // where a question may come in between; may be nil
}

// Line is the progress of one thing.
type Line struct {
	p          *Progress
	name, text string
	render     func(width int) []string
}

// Progress begins to show progress on stderr. Close it before writing a result.
func (e Env) Progress() *Progress {
	p := &Progress{out: e.ErrOut, live: e.Live, width: e.width(), now: e.Now, start: e.Now(),
		stop: make(chan struct{}), ended: make(chan struct{}), terminal: e.Terminal}
	if e.Terminal != nil {
		e.Terminal.progress.Store(p)
	}
	go p.tick()
	return p
}

// Line adds a line for name.
func (p *Progress) Line(name string) *Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &Line{p: p, name: clierr.Clean(name)}
	p.lines = append(p.lines, l)
	return l
}

// Set changes what a terminal shows for the line.
func (l *Line) Set(text string) {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	l.text = clierr.Clean(text)
	l.p.redraw()
}

// Show lets a terminal show several lines in place of this one: what render
// returns each time the lines are redrawn, at most width columns each.
func (l *Line) Show(render func(width int) []string) {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	l.render = render
	l.p.redraw()
}

// Live reports whether lines are redrawn in place.
func (l *Line) Live() bool {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	return l.p.live
}

// hide erases what a terminal shows until the returned function is called, so
// that a question can be asked.
func (p *Progress) hide() (again func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	p.hidden++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hidden--
		p.redraw()
	}
}

// Announce is Set, and where lines cannot be redrawn it writes one.
func (l *Line) Announce(text string) {
	l.Set(text)
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if !l.p.live {
		fmt.Fprintf(l.p.out, "%s: %s\n", l.name, l.text)
	}
}

// Close erases what a terminal shows.
func (p *Progress) Close() {
	close(p.stop)
	<-p.ended
	if p.terminal != nil {
		p.terminal.progress.CompareAndSwap(p, nil)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	p.live = false
}

func (p *Progress) tick() {
	defer close(p.ended)
	if !p.live {
		<-p.stop
		return
	}
	t := time.NewTicker(progressDelay)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.mu.Lock()
			p.redraw()
			p.mu.Unlock()
		case <-p.stop:
			return
		}
	}
}

func (p *Progress) redraw() {
	elapsed := p.now().Sub(p.start).Truncate(time.Second)
	if !p.live || elapsed < progressDelay || p.hidden > 0 {
		return
	}
	p.erase()
	for _, l := range p.lines {
		texts := []string{fmt.Sprintf("%s: %s (%s)", l.name, l.text, elapsed)}
		if l.render != nil {
			texts = l.render(p.width - 1)
		}
		for _, text := range texts {
			indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
			fmt.Fprintln(p.out, fitting(indent+clierr.Clean(text), p.width))
			p.drawn++
		}
	}
}

// fitting cuts a text that would not stay on one line of the terminal.
func fitting(text string, width int) string {
	if r := []rune(text); len(r) >= width {
		return string(r[:width-2]) + "…"
	}
	return text
}

func (p *Progress) erase() {
	fmt.Fprint(p.out, strings.Repeat("\x1b[1A"+clearLine, p.drawn))
	p.drawn = 0
}
