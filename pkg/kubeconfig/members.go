package kubeconfig

import (
	"slices"
	"strings"
)

// colonEnd returns the offset just after the colon of key.
func (e *editor) colonEnd(key *node) int {
	return key.end + strings.IndexByte(e.src[key.end:], ':') + 1
}

// setValue makes v the value of an existing member; v fits on one line.
func (e *editor) setValue(in *node, m member, v any) {
	at := e.colonEnd(m.key)
	if m.value.start > at && strings.Contains(e.src[at:m.value.start], "#") {
		e.fail(m.value, "a comment stands between a key and its value")
		return
	}
	text := " " + blockValue(v)
	if in.flow {
		text = " " + flowText(v)
	}
	e.replace(at, m.value.end, text)
}

// addMembers adds fields to a mapping that has members already, or to a flow
// mapping.
func (e *editor) addMembers(in *node, fields obj) {
	if len(fields) == 0 {
		return
	}
	if in.flow {
		e.addFlow(in, flowMembers(fields))
		return
	}
	e.insertLines(e.lineEnd(in.last.end), fields.lines(in.col))
}

func flowMembers(fields obj) []string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, quote(f.key)+": "+flowText(f.value))
	}
	return parts
}

// addFlow puts parts first into a bracketed collection. White space before the
// old first item is used for the new ones too, so taking them out again leaves
// what was there.
func (e *editor) addFlow(in *node, parts []string) {
	open := in.start + 1
	if in.first == nil {
		e.splices = append(e.splices, splice{open, open, strings.Join(parts, ", ")})
		return
	}
	gap := e.src[open:in.first.outer]
	if strings.Contains(gap, "#") {
		gap = " "
	}
	sep := "," + gap
	if gap == "" {
		sep = ", "
	}
	at := in.first.outer
	e.splices = append(e.splices, splice{at, at, strings.Join(parts, sep) + sep})
}

// dropMembers takes the members called keys out of a mapping.
func (e *editor) dropMembers(in *node, keys ...string) {
	var ranges []extent
	for _, m := range in.members() {
		gone := slices.Contains(keys, m.key.text(e.src))
		ranges = append(ranges, extent{m.key.outer, m.value.end, gone})
	}
	e.drop(in, ranges)
}

// dropItems takes the items that gone chooses out of a sequence. gone is given
// each item's place in it.
func (e *editor) dropItems(in *node, gone func(int, *node) bool) {
	var ranges []extent
	i := 0
	for n := in.first; n != nil; n = n.next {
		at := n.outer
		if !in.flow {
			at = n.dash
		}
		ranges = append(ranges, extent{at, n.end, gone(i, n)})
		i++
	}
	e.drop(in, ranges)
}

// extent is where a child of a collection lies, and whether it goes.
type extent struct {
	at, end int
	gone    bool
}

func (e *editor) drop(in *node, ranges []extent) {
	if in.flow {
		e.dropFlow(ranges)
		return
	}
	for _, r := range ranges {
		if !r.gone {
			continue
		}
		start := e.lineStart(r.at)
		if strings.Trim(e.src[start:r.at], " ") != "" {
			e.fail(in, "an entry of ours shares its line with something else")
			return
		}
		e.cutLines(start, e.lineEnd(r.end))
	}
}

// dropFlow takes children out of brackets with the comma that follows each, or
// for the last ones with the comma before them.
func (e *editor) dropFlow(ranges []extent) {
	kept := -1 // the last child that stays
	for i, r := range ranges {
		if !r.gone {
			kept = i
		}
	}
	for i, r := range ranges {
		if r.gone && i < kept {
			e.replace(r.at, ranges[i+1].at, "")
		}
	}
	if kept == len(ranges)-1 {
		return
	}
	from := ranges[kept+1].at
	if kept >= 0 {
		from = ranges[kept].end
	}
	e.replace(from, ranges[len(ranges)-1].end, "")
}

// addItems puts items first into the list that is the value of m in mapping in.
// A value that is null or [] gives way.
func (e *editor) addItems(in *node, m member, items []obj) {
	if in.flow || e.inBrackets(in, m.value) {
		e.addFlowItems(m, items)
		return
	}
	at := e.colonEnd(m.key)
	if m.value.kind == sequence && !m.value.flow {
		e.insertLines(e.frontOf(at, m.value), itemLines(items, m.value.col))
		return
	}
	if strings.Contains(e.src[at:m.value.end], "#") {
		e.fail(m.value, "a comment stands between a key and its empty list")
		return
	}
	e.replace(at, m.value.end, "")
	e.insertLines(e.lineEnd(m.value.end), itemLines(items, in.col))
}

// inBrackets reports whether new items go into the brackets that a list has.
// An empty pair gives way to lines, unless a comment is in it.
func (e *editor) inBrackets(in, list *node) bool {
	return list.kind == sequence && list.flow && (in.flow || list.first != nil || strings.Contains(list.raw(e.src), "#"))
}

// frontOf returns where a new first item of a block sequence goes: straight
// after the key, so that comments stay with the items they were written above.
func (e *editor) frontOf(colon int, list *node) int {
	at, first := e.lineEnd(colon), e.lineStart(list.first.dash)
	if at > first {
		return first
	}
	for _, line := range strings.Split(e.src[at:first], "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return first
		}
	}
	return at
}

func (e *editor) addFlowItems(m member, items []obj) {
	var parts []string
	for _, o := range items {
		parts = append(parts, flowText(o))
	}
	if m.value.kind == sequence {
		e.addFlow(m.value, parts)
		return
	}
	e.replace(e.colonEnd(m.key), m.value.end, " ["+strings.Join(parts, ", ")+"]")
}
