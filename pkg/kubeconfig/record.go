package kubeconfig

import (
	"maps"
	"slices"
	"strings"
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
	return j == nil || !j.Absent && len(j.Missing) == 0 && len(j.Text) == 0 && len(j.Current) == 0
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

// fields pairs the names in the file with the fields of an owner.
func (o *Owner) fields() []struct {
	name string
	p    *string
} {
	return []struct {
		name string
		p    *string
	}{
		{"cluster-uuid", &o.ClusterUUID}, {"cluster-name", &o.ClusterName},
		{"project-id", &o.ProjectID}, {"project-name", &o.ProjectName},
		{"region", &o.Region}, {"cloud", &o.Cloud}, {"auth-url", &o.AuthURL},
		{"auth", &o.Auth}, {"user", &o.User}, {"user-domain", &o.UserDomain},
		{"application-credential-id", &o.AppCredID},
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

// extension finds what our item in the extensions of body says.
func extension(src string, body *node) member {
	list := body.get(src, "extensions").value
	if list == nil || list.kind != sequence {
		return member{}
	}
	for n := list.first; n != nil; n = n.next {
		if n.kind == mapping && n.get(src, "name").value.text(src) == ExtensionName {
			return n.get(src, "extension")
		}
	}
	return member{}
}

// readRecord returns what body's extension of ours says, nil without one.
func readRecord(src string, body *node) *record {
	m := extension(src, body)
	if m.value == nil || m.value.kind != mapping {
		return nil
	}
	r := &record{Name: m.value.get(src, "name").value.text(src)}
	for _, f := range r.fields() {
		// The record may point into the file's bytes, which the caller owns.
		*f.p = strings.Clone(m.value.get(src, f.name).value.text(src))
	}
	r.Name = strings.Clone(r.Name)
	if j := m.value.get(src, "restore").value; j != nil && j.kind == mapping {
		r.Restore = readJournal(src, j)
	}
	return r
}

func readJournal(src string, n *node) *journal {
	j := (*journal)(nil).clone()
	j.Absent = n.get(src, "absent").value.text(src) == "true"
	j.Missing = texts(src, n.get(src, "missing").value)
	j.Current = texts(src, n.get(src, "current").value)
	readTexts(src, n.get(src, "text").value, j.Text)
	readTexts(src, n.get(src, "elsewhere").value, j.Elsewhere)
	return j
}

func readTexts(src string, n *node, into map[string]string) {
	if n == nil || n.kind != mapping {
		return
	}
	for _, m := range n.members() {
		into[strings.Clone(m.key.text(src))] = strings.Clone(m.value.text(src))
	}
}

// texts returns the scalars of a sequence.
func texts(src string, n *node) []string {
	if n == nil || n.kind != sequence {
		return nil
	}
	var list []string
	for c := n.first; c != nil; c = c.next {
		list = append(list, strings.Clone(c.text(src)))
	}
	return list
}

// byServer begins the stand-in for the UUID of a cluster whose UUID is unknown,
// as in a kubeconfig that somebody shared: there the address tells clusters
// apart.
const byServer = "server "

// identified returns e's owner with something in place of the UUID.
func (e Entry) identified() Owner {
	o := e.Owner
	if o.ClusterUUID == "" {
		o.ClusterUUID = byServer + e.Server
	}
	return o
}

// public returns o without a stand-in.
func (o Owner) public() Owner {
	if strings.HasPrefix(o.ClusterUUID, byServer) {
		o.ClusterUUID = ""
	}
	return o
}

// sameCluster reports whether two records are about one cluster.
func sameCluster(a, b Owner) bool { return a.ClusterUUID == b.ClusterUUID }

// cluster returns o without the user: what identities that share a cluster's
// entry have in common.
func (o Owner) cluster() Owner {
	o.User, o.Auth = "", ""
	return o
}

// sameUser reports whether two records are about one user of a cluster.
func sameUser(a, b Owner) bool {
	return a.AuthURL == b.AuthURL && a.ProjectID == b.ProjectID &&
		a.User == b.User && a.UserDomain == b.UserDomain && a.AppCredID == b.AppCredID
}

// madeAnew reports whether b is a's cluster deleted and created again.
func madeAnew(a, b Owner) bool {
	return a.ClusterUUID != b.ClusterUUID && a.ClusterName != "" && a.ClusterName == b.ClusterName &&
		a.ProjectID == b.ProjectID && a.Region == b.Region && a.AuthURL == b.AuthURL
}
