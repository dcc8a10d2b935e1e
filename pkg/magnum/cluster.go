package magnum

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver/address"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Cluster is a Kubernetes cluster as Magnum knows it. The JSON names are those
// of the API and of `openstack coe cluster show -f json`. Fields that Magnum
// leaves null until it knows them are empty here.
type Cluster struct {
	UUID               string         `json:"uuid"`
	Name               string         `json:"name"`
	Status             string         `json:"status"` // such as CREATE_COMPLETE
	StatusReason       string         `json:"status_reason"`
	HealthStatus       string         `json:"health_status"` // HEALTHY, UNHEALTHY, UNKNOWN or empty
	HealthStatusReason map[string]any `json:"health_status_reason"`
	APIAddress         string         `json:"api_address"` // empty until the API server is up
	COEVersion         string         `json:"coe_version"` // the version of Kubernetes
	ContainerVersion   string         `json:"container_version"`
	ClusterTemplateID  string         `json:"cluster_template_id"`
	Labels             Labels         `json:"labels"`
	LabelsOverridden   Labels         `json:"labels_overridden"`
	LabelsAdded        Labels         `json:"labels_added"`
	LabelsSkipped      Labels         `json:"labels_skipped"`
	MasterCount        int            `json:"master_count"`
	NodeCount          int            `json:"node_count"`
	MasterAddresses    []string       `json:"master_addresses"`
	NodeAddresses      []string       `json:"node_addresses"`
	MasterFlavorID     string         `json:"master_flavor_id"`
	FlavorID           string         `json:"flavor_id"`
	MasterLBEnabled    bool           `json:"master_lb_enabled"`
	FloatingIPEnabled  bool           `json:"floating_ip_enabled"`
	FixedNetwork       string         `json:"fixed_network"`
	FixedSubnet        string         `json:"fixed_subnet"`
	DiscoveryURL       string         `json:"discovery_url"`
	DockerVolumeSize   *int           `json:"docker_volume_size"` // GB
	CreateTimeout      *int           `json:"create_timeout"`     // minutes
	Keypair            string         `json:"keypair"`
	StackID            string         `json:"stack_id"`
	ProjectID          string         `json:"project_id"`
	UserID             string         `json:"user_id"`          // who created it
	Faults             Labels         `json:"faults,omitempty"` // by node group, while the status is a failure
	CreatedAt          string         `json:"created_at"`       // RFC 3339
	UpdatedAt          string         `json:"updated_at"`
	Nulls              Nulls          `json:"-"`
}

// UnmarshalJSON reads what Magnum answers.
func (c *Cluster) UnmarshalJSON(data []byte) error {
	type plain Cluster
	if err := json.Unmarshal(data, (*plain)(c)); err != nil {
		return err
	}
	c.Nulls = nullsIn(data)
	return nil
}

// Creating reports whether the cluster is being made.
func (c *Cluster) Creating() bool { return c.Status == "CREATE_IN_PROGRESS" }

// Busy reports whether an operation on the cluster is under way.
func (c *Cluster) Busy() bool { return strings.HasSuffix(c.Status, "_IN_PROGRESS") }

// Failed reports whether the last operation on the cluster failed. After a
// failed update or delete its API server may well be working.
func (c *Cluster) Failed() bool { return strings.HasSuffix(c.Status, "_FAILED") }

// Deleting reports whether the cluster is being deleted, or is gone.
func (c *Cluster) Deleting() bool {
	return c.Status == "DELETE_IN_PROGRESS" || c.Status == "DELETE_COMPLETE"
}

// Created returns when the cluster was made, to the second, or "at an unknown
// time".
func (c *Cluster) Created() string {
	t, err := time.Parse(time.RFC3339, c.CreatedAt)
	if err != nil {
		return "at an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// KeystoneAuth reports whether the API server asks Keystone about tokens: the
// label keystone_auth_enabled, which Magnum and Catalyst Cloud take as true
// where it is not set.
func (c *Cluster) KeystoneAuth() bool {
	return !strings.EqualFold(c.Labels["keystone_auth_enabled"], "false")
}

// notUsable is a cluster that nobody can work with in its present state.
type notUsable struct{ Name, Status, Reason string }

func (e *notUsable) Error() string {
	s := fmt.Sprintf("cluster %q is not usable: its status is %s", e.Name, e.Status)
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

// Usable returns nil when somebody can log in to the cluster, and otherwise an
// error that names its state: being created (the hint names --wait), failed to
// be created (with Magnum's reason), or being deleted.
func (c *Cluster) Usable() error {
	state := &notUsable{Name: c.Name, Status: c.Status, Reason: shorten(c.StatusReason)}
	switch {
	case c.Creating():
		return clierr.Errorf("creating takes 10 to 25 minutes; add --wait to wait for it", "%w", state)
	case c.Status == "CREATE_FAILED":
		return clierr.Errorf("delete it and create it again; the reason above says what to change", "%w", state)
	case c.Deleting():
		return clierr.Errorf("remove what is left of it with 'kubectl catalyst logout'", "%w", state)
	}
	return nil
}

// APIServer returns the address of the cluster's API server. It is an error
// when Magnum has none yet, or when it is not an https URL of a host and a port:
// anything else would send a credential in the clear or to a place of its own
// choosing, or would be read differently by other programs.
func (c *Cluster) APIServer() (*url.URL, error) {
	if c.APIAddress == "" {
		if err := c.Usable(); err != nil {
			return nil, err
		}
		return nil, clierr.Errorf("wait for it with --wait, or name the address with --server",
			"cluster %q has no API address yet (status %s)", c.Name, c.Status)
	}
	u, err := address.Parse(c.APIAddress)
	if err == nil && u.Path != "" && u.Path != "/" {
		err = errors.New("it has a path")
	}
	switch {
	case errors.Is(err, address.ErrNoTLS):
		return nil, clierr.Errorf("its template has TLS disabled: create the cluster again from one that has not",
			"cluster %q has an API address without TLS: %q", c.Name, shorten(c.APIAddress))
	case err != nil:
		return nil, clierr.Errorf("tell the cloud's support; until then name the address with --server",
			"cluster %q has an API address that is not an https URL of an API server (%w): %q", c.Name, err, shorten(c.APIAddress))
	}
	return u, nil
}
