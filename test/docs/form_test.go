package docs

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Each block says what it is, and commands stand where they are run.
func TestBlocksAreRunOrSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	ours := regexp.MustCompile(`^\s*(\$ |kubectl[ -]catalyst [a-z]|openstack-coe-helper [a-z])`)
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if !slices.Contains([]string{"console", "sh", "yaml", "json", "text", "mermaid"}, b.language) {
				t.Errorf("%s:%d: a block of %q", p.name, b.number, b.language)
			}
			if b.runs() && len(b.steps()) == 0 {
				t.Errorf("%s:%d: a block without a command", p.name, b.number)
			}
			for i, l := range b.lines {
				if !b.runs() && !p.generated() && ours.MatchString(l) {
					t.Errorf("%s:%d: a command in a block that is not run", p.name, b.number+1+i)
				}
			}
		}
		for _, l := range p.prose {
			if strings.HasPrefix(l.text, "    ") && ours.MatchString(l.text) {
				t.Errorf("%s:%d: a command without fences is not run", p.name, l.number)
			}
		}
	}
}

var (
	linked  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`^#+ (.+)$`)
)

// Every link within the project leads somewhere, to the very heading.
func TestLinksLead(t *testing.T) {
	t.Parallel()
	anchors := map[string][]string{}
	for _, p := range pages(t) {
		for _, l := range p.prose {
			if m := heading.FindStringSubmatch(l.text); m != nil {
				anchors[p.name] = append(anchors[p.name], anchor(m[1]))
			}
		}
	}
	for _, p := range pages(t) {
		for _, l := range p.prose {
			for _, m := range linked.FindAllStringSubmatch(l.text, -1) {
				u, err := url.Parse(m[1])
				if err != nil || u.IsAbs() {
					continue
				}
				to := p.name
				if u.Path != "" {
					to = path.Join(path.Dir(p.name), u.Path)
				}
				if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
					t.Errorf("%s:%d: %s leads nowhere", p.name, l.number, m[1])
				} else if u.Fragment != "" && !slices.Contains(anchors[to], u.Fragment) {
					t.Errorf("%s:%d: %s has no heading for %s", p.name, l.number, to, m[1])
				}
			}
		}
	}
}

// anchor is what GitHub makes of a heading.
func anchor(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteRune('-')
		}
	}
	return b.String()
}

// Nobody is sent to a page that the index does not have.
func TestIndexIsComplete(t *testing.T) {
	t.Parallel()
	index, err := os.ReadFile(filepath.Join(root, "docs", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages(t) {
		dir, name := path.Split(p.name)
		if dir == "docs/" && name != "README.md" && !strings.Contains(string(index), "]("+name) {
			t.Errorf("docs/README.md does not mention %s", name)
		}
	}
}

// The pages that name a target of make name one that there is.
func TestMakeTargets(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`^make ([a-z]+)`)
	check := func(p *page, number int, text string) {
		if m := call.FindStringSubmatch(text); m != nil && !strings.Contains(string(makefile), "\n"+m[1]+":") {
			t.Errorf("%s:%d: the Makefile has no target %s", p.name, number, m[1])
		}
	}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			for _, s := range b.steps() {
				check(p, s.number, s.command)
			}
		}
		for _, l := range p.prose {
			for _, m := range span.FindAllStringSubmatch(l.text, -1) {
				check(p, l.number, m[1])
			}
		}
	}
}
