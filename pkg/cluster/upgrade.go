package cluster

import (
	"encoding/json"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// How a template compares to a cluster.
const (
	Offered = "offered" // the cluster can be upgraded to it
	Same    = "same"    // the cluster runs this version
	Older   = "older"
	Later   = "later" // newer, but not the next version, or not for this cluster
)

// TemplateView is a template with what its labels mean. Its JSON has the field
// names of `openstack coe cluster template show -f json`, and more.
type TemplateView struct {
	magnum.Template
	Region  string `json:"region"`
	Version string `json:"version"`           // of Kubernetes; "" when the template does not tell
	Support string `json:"support"`           // see Support
	Cluster string `json:"cluster,omitempty"` // the name of the cluster that it was compared with
	Upgrade string `json:"upgrade,omitempty"` // Offered, Same, Older or Later, or "" when the versions are not known
}

// MarshalJSON shows as null what Magnum answered so.
func (v TemplateView) MarshalJSON() ([]byte, error) {
	type plain TemplateView
	data, err := json.Marshal(plain(v))
	if err != nil {
		return nil, err
	}
	return v.Nulls.Restore(data)
}

// Support returns what Magnum says against using a template:
// "hidden" for one that the cloud no longer shows to everybody, "deprecated"
// when it is tagged so, and "" when Magnum has nothing against it.
func Support(t *magnum.Template) string {
	if t.Hidden {
		return "hidden"
	}
	for tag := range strings.SplitSeq(t.Tags, ",") {
		if tag = strings.ToLower(strings.TrimSpace(tag)); tag == "deprecated" || tag == "unsupported" {
			return tag
		}
	}
	return ""
}

// CompareTo returns how a template compares to a cluster.
func CompareTo(c *magnum.Cluster, t *magnum.Template) string {
	from, known := Version(c)
	to, ok := TemplateVersion(t)
	switch {
	case !known || !ok:
		return ""
	case release.Upgrade(from, to) == "" && t.Labels["kube_tag"] != "" && Fit(t):
		return Offered
	case to.Compare(from) == 0:
		return Same
	case to.Compare(from) < 0:
		return Older
	}
	return Later
}
