package magnum

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Template is a cluster template. The JSON names are those of the API
// and of `openstack coe cluster template show -f json`.
type Template struct {
	UUID                string `json:"uuid"`
	Name                string `json:"name"`
	COE                 string `json:"coe"`
	Labels              Labels `json:"labels"`
	TLSDisabled         bool   `json:"tls_disabled"`
	Public              bool   `json:"public"`
	Hidden              bool   `json:"hidden"`
	NetworkDriver       string `json:"network_driver"` // calico or flannel
	VolumeDriver        string `json:"volume_driver"`
	DockerStorageDriver string `json:"docker_storage_driver"`
	DockerVolumeSize    *int   `json:"docker_volume_size"` // GB
	ClusterDistro       string `json:"cluster_distro"`
	ServerType          string `json:"server_type"`
	ImageID             string `json:"image_id"`
	FlavorID            string `json:"flavor_id"`
	MasterFlavorID      string `json:"master_flavor_id"`
	KeypairID           string `json:"keypair_id"`
	ExternalNetworkID   string `json:"external_network_id"`
	FixedNetwork        string `json:"fixed_network"`
	FixedSubnet         string `json:"fixed_subnet"`
	DNSNameserver       string `json:"dns_nameserver"`
	APIServerPort       *int   `json:"apiserver_port"`
	MasterLBEnabled     bool   `json:"master_lb_enabled"`
	FloatingIPEnabled   bool   `json:"floating_ip_enabled"`
	RegistryEnabled     bool   `json:"registry_enabled"`
	InsecureRegistry    string `json:"insecure_registry"`
	HTTPProxy           string `json:"http_proxy"`
	HTTPSProxy          string `json:"https_proxy"`
	NoProxy             string `json:"no_proxy"`
	Tags                string `json:"tags"` // separated by commas
	ProjectID           string `json:"project_id"`
	UserID              string `json:"user_id"`
	CreatedAt           string `json:"created_at"` // RFC 3339
	UpdatedAt           string `json:"updated_at"`
	Nulls               Nulls  `json:"-"`
}

// UnmarshalJSON reads what Magnum answers.
func (t *Template) UnmarshalJSON(data []byte) error {
	type plain Template
	if err := json.Unmarshal(data, (*plain)(t)); err != nil {
		return err
	}
	t.Nulls = nullsIn(data)
	return nil
}

// Template returns the cluster template of that name or UUID.
func (c *Client) Template(ctx context.Context, ref string) (*Template, error) {
	path, err := lookup("clustertemplates", "template", ref)
	if err != nil {
		return nil, err
	}
	var t Template
	err = c.call(ctx, http.MethodGet, path, nil, &t)
	var r *Rejected
	switch {
	case errors.As(err, &r) && r.Status == http.StatusConflict:
		return nil, clierr.Errorf("name the one you mean by its UUID", "several templates are called %q", ref)
	case errors.As(err, &r) && missing(r, "ClusterTemplate "):
		return nil, clierr.Errorf(whereToLook(nil), "%w", &NotFound{What: "template", Ref: ref, Place: c.place})
	case err != nil:
		return nil, err
	}
	if err := c.plausible(t.UUID, t.Name); err != nil {
		return nil, err
	}
	return &t, nil
}

// Templates returns the templates the project may use, its own and public ones.
func (c *Client) Templates(ctx context.Context) ([]Template, error) {
	all := []Template{}
	err := c.pages("clustertemplates", func(path string) (string, error) {
		var page struct {
			ClusterTemplates []Template
			Next             string
		}
		if err := c.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return "", err
		}
		if page.ClusterTemplates == nil {
			return "", c.withoutList("templates")
		}
		all = append(all, page.ClusterTemplates...)
		return page.Next, nil
	})
	return all, err
}
