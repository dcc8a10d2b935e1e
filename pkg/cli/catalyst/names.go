package catalyst

import (
	"cmp"
	"strings"
	"text/template"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// contextFields are what --context-template can name.
type contextFields struct {
	Cluster, UUID, Project, Region, Cloud, User string
}

// contextName returns the name that a login should have: what the user asked
// for, else the cluster's own.
func contextName(explicit string, t *template.Template, f contextFields) (name string, err error) {
	if explicit != "" || t == nil {
		return cmp.Or(explicit, f.Cluster), nil
	}
	var b strings.Builder
	if err := t.Execute(&b, f); err != nil {
		return "", clierr.New(clierr.Usage, "", "--context-template: %w", err)
	}
	if b.Len() == 0 {
		return "", clierr.New(clierr.Usage, "", "--context-template gives an empty name for cluster %q", f.Cluster)
	}
	return b.String(), nil
}

// nameKeeper knows which login holds which context name. A cluster that is gone
// gives its name up to one that was created anew under it.
type nameKeeper struct {
	holder map[string]kubeconfig.Owner
	gone   func(kubeconfig.Owner) bool
	fixed  bool // the user chose the names: no other will do
}

func newNameKeeper(present []kubeconfig.Owned, fixed bool, gone func(kubeconfig.Owner) bool) *nameKeeper {
	k := &nameKeeper{holder: map[string]kubeconfig.Owner{}, gone: gone, fixed: fixed}
	for _, o := range present {
		k.holder[o.Context] = o.Owner
	}
	return k
}

// assign gives an entry its context, cluster and user names. Where the wanted
// name belongs to another login, what tells the two apart is put behind it.
func (k *nameKeeper) assign(e *kubeconfig.Entry, wanted string) error {
	name := wanted
	if !k.free(name, e.Owner) {
		name = wanted + "-" + difference(e.Owner, k.holder[wanted])
		if k.fixed || !k.free(name, e.Owner) {
			return clierr.Errorf("choose another name with --context or --context-template, or log that one out",
				"the context name %q belongs to another login", wanted)
		}
	}
	k.holder[name] = e.Owner
	e.Context, e.Cluster, e.User = name, name, name+"/"+cmp.Or(e.Owner.User, "openstack")
	return nil
}

func (k *nameKeeper) free(name string, fresh kubeconfig.Owner) bool {
	old, taken := k.holder[name]
	return !taken || fresh.Replaces(old) && (fresh.ClusterUUID == old.ClusterUUID || k.gone(old))
}

// difference names what a login is that the other is not.
func difference(o, other kubeconfig.Owner) string {
	switch {
	case o.ClusterUUID == other.ClusterUUID:
		return cmp.Or(o.User, "openstack")
	case o.Region != other.Region:
		return o.Region
	case o.ProjectID != other.ProjectID:
		return o.ProjectName
	}
	return o.ClusterUUID[:min(8, len(o.ClusterUUID))]
}
