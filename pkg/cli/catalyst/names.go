package catalyst

import (
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
			if o, taken := holder[w]; !taken || sameLogin(o, e.Owner) {
				name = w
				break
			}
		}
		if name == "" {
			return clierr.Errorf("choose another name with --context or --context-template, or log that one out",
				"the context name %q belongs to another login", wanted[i][0])
		}
		holder[name] = e.Owner
		e.Context, e.Cluster, e.User = name, name, name+"/"+e.Owner.User
	}
	return nil
}

// sameLogin reports whether a new login replaces an old one: the same identity
// at the same cluster, or at a cluster that was created anew under its name.
func sameLogin(old, fresh kubeconfig.Owner) bool {
	return old.User == fresh.User && old.AppCredID == fresh.AppCredID && old.ProjectID == fresh.ProjectID &&
		old.AuthURL == fresh.AuthURL && old.Region == fresh.Region &&
		(old.ClusterUUID == fresh.ClusterUUID || old.ClusterName == fresh.ClusterName)
}
