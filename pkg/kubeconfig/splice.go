package kubeconfig

import (
	"errors"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// splice replaces src[at:end] with text.
type splice struct {
	at, end int
	text    string
}

// editor collects changes to a document and applies them at once.
type editor struct {
	*document
	splices []splice
	cuts    []splice // whole lines that go
	err     error    // the first change that could not be made
}

func (e *editor) replace(at, end int, text string) {
	if e.Src[at:end] != text {
		e.splices = append(e.splices, splice{at, end, text})
	}
}

// refuseAt notes that a change cannot be made because of n.
func (e *editor) refuseAt(n *yamlspan.Node, msg string) {
	if e.err == nil {
		e.err = refuse(e.ErrorAt(n.Start, "%s", msg))
	}
}

// lineStart returns where the line of off begins, after a byte-order mark.
func (e *editor) lineStart(off int) int {
	i := strings.LastIndexByte(e.Src[:off], '\n') + 1
	if i == 0 && strings.HasPrefix(e.Src, yamlspan.BOM) {
		return len(yamlspan.BOM)
	}
	return i
}

// lineEnd returns where the line after off's begins, or the end of the file.
func (e *editor) lineEnd(off int) int {
	if i := strings.IndexByte(e.Src[off:], '\n'); i >= 0 {
		return off + i + 1
	}
	return len(e.Src)
}

// lineBreak returns the line break that the file uses.
func (e *editor) lineBreak() string {
	if i := strings.IndexByte(e.Src, '\n'); i > 0 && e.Src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// insertLines puts lines before the one that begins at at. At the end of a file
// whose last line is not ended, the new last line is not ended either.
func (e *editor) insertLines(at int, lines []string) {
	if len(lines) == 0 {
		return
	}
	eol := e.lineBreak()
	text := strings.Join(lines, eol)
	if at == len(e.Src) && at > e.lineStart(at) {
		text = eol + text
	} else {
		text += eol
	}
	e.splices = append(e.splices, splice{at, at, text})
}

// cutLines removes whole lines.
func (e *editor) cutLines(from, to int) {
	e.cuts = append(e.cuts, splice{at: from, end: to})
}

// apply returns the edited text.
func (e *editor) apply() ([]byte, error) {
	if e.err != nil {
		return nil, e.err
	}
	all := append(e.splices, e.joinedCuts()...)
	slices.SortStableFunc(all, func(a, b splice) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return a.end - b.end
	})
	size := len(e.Src)
	for _, s := range all {
		size += len(s.text) - (s.end - s.at)
	}
	out := make([]byte, 0, size)
	pos := 0
	for _, s := range all {
		if s.at < pos {
			return nil, refuse(errors.New("the changes to the kubeconfig overlap; nothing was written"))
		}
		out = append(out, e.Src[pos:s.at]...)
		out = append(out, s.text...)
		pos = s.end
	}
	return append(out, e.Src[pos:]...), nil
}

// joinedCuts joins adjoining cuts. Cutting an unended last line takes the break
// before it along, so that the line before is the unended one again.
func (e *editor) joinedCuts() []splice {
	slices.SortFunc(e.cuts, func(a, b splice) int { return a.at - b.at })
	var joined []splice
	for _, c := range e.cuts {
		if n := len(joined); n > 0 && joined[n-1].end >= c.at {
			joined[n-1].end = max(joined[n-1].end, c.end)
			continue
		}
		joined = append(joined, c)
	}
	if n := len(joined); n > 0 && joined[n-1].end == len(e.Src) && !strings.HasSuffix(e.Src, "\n") {
		before := strings.TrimSuffix(e.Src[:joined[n-1].at], "\n")
		joined[n-1].at = len(strings.TrimSuffix(before, "\r"))
	}
	return joined
}
