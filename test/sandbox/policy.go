package sandbox

import (
	"net/http"
	"slices"
)

// What Magnum's policy lets people do, as its release 15 ships it: anybody in
// the project may read and change clusters; certificates are for the user who
// created the cluster; an admin sees the clusters of all projects, but not
// their certificates. A token without a project is not held back to any, but
// most answers to it go wrong.

func (t *token) admin() bool { return slices.Contains(t.roles, "admin") }

// mayFetchCertificates answers with 403 unless the caller made the cluster.
func (r *call) mayFetchCertificates(cl *cluster, rule string) bool {
	if cl.owner == r.token.user {
		return true
	}
	r.refuse(http.StatusForbidden, "Policy doesn't allow "+rule+" to be performed.")
	return false
}

// scoped answers a question about clusters the way Magnum does when the token
// has no project: the clusters it reads have no node groups, which it then
// finds invalid.
func (r *call) scoped() bool {
	if r.token.project != nil {
		return true
	}
	r.refuse(http.StatusBadRequest,
		"Invalid input for field/attribute master_count. Value: '0'. Value should be greater or equal to 1")
	return false
}

// visible returns the clusters that the caller may see.
func (c *cloud) visible(t *token, everywhere bool) []*cluster {
	var seen []*cluster
	for _, cl := range c.clusters {
		if cl.project == t.project || t.project == nil || everywhere && t.admin() {
			seen = append(seen, cl)
		}
	}
	return seen
}

// lookup finds a cluster by name or UUID, or answers why it cannot. Signing
// answers an unknown cluster with 400, everything else with 404.
func (c *cloud) lookup(r call, ref string, everywhere bool, unknown int) *cluster {
	var found []*cluster
	for _, cl := range c.visible(r.token, everywhere) {
		if cl.uuid == ref {
			return cl
		}
		if cl.name == ref {
			found = append(found, cl)
		}
	}
	switch len(found) {
	case 0:
		r.refuse(unknown, "Cluster "+ref+" could not be found.")
		return nil
	case 1:
		return found[0]
	}
	r.refuse(http.StatusConflict, "Multiple clusters exist with same name. Please use the cluster uuid instead.")
	return nil
}

// templateToCreate finds the template of a new cluster. Magnum 20 knows it by its
// UUID alone.
func (c *cloud) templateToCreate(r call, ref string) *template {
	t := c.template(r, ref)
	if t == nil || t.uuid == ref || !c.clusterAPI() || c.magnum23() {
		return t
	}
	r.refuse(http.StatusNotFound, "ClusterTemplate "+ref+" could not be found.")
	return nil
}

// template finds a template by name or UUID, or answers that there is none.
func (c *cloud) template(r call, ref string) *template {
	t := find(c.templates, func(t *template) bool { return t.uuid == ref || t.name == ref })
	if t == nil {
		r.refuse(http.StatusNotFound, "ClusterTemplate "+ref+" could not be found.")
	}
	return t
}
