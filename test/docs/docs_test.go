package docs

import (
	"strconv"
	"strings"
	"testing"
)

// TestPages runs every command of every page and compares what is shown.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			play(t, p)
		})
	}
}

func TestExceptionsAreNeeded(t *testing.T) {
	t.Parallel()
	needed := map[string]bool{}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			for _, command := range b.commands(t, p) {
				e, _ := exceptionFor(p.name, command)
				needed[e.command] = true
			}
		}
	}
	for _, e := range exceptions() {
		if !needed[e.command] {
			t.Errorf("no page has %q any more: strike it from the list", e.command)
		}
	}
}

// play goes through a page from top to bottom.
func play(t *testing.T, p *page) {
	var w *world
	var who *person
	for _, b := range p.blocks {
		if len(b.notes) == 0 && !b.runs() {
			continue
		}
		if w == nil {
			w = newWorld(t, sceneOf(p))
			defer w.leave()
			who = w.person("alice")
			if p.generated() { // examples take a login for granted
				w.run(who, "kubectl-catalyst login --all --no-check; kubectl-catalyst login prod --no-check", false)
			}
		}
		want, to := b.obey(t, p, w, who)
		who = to
		if b.runs() {
			b.play(t, p, w, who, want)
		}
	}
}

// obey does what the notes before a block say, and returns the exit code of its
// last command and whose terminal it is for.
func (b block) obey(t *testing.T, p *page, w *world, who *person) (code int, at *person) {
	t.Helper()
	for _, n := range b.notes {
		verb, object, _ := strings.Cut(n, " ")
		switch verb {
		case "file":
			w.write(who, object, strings.Join(b.lines, "\n")+"\n")
		case "as":
			name, sent, _ := strings.Cut(object, " with ")
			to := w.person(name)
			if sent != "" {
				w.send(who, to, sent)
			}
			who = to
		case "exit":
			var err error
			if code, err = strconv.Atoi(object); err != nil {
				t.Fatalf("%s:%d: %v", p.name, b.number, err)
			}
		default:
			t.Errorf("%s:%d: there is no note %q", p.name, b.number, n)
		}
	}
	return code, who
}

// commands are what a block has people or pipelines run.
func (b block) commands(t *testing.T, p *page) []string {
	var out []string
	for _, s := range b.steps() {
		out = append(out, s.command)
	}
	if b.language == "yaml" {
		for _, job := range pipelines(t, p, b) {
			out = append(out, job.script...)
		}
	}
	return out
}

func (b block) runs() bool { return b.language == "console" || b.language == "sh" }

// play runs the commands of a block. The last one ends with the code that the
// page says, the others with 0.
func (b block) play(t *testing.T, p *page, w *world, who *person, last int) {
	steps := b.steps()
	for i, s := range steps {
		want, endless := 0, false
		if i == len(steps)-1 {
			want = last
		}
		if e, ok := exceptionFor(p.name, s.command); ok {
			if e.elsewhere {
				continue
			}
			want, endless = e.code, e.endless
		}
		printed, code := w.run(who, s.command, endless)
		if code != want && (!p.generated() || code != 3) { // an example may answer no
			t.Errorf("%s:%d: %s\nexit code %d, want %d\n%s", p.name, s.number, s.command, code, want, strings.Join(printed, "\n"))
			continue
		}
		if len(s.shown) > 0 && !same(normalise(s.shown), normalise(printed)) {
			t.Errorf("%s:%d: %s\nthe page shows\n  %s\nbut this is printed\n  %s", p.name, s.number, s.command,
				strings.Join(s.shown, "\n  "), strings.Join(printed, "\n  "))
		}
	}
}
