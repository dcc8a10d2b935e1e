package sandbox

import (
	"fmt"
	"net/http"
	"slices"
)

// upgradeCluster moves a cluster to the version of a template. What the driver
// refuses leaves the cluster in UPDATE_FAILED, as with the real service.
func (c *cloud) upgradeCluster(r call) {
	if !r.needs(7, "upgrade") {
		return
	}
	if r.version < 8 {
		r.refuse(http.StatusBadRequest, "Cluster upgrade is not supported in the provided microversion.")
		return
	}
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	body := struct {
		Template string `json:"cluster_template"`
		Batch    *int   `json:"max_batch_size"`
	}{}
	if cl == nil || !r.mayChange(c, "cluster:upgrade") || !r.decode(&body) {
		return
	}
	to := c.template(r, body.Template)
	if to == nil {
		return
	}
	if c.clusterAPI() && body.Batch == nil {
		r.refuse(http.StatusInternalServerError, "Cannot convert Unset to primitive")
		return
	}
	if !slices.Contains([]string{complete, updated}, cl.status) {
		r.refuse(http.StatusBadRequest, fmt.Sprintf("Upgrading a cluster when status is %q is not supported.", cl.status))
		return
	}
	if c.clusterAPI() {
		c.upgradeClusterAPI(r, cl, to)
		return
	}
	if status, why := cl.refusesUpgrade(to); why != "" {
		cl.status, cl.reason, cl.updated = updateFailed, why, c.now()
		r.refuse(status, why)
		return
	}
	cl.labels["kube_tag"] = to.labels["kube_tag"]
	cl.template = to
	c.begin(cl, updating)
	writeJSON(r.w, http.StatusAccepted, object{"uuid": cl.uuid})
}

// refusesUpgrade is what the driver says.
func (cl *cluster) refusesUpgrade(to *template) (status int, why string) {
	tag := to.labels["kube_tag"]
	switch {
	case tag == "":
		return http.StatusConflict, "Cluster Template is not valid for upgrade: Cluster template " + to.name +
			" does not contain any supported upgrade labels: [kube_tag, ostree_remote, ostree_commit]"
	case tag < cl.labels["kube_tag"]: // the sandbox has no v1.9 to be put after v1.35
		return http.StatusBadRequest, "Received invalid tag for kube_tag."
	}
	return 0, ""
}
