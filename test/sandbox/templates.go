package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// What every machine of the sandbox is made of.
const (
	flavor = "m1.small"
	image  = "fedora-coreos-38"
)

// template is what clusters are made from. All are public, and the cloud's own.
type template struct {
	uuid, name  string
	tlsDisabled bool
	tags        string // "" is none
	labels      map[string]string
	created     time.Time
}

func (c *cloud) addTemplate(name, version string, tlsDisabled bool) *template {
	t := &template{uuid: stableUUID("template", name), name: name, tlsDisabled: tlsDisabled,
		labels: map[string]string{"keystone_auth_enabled": "true"}, created: c.now().Add(-2 * time.Hour)}
	if version != "" {
		t.labels["kube_tag"] = version
	}
	c.templates = append(c.templates, t)
	return t
}

func (c *cloud) listTemplates(r call) {
	all := []object{}
	for _, t := range c.templates {
		all = append(all, c.describeTemplate(t))
	}
	r.paged("clustertemplates", c.MagnumURL+"/clustertemplates", all)
}

func (c *cloud) showTemplate(r call) {
	if t := c.template(r, r.PathValue("ref")); t != nil {
		writeJSON(r.w, http.StatusOK, c.describeTemplate(t))
	}
}

func (c *cloud) describeTemplate(t *template) object {
	return object{
		"uuid": t.uuid, "name": t.name, "coe": "kubernetes", "image_id": image, "flavor_id": flavor,
		"master_flavor_id": flavor, "dns_nameserver": "8.8.8.8", "keypair_id": nil, "external_network_id": "public",
		"fixed_network": nil, "fixed_subnet": nil, "network_driver": "calico", "apiserver_port": nil,
		"docker_volume_size": nil, "cluster_distro": "fedora-coreos", "links": c.links("clustertemplates", t.uuid),
		"http_proxy": nil, "https_proxy": nil, "no_proxy": nil, "volume_driver": "cinder", "registry_enabled": false,
		"labels": t.labels, "tls_disabled": t.tlsDisabled, "public": true, "server_type": "vm", "insecure_registry": nil,
		"docker_storage_driver": "overlay2", "master_lb_enabled": false, "floating_ip_enabled": true,
		"project_id": stableID("project", "service"), "user_id": stableID("user", "magnum"), "hidden": false, "tags": orNull(t.tags),
		"created_at": t.created.Format(magnumTime), "updated_at": nil,
	}
}

// nodeGroup is a set of like machines of a cluster.
type nodeGroup struct {
	uuid, name, role string
	count            int
}

func newNodeGroup(name, role string, count int) *nodeGroup {
	return &nodeGroup{uuid: newUUID(), name: name, role: role, count: count}
}

func (cl *cluster) group(ref string) *nodeGroup {
	return find(cl.groups, func(g *nodeGroup) bool { return g.name == ref || g.uuid == ref })
}

func (cl *cluster) nodes(role string) int {
	n := 0
	for _, g := range cl.groups {
		if g.role == role {
			n += g.count
		}
	}
	return n
}

// addresses are those of the nodes of a role, once there are any.
func (cl *cluster) addresses(role string) []string {
	all := []string{}
	if cl.apiAddress == "" {
		return all
	}
	net := map[string]int{"master": 1, "worker": 2}[role]
	for i := range cl.nodes(role) {
		all = append(all, fmt.Sprintf("10.0.%d.%d", net, i+5))
	}
	return all
}

func (c *cloud) listNodeGroups(r call) {
	if !r.needs(9, "get_all") {
		return
	}
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil {
		return
	}
	role := r.URL.Query().Get("role")
	all := []object{}
	for _, g := range cl.groups {
		if r.token.project != nil && (role == "" || role == g.role) {
			all = append(all, cl.groupSummary(g))
		}
	}
	r.paged("nodegroups", c.MagnumURL+"/clusters/"+cl.uuid+"/nodegroups", all)
}

func (cl *cluster) groupSummary(g *nodeGroup) object {
	return object{
		"uuid": g.uuid, "name": g.name, "flavor_id": flavor, "image_id": image, "node_count": g.count, "role": g.role,
		"min_node_count": 0, "max_node_count": nil, "is_default": true, "stack_id": orNull(cl.stackID), "status": cl.status,
		"merge_labels": false,
	}
}

func (c *cloud) showNodeGroup(r call) {
	if !r.needs(9, "get_one") {
		return
	}
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil {
		return
	}
	g := cl.group(r.PathValue("group"))
	if g == nil {
		r.refuse(http.StatusNotFound, "Nodegroup "+r.PathValue("group")+" could not be found.")
		return
	}
	o := cl.groupSummary(g)
	o["id"], o["cluster_id"], o["project_id"] = 1, cl.uuid, cl.project.id
	o["docker_volume_size"], o["labels"], o["links"] = nil, cl.labels, c.links("clusters/"+cl.uuid+"/nodegroups", g.uuid)
	o["node_addresses"], o["status_reason"], o["version"] = cl.addresses(g.role), nil, nil
	o["labels_overridden"], o["labels_added"], o["labels_skipped"] = object{}, object{}, object{}
	o["created_at"], o["updated_at"] = cl.created.Format(magnumTime), momentOrNull(cl.updated)
	writeJSON(r.w, http.StatusOK, o)
}
