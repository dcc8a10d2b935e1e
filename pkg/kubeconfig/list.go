package kubeconfig

import "encoding/base64"

// List returns the logins in data, in the order of the file.
func List(data []byte) ([]Owned, error) {
	d, err := openDocument(data)
	if err != nil {
		return nil, err
	}
	return d.logins(), nil
}

// logins returns one login for each context of ours, and one for each cluster or
// user of ours that no such context names any more.
func (d *document) logins() []Owned {
	var list []Owned
	var used [3]map[string]bool
	var elsewhere map[string]string
	if h := d.journalHolder(); h != nil {
		elsewhere = h.rec.Restore.Elsewhere
	}
	used[clusters], used[users] = map[string]bool{}, map[string]bool{}
	for _, it := range d.sections[contexts].ours() {
		o := Owned{
			Owner: it.rec.public(), Context: it.name, elsewhere: elsewhere,
			Namespace: it.body.Get("namespace").Value.Text(), Current: d.current() == it.name,
		}
		if c := d.sections[clusters].byName[it.ref(clusters)]; c != nil && c.rec != nil {
			used[clusters][c.name] = true
			o.addCluster(c)
		}
		if u := d.sections[users].byName[it.ref(users)]; u != nil && u.rec != nil {
			used[users][u.name] = true
			o.User = u.name
			o.ExecArgs = texts(u.body.Get("exec").Value.Get("args").Value)
		}
		list = append(list, o)
	}
	return append(list, d.remains(used)...)
}

// remains returns the clusters and users of ours that are not used by a context
// of ours; those of one cluster make one login.
func (d *document) remains(used [3]map[string]bool) []Owned {
	var list []Owned
	for _, it := range d.sections[clusters].ours() {
		if !used[clusters][it.name] {
			o := Owned{Owner: it.rec.public()}
			o.addCluster(it)
			list = append(list, o)
		}
	}
next:
	for _, it := range d.sections[users].ours() {
		if used[users][it.name] {
			continue
		}
		for i := range list {
			if list[i].User == "" && sameCluster(list[i].Owner, it.rec.public()) {
				list[i].Owner, list[i].User = it.rec.public(), it.name
				continue next
			}
		}
		list = append(list, Owned{Owner: it.rec.public(), User: it.name})
	}
	return list
}

// addCluster fills in the cluster of a login.
func (o *Owned) addCluster(it *item) {
	o.Cluster = it.name
	o.Server = it.body.Get("server").Value.Text()
	o.ProxyURL = it.body.Get("proxy-url").Value.Text()
	o.TLSServerName = it.body.Get("tls-server-name").Value.Text()
	ca := it.body.Get("certificate-authority-data").Value.Text()
	o.CAData, _ = base64.StdEncoding.DecodeString(ca) // checked when it was written; a wrong one is none
}
