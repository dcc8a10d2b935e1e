package sandbox

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The states of a cluster. While one ends in inProgress, the label lab_delay
// (seconds, default 0) says how long.
const (
	creating     = "CREATE_IN_PROGRESS"
	complete     = "CREATE_COMPLETE"
	createFailed = "CREATE_FAILED"
	updating     = "UPDATE_IN_PROGRESS"
	updated      = "UPDATE_COMPLETE"
	updateFailed = "UPDATE_FAILED"
	deleting     = "DELETE_IN_PROGRESS"
)

// magnumTime is how Magnum writes a moment.
const magnumTime = "2006-01-02T15:04:05.000000-07:00"

// cluster is one that Magnum manages.
type cluster struct {
	uuid, name       string
	owner            *user
	project          *project
	template         *template
	labels           map[string]string
	keypair          string
	timeout          int
	status, reason   string
	due              time.Time // when the operation under way ends; zero: never
	created, updated time.Time
	stackID          string
	network, subnet  string
	balanced         bool // has a load balancer before its masters
	groups           []*nodeGroup
	hasCerts         bool
	ca               *authority // nil until somebody needs it
	api              *apiServer // nil until the cluster is up
	apiAddress       string

	// What only Cluster API has.
	version     string     // of the control plane
	serving     *authority // what the API server uses when Magnum's CA is another; nil: Magnum's
	faults      object     // by node group
	upSince     time.Time
	healthKnown bool
	shown       bool   // by the request under way
	pending     func() // what Magnum's conductor has yet to begin with; may be nil
}

// plainAddress is that of a cluster without TLS, where nobody listens.
const plainAddress = "http://127.0.0.1:8080"

// newCluster makes a cluster of one master and two workers without a state.
func (c *cloud) newCluster(name string, owner *user, in *project, from *template) *cluster {
	return &cluster{uuid: newUUID(), name: name, owner: owner, project: in, template: from,
		labels: maps.Clone(from.labels), timeout: 60, created: c.now(),
		groups: []*nodeGroup{newNodeGroup("default-master", "master", 1), newNodeGroup("default-worker", "worker", 2)}}
}

// finish brings a cluster up: its API server listens, its nodes have addresses.
func (c *cloud) finish(cl *cluster) error {
	if c.clusterAPI() {
		return c.finishCreation(cl)
	}
	cl.status, cl.stackID = complete, newUUID()
	if cl.template.tlsDisabled {
		cl.apiAddress = plainAddress
		return nil
	}
	api, err := c.startAPIServer(cl, true)
	if err != nil {
		return err
	}
	cl.api, cl.apiAddress = api, "https://"+api.address
	return nil
}

// finishOperations ends the operations whose time has come.
func (c *cloud) finishOperations() {
	now := c.now()
	left := c.clusters[:0]
	for _, cl := range c.clusters {
		c.watchHealth(cl)
		if cl.pending == nil && !cl.due.IsZero() && !now.Before(cl.due) {
			cl.due, cl.updated = time.Time{}, now
			switch cl.status {
			case creating:
				c.endCreation(cl)
			case updating:
				if c.finishGroups(cl) {
					c.finishUpdate(cl)
				}
			case deleting:
				if cl.api != nil {
					_ = cl.api.server.Close() // connections included
				}
				continue
			}
		}
		left = append(left, cl)
	}
	clear(c.clusters[len(left):])
	c.clusters = left
}

func (c *cloud) endCreation(cl *cluster) {
	if cl.labels["lab_outcome"] == "FAILED" {
		cl.status, cl.reason = createFailed, "Failed to create trustee or trust: lab"
		return
	}
	if err := c.finish(cl); err != nil {
		cl.status, cl.reason = createFailed, err.Error()
	}
}

func (c *cloud) finishUpdate(cl *cluster) {
	cl.status = updated
	if c.clusterAPI() {
		cl.version = cl.template.version
	}
}

// begin has the conductor start an operation.
func (c *cloud) begin(cl *cluster, status string) {
	c.conduct(cl, func() { c.start(cl, status) })
}

// start starts an operation that takes as long as the cluster's label says.
func (c *cloud) start(cl *cluster, status string) {
	seconds, _ := strconv.ParseFloat(cl.labels["lab_delay"], 64) // no label: at once
	cl.status, cl.reason, cl.faults = status, "", nil
	cl.due = c.now().Add(time.Duration(seconds * float64(time.Second)))
}

func (c *cloud) listClusters(r call) {
	if !r.scoped() {
		return
	}
	base := c.MagnumURL + "/clusters"
	detail := strings.HasSuffix(r.URL.Path, "/detail")
	if detail {
		base += "/detail"
	}
	all := []object{}
	for _, cl := range c.visible(r.token, true) {
		cl.shown = true
		if detail {
			all = append(all, c.clusterDetail(cl, r.version))
		} else {
			all = append(all, c.clusterSummary(cl))
		}
	}
	r.paged("clusters", base, all)
}

func (c *cloud) showCluster(r call) {
	cl := c.lookup(r, r.PathValue("ref"), true, http.StatusNotFound)
	if cl == nil || !r.scoped() {
		return
	}
	cl.shown = true
	o := c.clusterDetail(cl, r.version)
	switch cl.status { // a listing never tells
	case createFailed, updateFailed:
		o["faults"] = cl.faultsByGroup()
	}
	writeJSON(r.w, http.StatusOK, o)
}

// faultsByGroup is what Magnum says about the node groups of a failed cluster.
func (cl *cluster) faultsByGroup() object {
	switch {
	case cl.template.driver == ClusterAPI:
		faults := object{}
		maps.Copy(faults, cl.faults)
		return faults
	case cl.status == createFailed:
		return object{"default-master": nil, "default-worker": nil}
	}
	return object{"default-worker": cl.reason}
}

// clusterSummary is what a listing shows of a cluster.
func (c *cloud) clusterSummary(cl *cluster) object {
	return object{
		"uuid": cl.uuid, "name": cl.name, "cluster_template_id": cl.template.uuid, "keypair": orNull(cl.keypair),
		"node_count": cl.nodes("worker"), "master_count": cl.nodes("master"), "docker_volume_size": nil,
		"labels": cl.labels, "master_flavor_id": flavor, "flavor_id": flavor, "create_timeout": cl.timeout,
		"links": c.links("clusters", cl.uuid), "stack_id": orNull(cl.stackID), "status": cl.status,
		"health_status": orNull(cl.health()), "merge_labels": false,
	}
}

// clusterDetail is all that Magnum tells about a cluster.
func (c *cloud) clusterDetail(cl *cluster, version int) object {
	o := c.clusterSummary(cl)
	up := cl.apiAddress != ""
	reason := object{}
	if up {
		reason["api"] = "ok"
	}
	tag, runtime, discovery := "", "", ""
	if up {
		tag, runtime = cl.labels["kube_tag"], "1.12.6"
		discovery = "https://discovery.etcd.io/" + strings.ReplaceAll(cl.uuid, "-", "")
	}
	maps.Copy(o, object{
		"status_reason": orNull(cl.reason), "health_status_reason": reason, "discovery_url": orNull(discovery),
		"api_address": orNull(cl.apiAddress), "coe_version": orNull(tag), "container_version": orNull(runtime),
		"project_id": cl.project.id, "user_id": cl.owner.id, "node_addresses": cl.addresses("worker"),
		"master_addresses": cl.addresses("master"), "fixed_network": orNull(cl.network), "fixed_subnet": orNull(cl.subnet), "floating_ip_enabled": true,
		"labels_overridden": object{}, "labels_added": cl.labelsAdded(), "labels_skipped": object{}, "master_lb_enabled": cl.balanced,
		"created_at": cl.created.Format(magnumTime), "updated_at": momentOrNull(cl.updated),
	})
	if c.clusterAPI() {
		c.detailClusterAPI(cl, version, o)
	}
	return o
}

// health is unknown until the cluster is up.
func (cl *cluster) health() string {
	switch {
	case cl.apiAddress == "" || cl.template.driver == ClusterAPI && !cl.healthKnown:
		return ""
	case cl.labels["lab_health"] != "":
		return cl.labels["lab_health"]
	}
	return "HEALTHY"
}

// labelsAdded are those that the template does not have.
func (cl *cluster) labelsAdded() map[string]string {
	added := map[string]string{}
	for name, value := range cl.labels {
		if _, ok := cl.template.labels[name]; !ok {
			added[name] = value
		}
	}
	return added
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func momentOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(magnumTime)
}
