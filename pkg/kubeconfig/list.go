package kubeconfig

import (
	"encoding/base64"
	"strings"
)

// List returns the logins in data, in the order of the file.
func List(data []byte) ([]Owned, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	return d.owned(), nil
}

// owned returns the logins: one for each context of ours, and one for each
// cluster or user of ours that no such context names any more.
func (d *doc) owned() []Owned {
	var list []Owned
	var used [3]map[string]bool
	var elsewhere map[string]string
	if h := d.holder(); h != nil {
		elsewhere = h.rec.Restore.Elsewhere
	}
	used[clusters], used[users] = map[string]bool{}, map[string]bool{}
	for _, it := range d.sec[contexts].items {
		if it.rec == nil {
			continue
		}
		o := Owned{Owner: it.rec.public(), Context: strings.Clone(it.name), elsewhere: elsewhere}
		if ns := it.body.get(d.src, "namespace").value; ns != nil {
			o.Namespace = strings.Clone(ns.text(d.src))
		}
		o.Current = d.current() == it.name
		if c := d.sec[clusters].byName[d.ref(it, "cluster")]; c != nil && c.rec != nil {
			used[clusters][c.name] = true
			d.addCluster(&o, c)
		}
		if u := d.sec[users].byName[d.ref(it, "user")]; u != nil && u.rec != nil {
			used[users][u.name] = true
			o.User = strings.Clone(u.name)
			o.ExecArgs = texts(d.src, u.body.get(d.src, "exec").value.get(d.src, "args").value)
		}
		list = append(list, o)
	}
	return d.leftovers(list, used)
}

// leftovers adds the clusters and users of ours that no context of ours names.
func (d *doc) leftovers(list []Owned, used [3]map[string]bool) []Owned {
	first := len(list)
	for _, it := range d.sec[clusters].items {
		if it.rec != nil && !used[clusters][it.name] {
			o := Owned{Owner: it.rec.public()}
			d.addCluster(&o, it)
			list = append(list, o)
		}
	}
next:
	for _, it := range d.sec[users].items {
		if it.rec == nil || used[users][it.name] {
			continue
		}
		for i := first; i < len(list); i++ {
			if list[i].User == "" && sameCluster(list[i].Owner, it.rec.public()) {
				list[i].Owner, list[i].User = it.rec.public(), strings.Clone(it.name)
				continue next
			}
		}
		list = append(list, Owned{Owner: it.rec.public(), User: strings.Clone(it.name)})
	}
	return list
}

func (d *doc) addCluster(o *Owned, it *item) {
	o.Cluster = strings.Clone(it.name)
	o.Server = strings.Clone(it.body.get(d.src, "server").value.text(d.src))
	o.ProxyURL = strings.Clone(it.body.get(d.src, "proxy-url").value.text(d.src))
	o.TLSServerName = strings.Clone(it.body.get(d.src, "tls-server-name").value.text(d.src))
	ca := it.body.get(d.src, "certificate-authority-data").value.text(d.src)
	o.CAData, _ = base64.StdEncoding.DecodeString(ca) // checked when it was written; a wrong one is none
}

// result returns the logins of this merge as they are in the file after it.
func (m *merger) result(after *doc) []Owned {
	byContext := map[string]Owned{}
	for _, o := range after.owned() {
		if o.Context != "" {
			byContext[o.Context] = o
		}
	}
	var list []Owned
	for _, t := range m.logins {
		list = append(list, byContext[t[contexts].name])
	}
	return list
}
