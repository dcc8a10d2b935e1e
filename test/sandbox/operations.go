package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"
)

// clusterName is what Magnum accepts as a name.
var clusterName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_.-]*$`)

// creation is the body of a request for a cluster.
type creation struct {
	Name          string
	Template      string `json:"cluster_template_id"`
	Keypair       string
	MasterCount   *int           `json:"master_count"`
	NodeCount     *int           `json:"node_count"`
	CreateTimeout *int           `json:"create_timeout"`
	Labels        map[string]any `json:"labels"`
	MergeLabels   bool           `json:"merge_labels"`
	Network       string         `json:"fixed_network"`
	Subnet        string         `json:"fixed_subnet"`
	Balanced      bool           `json:"master_lb_enabled"`
}

// createCluster answers at once; the cluster follows after its lab_delay.
func (c *cloud) createCluster(r call) {
	var body creation
	if !r.mayChange(c, "cluster:create") || !r.decode(&body) {
		return
	}
	if !clusterName.MatchString(body.Name) {
		r.refuse(http.StatusBadRequest, fmt.Sprintf("Invalid input for field/attribute name. Value: '%s'. Value should match "+
			"the pattern ^[a-zA-Z][a-zA-Z0-9_.-]*$", body.Name))
		return
	}
	if r.token.project != nil && len(c.visible(r.token, false)) >= c.opts.ClusterLimit {
		r.refuse(http.StatusForbidden, fmt.Sprintf("Resource limit exceeded: You have reached the maximum clusters per project, %d. "+
			"You may delete a cluster to make room for a new one.", c.opts.ClusterLimit))
		return
	}
	from := c.templateToCreate(r, body.Template)
	switch {
	case from == nil:
		return
	case r.token.project == nil:
		r.refuse(http.StatusForbidden, "unexpected keystone client error occurred: The service catalog is empty.")
		return
	case c.refusesMasterCount(body) != "":
		r.refuse(http.StatusBadRequest, c.refusesMasterCount(body))
		return
	}
	cl := c.accept(r.token, body, from)
	c.clusters = append(c.clusters, cl)
	writeJSON(r.w, http.StatusAccepted, object{"uuid": cl.uuid})
}

// accept makes the cluster that was asked for and begins with it.
func (c *cloud) accept(t *token, body creation, from *template) *cluster {
	cl := c.newCluster(body.Name, t.user, t.project, from)
	cl.keypair, cl.hasCerts = body.Keypair, !from.tlsDisabled
	cl.network, cl.subnet, cl.balanced = body.Network, body.Subnet, body.Balanced
	if len(body.Labels) > 0 && !body.MergeLabels {
		clear(cl.labels)
	}
	for name, value := range body.Labels {
		cl.labels[name] = fmt.Sprint(value)
	}
	for i, count := range []*int{body.MasterCount, body.NodeCount} {
		cl.groups[i].count = 1
		if count != nil {
			cl.groups[i].count = *count
		}
	}
	if body.CreateTimeout != nil {
		cl.timeout = *body.CreateTimeout
	}
	c.start(cl, creating)
	c.conduct(cl, func() { c.beginCreation(cl, t.credential) })
	return cl
}

// refusesMasterCount says why no cluster can have so many masters; "" is no reason.
func (c *cloud) refusesMasterCount(body creation) string {
	switch {
	case body.MasterCount == nil:
	case c.clusterAPI() && *body.MasterCount%2 == 0:
		return evenMasters(*body.MasterCount)
	case !c.clusterAPI() && *body.MasterCount > 1 && !body.Balanced:
		return "master_count must be 1 when master_lb_enabled is False"
	}
	return ""
}

// beginCreation is what the conductor does first for a new cluster. ac is the
// application credential of whoever asks; nil is none.
func (c *cloud) beginCreation(cl *cluster, ac *credential) {
	if why := c.refusesCredential(cl, ac); why != "" {
		cl.status, cl.reason, cl.due, cl.hasCerts = createFailed, why, time.Time{}, false
		return
	}
	if !c.clusterAPI() {
		return
	}
	if err := c.balance(cl); err != nil {
		cl.status, cl.reason, cl.due = createFailed, err.Error(), time.Time{}
	}
}

// showQuota tells what everybody has who has no quota of their own.
func (c *cloud) showQuota(r call) {
	writeJSON(r.w, http.StatusOK, object{"hard_limit": c.opts.ClusterLimit, "project_id": r.PathValue("project"), "resource": "Cluster"})
}

func (c *cloud) showStats(r call) {
	clusters, nodes := 0, 0
	for _, cl := range c.clusters {
		if cl.project.id == r.URL.Query().Get("project_id") {
			clusters++
			nodes += cl.nodes("master") + cl.nodes("worker")
		}
	}
	writeJSON(r.w, http.StatusOK, object{"clusters": clusters, "nodes": nodes})
}

func (c *cloud) resizeCluster(r call) {
	if !r.needs(7, "resize") {
		return
	}
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil || !r.mayChange(c, "cluster:resize") {
		return
	}
	body := struct {
		NodeCount int `json:"node_count"`
		NodeGroup string
	}{NodeGroup: "default-worker"}
	if !r.decode(&body) {
		return
	}
	group := cl.group(body.NodeGroup)
	switch {
	case body.NodeCount < 0:
		r.refuse(http.StatusBadRequest, fmt.Sprintf("Invalid input for field/attribute node_count. Value: '%d'. Value should be "+
			"greater or equal to 0", body.NodeCount))
	case group == nil:
		r.refuse(http.StatusNotFound, "Nodegroup "+body.NodeGroup+" could not be found.")
	case group.role == "master" && c.refusesMasters(body.NodeCount) != "":
		r.refuse(http.StatusBadRequest, c.refusesMasters(body.NodeCount))
	case group.outOfBounds(body.NodeCount) != "":
		r.refuse(http.StatusBadRequest, group.outOfBounds(body.NodeCount))
	case body.NodeCount == 0 && r.version < 10:
		r.refuse(http.StatusBadRequest, "Resizing a nodegroup to zero is not supported in the provided microversion.")
	default:
		group.count = body.NodeCount
		if cl.status != creating { // accepted all the same
			c.begin(cl, updating)
		}
		writeJSON(r.w, http.StatusAccepted, object{"uuid": cl.uuid})
	}
}

func (c *cloud) deleteCluster(r call) {
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil || !r.mayChange(c, "cluster:delete") {
		return
	}
	c.begin(cl, deleting)
	r.w.WriteHeader(http.StatusNoContent)
}

func (r *call) decode(body any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(r.w, r.Body, 1<<20)).Decode(body); err != nil {
		r.refuse(http.StatusBadRequest, "Invalid request body: "+err.Error())
		return false
	}
	return true
}
