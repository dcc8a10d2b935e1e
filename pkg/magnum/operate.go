package magnum

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// NewCluster are the settings that a cluster is created with. Labels are merged with those of
// the template: on their own they would replace them all.
type NewCluster struct {
	Name            string `json:"name"`
	TemplateID      string `json:"cluster_template_id"`
	MasterCount     int    `json:"master_count"`
	NodeCount       int    `json:"node_count"`
	Keypair         string `json:"keypair,omitempty"`
	MasterFlavor    string `json:"master_flavor_id,omitempty"`
	Flavor          string `json:"flavor_id,omitempty"`
	FixedNetwork    string `json:"fixed_network,omitempty"`
	FixedSubnet     string `json:"fixed_subnet,omitempty"`
	MasterLBEnabled *bool  `json:"master_lb_enabled,omitempty"` // nil: as the template says
	Timeout         int    `json:"create_timeout,omitempty"`    // minutes
	Labels          Labels `json:"labels,omitempty"`
}

// Create asks for a cluster and returns its UUID when Magnum shows the cluster. That
// does not mean that it will come up.
func (c *Client) Create(ctx context.Context, n NewCluster) (uuid string, err error) {
	body := struct {
		NewCluster
		MergeLabels bool `json:"merge_labels,omitempty"`
	}{n, len(n.Labels) > 0}
	uuid, err = c.requestChange(ctx, "", http.MethodPost, "clusters", body)
	var refused *Forbidden
	if errors.As(err, &refused) && strings.Contains(refused.Detail, "limit") {
		return "", clierr.Errorf("delete a cluster, or ask the cloud's support for a larger quota", "%w", refused)
	}
	if err == nil {
		c.awaitRecord(ctx, uuid)
	}
	return uuid, err
}

// awaitRecord waits until Magnum shows a cluster that it has accepted: its conductor
// writes the cluster down after the answer. When that takes more than five seconds,
// or cannot be asked, the caller goes on: the cluster is accepted all the same.
func (c *Client) awaitRecord(ctx context.Context, uuid string) {
	var r *Rejected
	for range 25 {
		err := c.call(ctx, http.MethodGet, "clusters/"+url.PathEscape(uuid), nil, nil)
		if !errors.As(err, &r) || !missing(r, "Cluster ") || !pauseForRetry(ctx) {
			return
		}
	}
}

// Resize asks for another number of nodes in a node group, "" for the default
// worker group.
func (c *Client) Resize(ctx context.Context, ref, group string, nodes int) error {
	body := struct {
		NodeCount int    `json:"node_count"`
		NodeGroup string `json:"nodegroup,omitempty"`
	}{nodes, group}
	return c.requestAction(ctx, ref, "resize", body)
}

// Upgrade asks for the version of a template. Magnum checks the template after
// it has begun: what it refuses leaves the cluster UPDATE_FAILED.
func (c *Client) Upgrade(ctx context.Context, ref, templateUUID string) error {
	body := struct {
		ClusterTemplate string `json:"cluster_template"`
		MaxBatchSize    int    `json:"max_batch_size"`
	}{templateUUID, 1}
	return c.requestAction(ctx, ref, "upgrade", body)
}

func (c *Client) requestAction(ctx context.Context, ref, action string, body any) error {
	if err := CheckRef("cluster", ref); err != nil {
		return err
	}
	_, err := c.requestChange(ctx, ref, http.MethodPost, "clusters/"+url.PathEscape(ref)+"/actions/"+action, body)
	return err
}

// RotateCA gives a cluster a new CA at once. Whatever the old one signed is
// worth nothing from then on.
func (c *Client) RotateCA(ctx context.Context, ref string) error {
	path, err := lookup("certificates", "cluster", ref)
	if err != nil {
		return err
	}
	_, err = c.requestChange(ctx, ref, http.MethodPatch, path, nil)
	return err
}

// RotateCredential gives a cluster a new application credential of whoever asks, who
// is the one that the cluster depends on from then on.
func (c *Client) RotateCredential(ctx context.Context, ref string) error {
	path, err := lookup("credentials", "cluster", ref)
	if err != nil {
		return err
	}
	err = c.callNewest(ctx, credentialRotation, http.MethodPatch, path, nil, nil)
	var old *TooOld
	var refused *Rejected
	if errors.As(err, &old) || errors.As(err, &refused) && refused.Status == http.StatusMethodNotAllowed {
		return clierr.Errorf("ask the cloud's support to replace it",
			"this cloud's Magnum cannot replace a cluster's credential: that came with version %s, and it speaks %s", credentialRotation, c.served())
	}
	return c.explain(ctx, ref, err)
}

// credentialRotation is the microversion that can replace a cluster's credential.
const credentialRotation = "1.12"

// Delete asks for the end of a cluster.
func (c *Client) Delete(ctx context.Context, ref string) error {
	path, err := lookup("clusters", "cluster", ref)
	if err != nil {
		return err
	}
	return c.explain(ctx, ref, c.call(ctx, http.MethodDelete, path, nil, nil))
}

// requestChange sends a request that Magnum answers with the UUID of the cluster.
func (c *Client) requestChange(ctx context.Context, ref, method, path string, body any) (string, error) {
	var got struct{ UUID string }
	if err := c.call(ctx, method, path, body, &got); err != nil {
		return "", c.explain(ctx, ref, err)
	}
	if !uuidForm.MatchString(got.UUID) {
		return "", c.plausible(got.UUID, "")
	}
	return got.UUID, nil
}

// ClusterLimit returns how many clusters the project of that id may have. Not
// every cloud reports it: then there is an error that nobody has to see.
func (c *Client) ClusterLimit(ctx context.Context, projectID string) (int, error) {
	var quota struct {
		HardLimit int `json:"hard_limit"`
	}
	err := c.call(ctx, http.MethodGet, "quotas/"+url.PathEscape(projectID)+"/Cluster", nil, &quota)
	return quota.HardLimit, err
}
