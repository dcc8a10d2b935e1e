package sandbox

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Driver is what Magnum runs clusters with, and so how the cloud answers.
type Driver int

// The drivers. Cluster API also knows these values of a new cluster's label
// lab_outcome: SILENT fails without a reason, and STUCK stays in progress though
// the cluster works. With both, the label lab_tokens=unknown makes an API server
// that does not ask Keystone, whatever keystone_auth_enabled says.
const (
	// Heat is the cloud of Keystone 22 and Magnum 15.
	Heat Driver = iota
	// ClusterAPI is the cloud of Keystone 27 and Magnum 20 with magnum-capi-helm
	// 1.2.0. With Options.MaxVersion 1.14 it is Magnum 23 with 1.4.0.
	ClusterAPI
)

func (c *cloud) clusterAPI() bool { return c.opts.Driver == ClusterAPI }

// magnum23 reports whether the cloud is the newer of those with Cluster API.
func (c *cloud) magnum23() bool {
	_, minor, _ := parseVersion(c.opts.MaxVersion)
	return c.clusterAPI() && minor >= 14
}

// healthDelay is how long a new cluster's health stays unknown.
const healthDelay = time.Minute

// notForNames is what a Helm release may not have in its name.
var notForNames = regexp.MustCompile(`[^a-z0-9]+`)

// releaseName is what Helm knows a cluster by, which is Magnum's stack_id: no UUID.
func releaseName(cluster string) string {
	base := strings.Trim(notForNames.ReplaceAllString(strings.ToLower(cluster), "-"), "-")
	return base[:min(len(base), 30)] + "-" + strings.ToLower(rand.Text()[:12])
}

// balance gives a cluster its load balancer. Its address is known from then on,
// long before an API server answers there.
func (c *cloud) balance(cl *cluster) error {
	cl.stackID, cl.version = releaseName(cl.name), cl.template.version
	if cl.template.tlsDisabled {
		cl.apiAddress = plainAddress
		return nil
	}
	api, err := c.startAPIServer(cl, false)
	if err != nil {
		return err
	}
	cl.api, cl.apiAddress = api, "https://"+api.address
	return nil
}

// gate is a listener of a load balancer: as long as nobody serves behind it, it
// drops who connects.
type gate struct {
	net.Listener
	open atomic.Bool
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil || g.open.Load() {
			return conn, err
		}
		_ = conn.Close() // there is nothing to say
	}
}

// bringUp ends the creation of a cluster of Cluster API.
func (c *cloud) bringUp(cl *cluster) error {
	if cl.apiAddress == "" {
		if err := c.balance(cl); err != nil {
			return err
		}
	}
	if cl.api != nil {
		cl.api.gate.open.Store(true)
	}
	cl.status, cl.upSince = complete, c.now()
	return nil
}

// finishCreation brings a cluster up, or lets it fail as its label asks for.
func (c *cloud) finishCreation(cl *cluster) error {
	if cl.template.version == "" {
		cl.status, cl.reason = createFailed, noKubeVersion(cl.template)
		return nil
	}
	if err := c.bringUp(cl); err != nil {
		return err
	}
	switch cl.labels["lab_outcome"] {
	case "SILENT":
		cl.status = createFailed
	case "STUCK":
		cl.status = creating
	}
	return nil
}

func noKubeVersion(t *template) string {
	return "Image " + stableUUID("image", t.image()) + " does not have a kube_version property."
}

// conduct has Magnum's conductor do its part of an operation: at once with Heat,
// and after the next look at the cluster with Cluster API. Magnum's API answers
// before its conductor has begun, so that look shows the state from before.
func (c *cloud) conduct(cl *cluster, part func()) {
	cl.catchUp()
	if !c.clusterAPI() {
		part()
		return
	}
	cl.pending = part
}

// catchUp does what the conductor had still to do.
func (cl *cluster) catchUp() {
	if part := cl.pending; part != nil {
		cl.pending = nil
		part()
	}
}

// afterLooks does what the conductors of the clusters that were shown had to do.
func (c *cloud) afterLooks() {
	for _, cl := range c.clusters {
		if cl.shown {
			cl.shown = false
			cl.catchUp()
		}
	}
}

// watchHealth is the driver's poll, which leaves clusters alone that have failed.
func (c *cloud) watchHealth(cl *cluster) {
	up := !cl.upSince.IsZero() && c.now().Sub(cl.upSince) >= healthDelay
	if up && !strings.HasSuffix(cl.status, "_FAILED") {
		cl.healthKnown = true
	}
}

// componentHealth is what the driver says about a cluster's health.
func (cl *cluster) componentHealth() object {
	if !cl.healthKnown {
		return object{}
	}
	parts := object{"cluster": "Ready", "infrastructure": "Ready", "controlplane": "Ready", "nodegroup": "Ready"}
	if cl.health() != "HEALTHY" {
		parts["infrastructure"] = "Infrastructure resource not found."
	}
	return parts
}

// detailClusterAPI changes what is told about a cluster where Cluster API differs.
func (c *cloud) detailClusterAPI(cl *cluster, version int, o object) {
	maps.Copy(o, object{
		"health_status_reason": cl.componentHealth(), "coe_version": orNull(cl.version), "discovery_url": nil, "container_version": nil,
		"node_addresses": []string{}, "master_addresses": []string{}, "master_lb_enabled": true, "labels_overridden": cl.labelsOverridden(),
	})
	if c.magnum23() && version >= 13 {
		delete(o, "stack_id")
		o["cluster_id"] = orNull(cl.stackID)
	}
}

// labelsOverridden are the template's values of labels that are others here.
func (cl *cluster) labelsOverridden() map[string]string {
	overridden := map[string]string{}
	for name, value := range cl.template.labels {
		if own, ok := cl.labels[name]; ok && own != value {
			overridden[name] = value
		}
	}
	return overridden
}

// mayChange answers with 403 when the caller may only read. Magnum 15 does not
// tell readers from members.
func (r *call) mayChange(c *cloud, rule string) bool {
	if !c.clusterAPI() || slices.Contains(r.token.roles, "member") {
		return true
	}
	r.refuse(http.StatusForbidden, "Policy doesn't allow "+rule+" to be performed.")
	return false
}

// refuseRotation does what Magnum does for a driver that cannot rotate: the new CA
// is made and kept before the driver is asked, and the API server goes on with the
// old one. No certificate of Magnum is accepted from then on.
func (c *cloud) refuseRotation(r call, cl *cluster) {
	old, err := cl.currentCA(c.now())
	if err != nil {
		r.refuse(http.StatusInternalServerError, err.Error())
		return
	}
	cl.serving = cmp.Or(cl.serving, old)
	cl.ca = nil
	const why = "'rotate_ca_certificate' is not supported by this driver."
	cl.fail(c.now(), why, object{})
	r.refuse(http.StatusBadRequest, why)
}

// fail ends an operation.
func (cl *cluster) fail(at time.Time, why string, faults object) {
	cl.status, cl.reason, cl.faults, cl.updated, cl.due = updateFailed, why, faults, at, time.Time{}
}

// upgradeClusterAPI moves a cluster to a template. Neither Magnum nor the driver
// minds an older one; an image without a version fails when the cluster has moved.
func (c *cloud) upgradeClusterAPI(r call, cl *cluster, to *template) {
	cl.template = to
	if to.version == "" {
		why := noKubeVersion(to)
		cl.fail(c.now(), why, object{"default-worker": why})
		r.refuse(http.StatusInternalServerError, why)
		return
	}
	c.begin(cl, updating)
	writeJSON(r.w, http.StatusAccepted, object{"uuid": cl.uuid})
}

// refusesMasters says why the masters cannot be resized; "" is no reason.
func (c *cloud) refusesMasters(count int) string {
	switch {
	case !c.clusterAPI():
		return "Resizing a master nodegroup is not supported."
	case !c.magnum23():
		return "Resizing the master nodegroup is not supported by this driver."
	case count%2 == 0:
		return evenMasters(count)
	}
	return ""
}

func evenMasters(count int) string {
	return fmt.Sprintf("master nodegroup size of %d is invalid, size cannot be an even number.", count)
}

// refusesCredential says why a cluster fails that is asked for with an application
// credential; "" is no reason. With Keystone 27 nobody may make a trust with one.
func (c *cloud) refusesCredential(cl *cluster, ac *credential) string {
	switch {
	case ac == nil || ac.unrestricted && (c.magnum23() || !c.clusterAPI()):
		return ""
	case c.magnum23():
		return c.forbiddenCredential(ac)
	}
	return "Failed to create trustee or trust for Cluster: " + cl.uuid
}

func (c *cloud) forbiddenCredential(ac *credential) string {
	return "ForbiddenException: 403: Client Error for url: " + c.KeystoneURL + "/users/" + ac.user.id + "/application_credentials, " +
		"You are not authorized to perform the requested action: " +
		"Using method 'application_credential' is not allowed for managing additional application credentials.."
}

// rotateCredential gives a cluster a new application credential.
func (c *cloud) rotateCredential(r call) {
	if !c.magnum23() {
		r.w.Header().Set("Allow", http.MethodGet)
		r.refusePath(http.StatusMethodNotAllowed, "")
		return
	}
	if !r.needs(12, "patch") {
		return
	}
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil || !r.mayChange(c, "credential:update") {
		return
	}
	if ac := r.token.credential; ac != nil && !ac.unrestricted {
		why := c.forbiddenCredential(ac)
		cl.fail(c.now(), why, object{})
		r.refuse(http.StatusInternalServerError, why)
		return
	}
	c.begin(cl, updating)
	writeJSON(r.w, http.StatusAccepted, object{"uuid": cl.uuid})
}

// patchCluster changes node_count the old way, which the older driver accepts and
// then fails at.
func (c *cloud) patchCluster(r call) {
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil || !r.mayChange(c, "cluster:update") {
		return
	}
	changes, ok := r.patches()
	if !ok {
		return
	}
	count, err := strconv.Atoi(fmt.Sprint(changes["node_count"]))
	if err != nil || len(changes) != 1 {
		r.refuse(http.StatusBadRequest, "Couldn't apply patch: only node_count can be replaced.")
		return
	}
	if c.clusterAPI() && !c.magnum23() {
		c.conduct(cl, func() {
			cl.fail(c.now(), "Updating a cluster in this way is not currently supported", object{})
		})
	} else {
		cl.group("default-worker").count = count
		c.begin(cl, updating)
	}
	writeJSON(r.w, http.StatusAccepted, object{"uuid": cl.uuid})
}
