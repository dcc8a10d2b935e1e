package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
)

// clusterName is what Magnum accepts as a name.
var clusterName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_.-]*$`)

// createCluster answers at once; the cluster follows after its lab_delay.
func (c *cloud) createCluster(r call) {
	body := struct {
		Name          string
		Template      string `json:"cluster_template_id"`
		Keypair       string
		MasterCount   *int           `json:"master_count"`
		NodeCount     *int           `json:"node_count"`
		CreateTimeout *int           `json:"create_timeout"`
		Labels        map[string]any `json:"labels"`
		MergeLabels   bool           `json:"merge_labels"`
	}{}
	if !r.decode(&body) {
		return
	}
	if !clusterName.MatchString(body.Name) {
		r.refuse(http.StatusBadRequest, fmt.Sprintf("Invalid input for field/attribute name. Value: '%s'. Value should match "+
			"the pattern ^[a-zA-Z][a-zA-Z0-9_.-]*$", body.Name))
		return
	}
	from := c.template(r, body.Template)
	switch {
	case from == nil:
		return
	case r.token.project == nil:
		r.refuse(http.StatusForbidden, "unexpected keystone client error occurred: The service catalog is empty.")
		return
	}
	cl := c.newCluster(body.Name, r.token.user, r.token.project, from)
	cl.keypair, cl.hasCerts = body.Keypair, !from.tlsDisabled
	if body.Labels != nil && !body.MergeLabels {
		clear(cl.labels)
	}
	for name, value := range body.Labels {
		cl.labels[name] = fmt.Sprint(value)
	}
	for i, count := range []*int{body.MasterCount, body.NodeCount} {
		if count != nil {
			cl.groups[i].count = *count
		}
	}
	if body.NodeCount == nil {
		cl.groups[1].count = 1
	}
	if ac := r.token.credential; ac != nil && !ac.unrestricted {
		cl.status, cl.reason = createFailed, "Failed to create trustee or trust for Cluster: "+cl.uuid
		cl.hasCerts = false
	} else {
		c.begin(cl, creating)
	}
	c.clusters = append(c.clusters, cl)
	writeJSON(r.w, http.StatusAccepted, object{"uuid": cl.uuid})
}

func (c *cloud) resizeCluster(r call) {
	if !r.needs(7, "resize") {
		return
	}
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	body := struct {
		NodeCount int `json:"node_count"`
		NodeGroup string
	}{NodeGroup: "default-worker"}
	if cl == nil || !r.decode(&body) {
		return
	}
	group := cl.group(body.NodeGroup)
	switch {
	case body.NodeCount < 0:
		r.refuse(http.StatusBadRequest, fmt.Sprintf("Invalid input for field/attribute node_count. Value: '%d'. Value should be "+
			"greater or equal to 0", body.NodeCount))
	case group == nil:
		r.refuse(http.StatusNotFound, "Nodegroup "+body.NodeGroup+" could not be found.")
	case group.role == "master":
		r.refuse(http.StatusBadRequest, "Resizing a master nodegroup is not supported.")
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
	if cl == nil {
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
