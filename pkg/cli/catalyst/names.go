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

// contextNames returns the names that a login may take, the best first. What
// the user asked for is the only one; without a wish longer names follow, for
// where the cluster's own name belongs to another login already.
func contextNames(explicit string, t *template.Template, f contextFields) ([]string, error) {
	if explicit != "" {
		return []string{explicit}, nil
	}
	if t == nil {
		return []string{
			f.Cluster,
			f.Cluster + "-" + f.User,
			f.Cluster + "-" + f.Region,
			f.Cluster + "-" + f.Region + "-" + f.Project,
			f.Cluster + "-" + f.UUID,
		}, nil
	}
	var b strings.Builder
	if err := t.Execute(&b, f); err != nil {
		return nil, clierr.New(clierr.Usage, "", "--context-template: %w", err)
	}
	if b.Len() == 0 {
		return nil, clierr.New(clierr.Usage, "", "--context-template gives an empty name for cluster %q", f.Cluster)
	}
	return []string{b.String()}, nil
}

// assignNames gives each entry the first of its names that no other login
// holds. An entry that the kubeconfig has already keeps the names it has there.
func assignNames(entries []kubeconfig.Entry, wanted [][]string, present []kubeconfig.Owned) error {
	holder := map[string]kubeconfig.Owner{}
	for _, o := range present {
		holder[o.Context] = o.Owner
	}
	for i := range entries {
		e := &entries[i]
		name := ""
		for _, w := range wanted[i] {
			if o, taken := holder[w]; !taken || e.Owner.Replaces(o) {
				name = w
				break
			}
		}
		if name == "" {
			return clierr.Errorf("choose another name with --context or --context-template, or log that one out",
				"the context name %q belongs to another login", wanted[i][0])
		}
		holder[name] = e.Owner
		e.Context, e.Cluster, e.User = name, name, name+"/"+cmp.Or(e.Owner.User, "openstack")
	}
	return nil
}
