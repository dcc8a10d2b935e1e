package sandbox

import (
	"cmp"
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
	version     string // of Kubernetes; "" is none
	driver      Driver
	tlsDisabled bool
	tags        string // "" is none
	labels      map[string]string
	created     time.Time
}

func (c *cloud) addTemplate(name, version string, tlsDisabled bool) *template {
	t := &template{uuid: stableUUID("template", name), name: name, version: version, driver: c.opts.Driver, tlsDisabled: tlsDisabled,
		labels: map[string]string{"keystone_auth_enabled": "true"}, created: c.now().Add(-2 * time.Hour)}
	if version != "" {
		t.labels["kube_tag"] = version
	}
	c.templates = append(c.templates, t)
	return t
}

// image is that of the machines. With Cluster API it has the version of Kubernetes.
func (t *template) image() string {
	if t.driver == ClusterAPI {
		return "ubuntu-kube-" + cmp.Or(t.version, "none")
	}
	return image
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
	o := object{
		"uuid": t.uuid, "name": t.name, "coe": "kubernetes", "image_id": t.image(), "flavor_id": flavor,
		"master_flavor_id": flavor, "dns_nameserver": "8.8.8.8", "keypair_id": nil, "external_network_id": "public",
		"fixed_network": nil, "fixed_subnet": nil, "network_driver": "calico", "apiserver_port": nil,
		"docker_volume_size": nil, "cluster_distro": "fedora-coreos", "links": c.links("clustertemplates", t.uuid),
		"http_proxy": nil, "https_proxy": nil, "no_proxy": nil, "volume_driver": "cinder", "registry_enabled": false,
		"labels": t.labels, "tls_disabled": t.tlsDisabled, "public": true, "server_type": "vm", "insecure_registry": nil,
		"docker_storage_driver": "overlay2", "master_lb_enabled": false, "floating_ip_enabled": true,
		"project_id": stableID("project", "service"), "user_id": stableID("user", "magnum"), "hidden": false, "tags": orNull(t.tags),
		"created_at": t.created.Format(magnumTime), "updated_at": nil,
	}
	if c.clusterAPI() {
		o["cluster_distro"], o["master_lb_enabled"], o["driver"] = "ubuntu", true, nil
	}
	return o
}
