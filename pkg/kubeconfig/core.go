package kubeconfig

import (
	"slices"
	"strings"
)

// core reads the result without the sure items of the old file, which spares
// parsing megabytes a second time. It returns nil when that proves nothing, and
// the whole result has to be read.
//
// The proof: the result is compared byte by byte with the core into which the
// sure items are put back, each at one place. When every such place is between
// two items of the same list in the core, or at its ends, and the items stood
// in that column before, then putting them back adds those items to that list
// and changes nothing else.
func (c *checker) core(out []byte) *doc {
	c.old.sureItems()
	puts := c.puts()
	if len(puts) == 0 {
		return nil
	}
	text, ok := takeOut(asText(out), c.old.src, puts)
	if !ok {
		return nil
	}
	d, err := open([]byte(text))
	if err != nil || d.parser.whole || d.root == nil {
		return nil
	}
	for _, p := range puts {
		if !d.between(p.section, p.core, c.old.sec[p.section].value.col) {
			return nil
		}
	}
	for i := range d.sec {
		for _, it := range d.sec[i].items {
			if other := c.old.sec[i].byName[it.name]; other != nil && other.sure {
				return nil
			}
		}
	}
	d.core = true
	return d
}

// put is a run of lines with sure items.
type put struct {
	section int
	at, end int // where it is in the old file
	out     int // where it is in the result
	core    int // where it goes in the core
}

// puts lists the runs of sure items, nil when one of them was edited or is not
// in lines of its own.
func (c *checker) puts() []put {
	e := &editor{doc: c.old}
	var puts []put
	for i := range c.old.sec {
		s := &c.old.sec[i]
		for _, it := range s.items {
			if !it.sure {
				continue
			}
			if s.value.flow || it.node.dash == 0 {
				return nil
			}
			at, end := e.lineStart(it.node.dash), e.lineEnd(it.node.end)
			if c.old.src[end-1] != '\n' {
				return nil // an unended last line: joining lines is another matter
			}
			if n := len(puts); n > 0 && puts[n-1].end == at && puts[n-1].section == i {
				puts[n-1].end = end
				continue
			}
			puts = append(puts, put{section: i, at: at, end: end})
		}
	}
	return placed(puts, c.edits)
}

// placed works out where the runs are after the edits, nil when one was hit.
// Both lists are sorted by place.
func placed(puts []put, edits []splice) []put {
	slices.SortFunc(puts, func(a, b put) int { return a.at - b.at })
	shift, k := 0, 0
	sum := 0 // bytes of runs before
	for i := range puts {
		p := &puts[i]
		for k < len(edits) && (edits[k].at < p.at || edits[k].at == p.at && edits[k].end == edits[k].at) {
			if edits[k].end > p.at {
				return nil
			}
			shift += len(edits[k].text) - (edits[k].end - edits[k].at)
			k++
		}
		if k < len(edits) && edits[k].at < p.end {
			return nil
		}
		p.out = p.at + shift
		p.core = p.out - sum
		sum += p.end - p.at
	}
	return puts
}

// takeOut returns out without the runs, and whether each was there unchanged.
func takeOut(out, old string, puts []put) (string, bool) {
	var b strings.Builder
	pos := 0
	for _, p := range puts {
		n := p.end - p.at
		if p.out < pos || p.out+n > len(out) || out[p.out:p.out+n] != old[p.at:p.end] {
			return "", false
		}
		b.WriteString(out[pos:p.out])
		pos = p.out + n
	}
	b.WriteString(out[pos:])
	return b.String(), true
}

// between reports whether lines of items with dashes in column col, put in at
// off, become items of the list.
func (d *doc) between(section, off, col int) bool {
	s := &d.sec[section]
	e := &editor{doc: d}
	if s.key == nil || s.value.flow || off > 0 && d.src[off-1] != '\n' || off < e.lineEnd(e.colonEnd(s.key)) {
		return false
	}
	end := len(d.src)
	for _, m := range d.root.members() {
		if m.key.outer > s.key.outer {
			end = min(end, e.lineStart(m.key.outer))
		}
	}
	if off > end || col < d.root.col {
		return false
	}
	if s.value.kind != sequence {
		// Without items nothing may stand there but the key itself.
		return s.value.kind == null
	}
	if s.value.col != col || s.value.outer != s.value.start {
		return false
	}
	for n := s.value.first; n != nil; n = n.next {
		if off > e.lineStart(n.dash) && off < e.lineEnd(n.end) {
			return false
		}
	}
	return true
}
