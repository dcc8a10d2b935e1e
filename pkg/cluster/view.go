package cluster

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// Whether the API server can be reached from everywhere.
const (
	Public  = "public"
	Private = "private"
)

// View is a cluster with what Magnum alone cannot tell. Its JSON has the field
// names of `openstack coe cluster show -f json`, and more.
type View struct {
	magnum.Cluster
	Region      string             `json:"region"`
	APIAccess   string             `json:"api_access"`            // Public or Private
	Contexts    []string           `json:"contexts"`              // of the logins to it in the kubeconfig
	KubectlSkew string             `json:"kubectl_skew"`          // why the kubectl here does not suit; "" when it does or nobody knows
	Owner       string             `json:"-"`                     // whose credential the cluster uses, for people; user_id says it in JSON
	NodeGroups  []magnum.NodeGroup `json:"node_groups,omitempty"` // where they were asked for
}

// MarshalJSON shows as null what Magnum answered so. Where there are no faults
// it says so as the openstack client does, by an empty text.
func (v View) MarshalJSON() ([]byte, error) {
	type plain View
	var shown any = plain(v)
	if v.Faults == nil {
		shown = struct {
			plain
			Faults string `json:"faults"`
		}{plain: plain(v)}
	}
	data, err := json.Marshal(shown)
	if err != nil {
		return nil, err
	}
	return v.Nulls.Restore(data)
}

// APIAccess returns Public or Private, from a cluster's API address, and where that
// says nothing from its labels. Clusters of Catalyst Cloud
// are private unless master_lb_floating_ip_enabled says otherwise.
func APIAccess(c *magnum.Cluster) string {
	if u, err := url.Parse(c.APIAddress); err == nil {
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !ip.IsLoopback() {
			if ip.IsPrivate() || ip.IsLinkLocalUnicast() {
				return Private
			}
			return Public
		}
	}
	if strings.EqualFold(c.Labels["master_lb_floating_ip_enabled"], "true") {
		return Public
	}
	return Private
}

// Version returns the version of Kubernetes that a cluster runs, or will run
// once it is up.
func Version(c *magnum.Cluster) (release.Version, bool) {
	return release.Parse(cmp.Or(c.COEVersion, c.Labels["kube_tag"]))
}

// TemplateVersion returns the version of Kubernetes that a template makes: its
// label kube_tag, or else what its name says.
func TemplateVersion(t *magnum.Template) (release.Version, bool) {
	if v, ok := release.Parse(t.Labels["kube_tag"]); ok {
		return v, true
	}
	return release.InName(t.Name)
}
