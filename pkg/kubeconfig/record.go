package kubeconfig

import (
	"maps"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// record is what an entry of ours carries in its extension.
type record struct {
	Owner
	Name    string   // the name this program gave the entry
	Restore *journal // what logout puts back; on one context at most
}

// journal holds what a login had to replace or add around the entries, so that
// the last logout can leave the file byte for byte as it was.
type journal struct {
	Absent  bool              // there was no file
	Missing []string          // top-level keys that were added
	Text    map[string]string // list name: the text that stood after its colon
	Current []string          // what stood after current-context's colon, oldest first

	// Elsewhere is what stood after current-context's colon in other files of a
	// KUBECONFIG list, by path; noKey where there was no such key.
	Elsewhere map[string]string
}

// noKey cannot follow a colon, as it begins with no space.
const noKey = "none"

func (j *journal) empty() bool {
	return j == nil || !j.Absent && len(j.Missing) == 0 && len(j.Text) == 0 && len(j.Current) == 0 && len(j.Elsewhere) == 0
}

func (j *journal) clone() *journal {
	if j == nil {
		return &journal{Text: map[string]string{}, Elsewhere: map[string]string{}}
	}
	return &journal{
		Absent: j.Absent, Missing: slices.Clone(j.Missing), Current: slices.Clone(j.Current),
		Text: maps.Clone(j.Text), Elsewhere: maps.Clone(j.Elsewhere),
	}
}

// value returns r as it is written into the extension.
func (r *record) value() obj {
	var o obj
	for _, f := range r.fields() {
		if *f.p != "" {
			o = append(o, field{f.name, *f.p})
		}
	}
	o = append(o, field{"name", r.Name})
	if r.Restore.empty() {
		return o
	}
	return append(o, field{"restore", r.Restore.value()})
}

func (j *journal) value() obj {
	var o obj
	if j.Absent {
		o = append(o, field{"absent", true})
	}
	if len(j.Missing) > 0 {
		o = append(o, field{"missing", j.Missing})
	}
	if len(j.Text) > 0 {
		o = append(o, field{"text", sorted(j.Text)})
	}
	if len(j.Current) > 0 {
		o = append(o, field{"current", j.Current})
	}
	if len(j.Elsewhere) > 0 {
		o = append(o, field{"elsewhere", sorted(j.Elsewhere)})
	}
	return o
}

func sorted(m map[string]string) obj {
	var o obj
	for _, k := range slices.Sorted(maps.Keys(m)) {
		o = append(o, field{k, m[k]})
	}
	return o
}

// extension returns the member of our item in the extensions of body.
func extension(body *yamlspan.Node) yamlspan.Member {
	for _, n := range body.Get("extensions").Value.Items() {
		if n.Get("name").Value.Text() == extensionName {
			return n.Get("extension")
		}
	}
	return yamlspan.Member{}
}

// readRecord reads the extension of ours in body; nil without one.
func readRecord(body *yamlspan.Node) *record {
	value := extension(body).Value
	if value == nil || value.Kind != yamlspan.Mapping {
		return nil
	}
	r := &record{Name: value.Get("name").Value.Text()}
	for _, f := range r.fields() {
		*f.p = value.Get(f.name).Value.Text()
	}
	if j := value.Get("restore").Value; j != nil && j.Kind == yamlspan.Mapping {
		r.Restore = readJournal(j)
	}
	return r
}

func readJournal(n *yamlspan.Node) *journal {
	j := (*journal)(nil).clone()
	j.Absent = n.Get("absent").Value.Text() == "true"
	j.Missing = texts(n.Get("missing").Value)
	j.Current = texts(n.Get("current").Value)
	for _, m := range n.Get("text").Value.Members() {
		j.Text[m.Key.Text()] = m.Value.Text()
	}
	for _, m := range n.Get("elsewhere").Value.Members() {
		j.Elsewhere[m.Key.Text()] = m.Value.Text()
	}
	return j
}

// texts returns the scalars of a sequence.
func texts(n *yamlspan.Node) []string {
	var list []string
	for _, c := range n.Items() {
		list = append(list, c.Text())
	}
	return list
}

// valueText reads the scalar that stood after a colon.
func valueText(s string) string {
	d, err := yamlspan.Parse("k: " + s)
	if err != nil || d.Root == nil {
		return ""
	}
	return d.Root.Get("k").Value.Text()
}
