package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the folder of the project, seen from this package.
const root = "../.."

// page is a Markdown file, taken apart.
type page struct {
	name   string // its path in the project, with slashes
	prose  []line // outside of blocks
	blocks []block
}

type line struct {
	number int
	text   string
}

// block is what stands between two fences.
type block struct {
	number    int    // of the line with the first fence
	language  string // console and sh are run
	notes     []string
	lines     []string
	indention string
}

// generated reports whether the page was made from the command trees.
func (p *page) generated() bool { return strings.HasPrefix(p.name, "docs/reference/") }

// note is a comment that tells the test how to treat the block behind it.
var note = regexp.MustCompile(`^\s*<!-- test: (.+) -->$`)

// pages reads every page there is, in order.
func pages(t *testing.T) []*page {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/reference/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("no pages %s: %v", pattern, err)
		}
		names = append(names, found...)
	}
	var all []*page
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parsePage(t, path.Clean(filepath.ToSlash(rel)), string(data)))
	}
	return all
}

func parsePage(t *testing.T, name, text string) *page {
	t.Helper()
	p := &page{name: name}
	var open *block
	var notes []string
	number := 0
	for text := range strings.Lines(text) {
		number++
		text = strings.TrimRight(text, "\r\n")
		fence, info, isFence := strings.Cut(text, "```")
		isFence = isFence && strings.TrimSpace(fence) == ""
		switch {
		case open != nil && isFence:
			p.blocks, open = append(p.blocks, *open), nil
		case open != nil:
			open.lines = append(open.lines, strings.TrimPrefix(text, open.indention))
		case isFence:
			open = &block{number: number, language: info, notes: notes, indention: fence}
			notes = nil
		case note.MatchString(text):
			notes = append(notes, note.FindStringSubmatch(text)[1])
		default:
			if strings.TrimSpace(text) != "" && len(notes) > 0 {
				t.Errorf("%s:%d: %q is not followed by a block", name, number, notes)
				notes = nil
			}
			p.prose = append(p.prose, line{number, text})
		}
	}
	if open != nil {
		t.Errorf("%s:%d: the block has no end", name, open.number)
	}
	return p
}

// step is one command of a page.
type step struct {
	number  int // of its line
	command string
	shown   []string // what the page says it prints; nil when it says nothing
}

var heredoc = regexp.MustCompile(`<<-?\s*'?([A-Z]+)'?`)

// steps are the commands of a block. In a console block each begins behind a
// dollar sign and may be followed by what it prints. In an sh block each line
// is one. A backslash at the end of a line and <<EOF make a command longer.
func (b block) steps() []step {
	var out []step
	if !b.runs() {
		return nil
	}
	for i := 0; i < len(b.lines); i++ {
		text, isCommand := b.lines[i], b.language == "sh"
		if b.language == "console" {
			text, isCommand = strings.CutPrefix(text, "$ ")
			if !isCommand {
				if len(out) > 0 {
					out[len(out)-1].shown = append(out[len(out)-1].shown, text)
				}
				continue
			}
		}
		if !isCommand || strings.TrimSpace(text) == "" || strings.HasPrefix(text, "#") {
			continue
		}
		s := step{number: b.number + 1 + i, command: text}
		for strings.HasSuffix(s.command, `\`) && i+1 < len(b.lines) {
			i++
			s.command += "\n" + b.lines[i]
		}
		if m := heredoc.FindStringSubmatch(s.command); m != nil {
			for end := -1; end < 0 && i+1 < len(b.lines); {
				i++
				s.command += "\n" + b.lines[i]
				end = slices.Index([]string{m[1]}, b.lines[i])
			}
		}
		out = append(out, s)
	}
	return out
}
