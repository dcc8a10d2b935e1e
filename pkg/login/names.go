package login

import (
	"cmp"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// contextFields are what --context-template can name.
type contextFields struct {
	Cluster, UUID, Project, Region, Cloud, User string
}

// value returns the field that an action such as {{.Cluster}} names.
func (f contextFields) value(action string) (string, bool) {
	switch strings.TrimSpace(action) {
	case ".Cluster":
		return f.Cluster, true
	case ".UUID":
		return f.UUID, true
	case ".Project":
		return f.Project, true
	case ".Region":
		return f.Region, true
	case ".Cloud":
		return f.Cloud, true
	case ".User":
		return f.User, true
	}
	return "", false
}

// expand fills in a template of {{.Field}} actions. It is the part of Go's
// template language that a name needs; text/template itself would keep every
// exported method of every library in the program, three megabytes of them.
func (f contextFields) expand(text string) (string, error) {
	bad := func(what string) error {
		return clierr.New(clierr.Usage, "the fields are {{.Cluster}}, {{.UUID}}, {{.Project}}, {{.Region}}, {{.Cloud}} and {{.User}}",
			"--context-template %q: %s", text, what)
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		plain, after, opened := strings.Cut(rest, "{{")
		b.WriteString(plain)
		if !opened {
			break
		}
		action, next, closed := strings.Cut(after, "}}")
		if !closed {
			return "", bad("a {{ is not closed")
		}
		value, known := f.value(action)
		if !known {
			return "", bad("there is no field " + strings.TrimSpace(action))
		}
		b.WriteString(value)
		rest = next
	}
	return b.String(), nil
}

// CheckContextTemplate returns what is wrong with a template of context names.
func CheckContextTemplate(text string) error {
	_, err := contextFields{}.expand(text)
	return err
}

// contextName returns the name that a login should have: what the user asked
// for, else the cluster's own.
func contextName(explicit, template string, f contextFields) (string, error) {
	if explicit != "" || template == "" {
		return cmp.Or(explicit, f.Cluster), nil
	}
	name, err := f.expand(template)
	if err == nil && name == "" {
		err = clierr.New(clierr.Usage, "", "--context-template gives an empty name for cluster %q", f.Cluster)
	}
	return name, err
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
