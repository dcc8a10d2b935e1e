package kubeconfig

import (
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// colonEnd returns the offset just after the colon of key.
func (e *editor) colonEnd(key *yamlspan.Node) int {
	return key.End + strings.IndexByte(e.Src[key.End:], ':') + 1
}

// setValue makes v the value of an existing member; v fits on one line.
func (e *editor) setValue(in *yamlspan.Node, m yamlspan.Member, v any) {
	at := e.colonEnd(m.Key)
	if m.Value.Start > at && strings.Contains(e.Src[at:m.Value.Start], "#") {
		e.refuseAt(m.Value, "a comment stands between a key and its value")
		return
	}
	text := " " + blockValue(v)
	if in.Flow {
		text = " " + flowText(v)
	}
	e.replace(at, m.Value.End, text)
}

// addMembers adds fields to a mapping that has members already, or to a flow
// mapping.
func (e *editor) addMembers(in *yamlspan.Node, fields obj) {
	if len(fields) == 0 {
		return
	}
	if in.Flow {
		e.addFlow(in, flowMembers(fields))
		return
	}
	e.insertLines(e.lineEnd(in.End), fields.lines(in.Col))
}

func flowMembers(fields obj) []string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, yamlspan.Quote(f.key)+": "+flowText(f.value))
	}
	return parts
}

// addFlow puts parts first into a bracketed collection. White space before the
// old first item is used for the new ones too, so taking them out again leaves
// what was there.
func (e *editor) addFlow(in *yamlspan.Node, parts []string) {
	open := in.Start + 1
	if in.First == nil {
		e.splices = append(e.splices, splice{open, open, strings.Join(parts, ", ")})
		return
	}
	gap := e.Src[open:in.First.Outer]
	if strings.Contains(gap, "#") {
		gap = " "
	}
	sep := "," + gap
	if gap == "" {
		sep = ", "
	}
	at := in.First.Outer
	e.splices = append(e.splices, splice{at, at, strings.Join(parts, sep) + sep})
}

// dropMembers takes the members called keys out of a mapping.
func (e *editor) dropMembers(in *yamlspan.Node, keys ...string) {
	var ranges []extent
	for _, m := range in.Members() {
		gone := slices.Contains(keys, m.Key.Text())
		ranges = append(ranges, extent{m.Key.Outer, m.Value.End, gone})
	}
	e.dropRanges(in, ranges)
}

// dropItems takes the items that gone chooses out of a sequence.
func (e *editor) dropItems(in *yamlspan.Node, gone func(*yamlspan.Node) bool) {
	var ranges []extent
	for _, n := range in.Items() {
		at := n.Outer
		if !in.Flow {
			at = n.Dash
		}
		ranges = append(ranges, extent{at, n.End, gone(n)})
	}
	e.dropRanges(in, ranges)
}

// extent is where a child of a collection lies, and whether it goes.
type extent struct {
	at, end int
	gone    bool
}

// dropRanges takes children out of a collection.
func (e *editor) dropRanges(in *yamlspan.Node, ranges []extent) {
	if in.Flow {
		e.dropFlow(ranges)
		return
	}
	for _, r := range ranges {
		if !r.gone {
			continue
		}
		start := e.lineStart(r.at)
		if strings.Trim(e.Src[start:r.at], " ") != "" {
			e.refuseAt(in, "an entry of ours shares its line with something else")
			return
		}
		e.cutLines(start, e.lineEnd(r.end))
	}
}

// dropFlow takes children out of brackets with the comma that follows each, or
// for the last ones with the comma before them.
func (e *editor) dropFlow(ranges []extent) {
	last := -1 // the last child that stays
	for i, r := range ranges {
		if !r.gone {
			last = i
		}
	}
	for i, r := range ranges {
		if r.gone && i < last {
			e.replace(r.at, ranges[i+1].at, "")
		}
	}
	if last == len(ranges)-1 {
		return
	}
	from := ranges[last+1].at
	if last >= 0 {
		from = ranges[last].end
	}
	e.replace(from, ranges[len(ranges)-1].end, "")
}

// addItems puts items first into the list that is the value of m in mapping in.
// A value that is null or [] gives way.
func (e *editor) addItems(in *yamlspan.Node, m yamlspan.Member, items []obj) {
	if in.Flow || e.inBrackets(in, m.Value) {
		e.addFlowItems(m, items)
		return
	}
	at := e.colonEnd(m.Key)
	if m.Value.Kind == yamlspan.Sequence && !m.Value.Flow {
		e.insertLines(e.frontOf(at, m.Value), itemLines(items, m.Value.Col))
		return
	}
	if strings.Contains(e.Src[at:m.Value.End], "#") {
		e.refuseAt(m.Value, "a comment stands between a key and its empty list")
		return
	}
	e.replace(at, m.Value.End, "")
	e.insertLines(e.lineEnd(m.Value.End), itemLines(items, in.Col))
}

// inBrackets reports whether new items go into the brackets that a list has.
// An empty pair gives way to lines, unless a comment is in it.
func (e *editor) inBrackets(in, list *yamlspan.Node) bool {
	return list.Kind == yamlspan.Sequence && list.Flow && (in.Flow || list.First != nil || strings.Contains(list.Raw(), "#"))
}

// frontOf returns where a new first item of a block sequence goes: straight
// after the key, so that comments stay with the items they were written above.
func (e *editor) frontOf(colon int, list *yamlspan.Node) int {
	at, first := e.lineEnd(colon), e.lineStart(list.First.Dash)
	if at > first {
		return first
	}
	for _, line := range strings.Split(e.Src[at:first], "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return first
		}
	}
	return at
}

func (e *editor) addFlowItems(m yamlspan.Member, items []obj) {
	var parts []string
	for _, o := range items {
		parts = append(parts, flowText(o))
	}
	if m.Value.Kind == yamlspan.Sequence {
		e.addFlow(m.Value, parts)
		return
	}
	e.replace(e.colonEnd(m.Key), m.Value.End, " ["+strings.Join(parts, ", ")+"]")
}

// updateMembers gives the members of an entry of ours the values in want, takes out
// those of drop that are not in want, and leaves all others alone.
func (e *editor) updateMembers(in *yamlspan.Node, want obj, drop []string) {
	var missing obj
	for _, f := range want {
		m := in.Get(f.key)
		switch {
		case m.Key == nil:
			missing = append(missing, f)
		case hasValue(m.Value, f.value):
		case e.updateInner(m.Value, f.value):
		case isNested(f.value) && !in.Flow:
			drop = append(slices.Clone(drop), f.key)
			missing = append(missing, f)
		default:
			e.setValue(in, m, f.value)
		}
	}
	var gone []string
	for _, k := range drop {
		wanted := slices.ContainsFunc(want, func(f field) bool { return f.key == k })
		again := slices.ContainsFunc(missing, func(f field) bool { return f.key == k })
		if in.Get(k).Key != nil && (!wanted || again) {
			gone = append(gone, k)
		}
	}
	e.addMembers(in, missing)
	if len(gone) > 0 {
		e.dropMembers(in, gone...)
	}
}

func isNested(v any) bool {
	switch v.(type) {
	case string, bool, inline:
		return false
	}
	return true
}

// updateInner goes into a mapping that is there already; exec is the only one.
func (e *editor) updateInner(n *yamlspan.Node, v any) bool {
	o, ok := v.(obj)
	if !ok || n.Kind != yamlspan.Mapping || n.First == nil {
		return false
	}
	e.updateMembers(n, o, []string{"args", "installHint"})
	return true
}

// hasValue reports whether n has the value v already, so that its text can stay.
func hasValue(n *yamlspan.Node, v any) bool {
	switch v := v.(type) {
	case string:
		return n.Kind == yamlspan.Scalar && !n.Tagged && n.Text() == v && (n.Style != yamlspan.Plain || yamlspan.IsPlainString(v))
	case bool:
		return n.Kind == yamlspan.Scalar && n.Style == yamlspan.Plain && n.Raw() == flowText(v)
	case []string:
		return n.Kind == yamlspan.Sequence && slices.EqualFunc(n.Items(), v, func(n *yamlspan.Node, s string) bool { return hasValue(n, s) })
	case []obj:
		return n.Kind == yamlspan.Sequence && slices.EqualFunc(n.Items(), v, func(n *yamlspan.Node, o obj) bool { return hasValue(n, o) })
	case obj:
		if n.Kind != yamlspan.Mapping || len(n.Members()) != len(v) {
			return false
		}
		for _, f := range v {
			if m := n.Get(f.key); m.Key == nil || !hasValue(m.Value, f.value) {
				return false
			}
		}
		return true
	case inline:
		return hasValue(n, obj(v))
	}
	return false
}

// setRecord writes r into the extension of an entry.
func (e *editor) setRecord(body *yamlspan.Node, r *record) {
	if m := extension(body); m.Key != nil {
		if want := inline(r.value()); !hasValue(m.Value, want) {
			e.setValue(body, m, want)
		}
		return
	}
	m := body.Get("extensions")
	if m.Key == nil {
		e.addMembers(body, obj{{"extensions", r.extensions()}})
		return
	}
	e.addItems(body, m, r.extensions())
}
