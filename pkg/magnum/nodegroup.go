package magnum

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// NodeGroup is a set of a cluster's machines that are alike. A listing leaves out what
// stands after Status.
type NodeGroup struct {
	UUID         string  `json:"uuid"`
	Name         string  `json:"name"`
	Role         string  `json:"role"` // master, worker or a name of the user's
	IsDefault    bool    `json:"is_default"`
	NodeCount    int     `json:"node_count"`
	MinNodeCount int     `json:"min_node_count"`
	MaxNodeCount *int    `json:"max_node_count"` // nil: no limit
	FlavorID     string  `json:"flavor_id"`
	ImageID      string  `json:"image_id"`
	StackID      string  `json:"stack_id"`
	Status       string  `json:"status"`
	StatusReason string  `json:"status_reason,omitempty"`
	NodeLabels   Labels  `json:"node_labels,omitempty"` // of the Kubernetes nodes
	NodeTaints   []Taint `json:"node_taints,omitempty"`
}

// Taint is a taint of Kubernetes nodes.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

// NewNodeGroup are the settings that a node group is created with. What is left out is
// as the cluster has it.
type NewNodeGroup struct {
	Name         string  `json:"name"`
	Role         string  `json:"role,omitempty"`
	FlavorID     string  `json:"flavor_id,omitempty"`
	ImageID      string  `json:"image_id,omitempty"`
	NodeCount    int     `json:"node_count"`
	MinNodeCount int     `json:"min_node_count"`
	MaxNodeCount *int    `json:"max_node_count,omitempty"`
	Labels       Labels  `json:"labels,omitempty"` // merged with those of the cluster
	NodeLabels   Labels  `json:"node_labels,omitempty"`
	NodeTaints   []Taint `json:"node_taints,omitempty"`
}

// NodeGroupChange is what to change about a node group; nil leaves a field alone.
type NodeGroupChange struct {
	MinNodeCount *int
	MaxNodeCount *int
	NoMaximum    bool
	NodeLabels   Labels
	NodeTaints   []Taint
}

// nodeMetadata is the microversion that has labels and taints of nodes.
const nodeMetadata = "1.14"

// NodeGroups returns the node groups of a cluster. Clouds whose Magnum is older
// than microversion 1.9 have none and answer with TooOld.
func (c *Client) NodeGroups(ctx context.Context, ref string) ([]NodeGroup, error) {
	if err := CheckRef("cluster", ref); err != nil {
		return nil, err
	}
	all := []NodeGroup{}
	err := c.pages("clusters/"+url.PathEscape(ref)+"/nodegroups", func(path string) (string, error) {
		var page struct {
			NodeGroups []NodeGroup
			Next       string
		}
		if err := c.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return "", c.explain(ctx, ref, err)
		}
		if page.NodeGroups == nil {
			return "", c.withoutList("node groups")
		}
		all = append(all, page.NodeGroups...)
		return page.Next, nil
	})
	return all, err
}

// NodeGroupDetails returns groups with what a listing leaves out. Each is asked for.
func (c *Client) NodeGroupDetails(ctx context.Context, ref string, groups []NodeGroup) ([]NodeGroup, error) {
	all := make([]NodeGroup, len(groups))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(maxAtOnce)
	for i, g := range groups {
		calls.Go(func() error {
			return c.callNewest(ctx, "", http.MethodGet, groupPath(ref, g.UUID), nil, &all[i])
		})
	}
	return all, calls.Wait()
}

func groupPath(ref, group string) string {
	return "clusters/" + url.PathEscape(ref) + "/nodegroups/" + url.PathEscape(group)
}

// CreateNodeGroup asks for a new node group.
func (c *Client) CreateNodeGroup(ctx context.Context, ref string, n NewNodeGroup) error {
	needed := ""
	if len(n.NodeLabels) > 0 || len(n.NodeTaints) > 0 {
		needed = nodeMetadata
	}
	body := struct {
		NewNodeGroup
		MergeLabels bool `json:"merge_labels,omitempty"`
	}{n, len(n.Labels) > 0}
	return c.explainGroup(ctx, ref, needed, c.callNewest(ctx, needed, http.MethodPost, "clusters/"+url.PathEscape(ref)+"/nodegroups", body, nil))
}

// UpdateNodeGroup asks for changes to a node group.
func (c *Client) UpdateNodeGroup(ctx context.Context, ref, group string, change NodeGroupChange) error {
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	needed := ""
	var patch []operation
	replace := func(field string, value any) { patch = append(patch, operation{"replace", "/" + field, value}) }
	if change.MinNodeCount != nil {
		replace("min_node_count", *change.MinNodeCount)
	}
	if change.NoMaximum {
		replace("max_node_count", nil)
	} else if change.MaxNodeCount != nil {
		replace("max_node_count", *change.MaxNodeCount)
	}
	if change.NodeLabels != nil {
		needed = nodeMetadata
		replace("node_labels", change.NodeLabels)
	}
	if change.NodeTaints != nil {
		needed = nodeMetadata
		replace("node_taints", change.NodeTaints)
	}
	return c.explainGroup(ctx, ref, needed, c.callNewest(ctx, needed, http.MethodPatch, groupPath(ref, group), patch, nil))
}

// DeleteNodeGroup asks for the end of a node group.
func (c *Client) DeleteNodeGroup(ctx context.Context, ref, group string) error {
	return c.explainGroup(ctx, ref, "", c.call(ctx, http.MethodDelete, groupPath(ref, group), nil, nil))
}

// explainGroup explains a refused request about a node group. needed is the
// microversion that it cannot do without, or "".
func (c *Client) explainGroup(ctx context.Context, ref, needed string, err error) error {
	var old *TooOld
	if errors.As(err, &old) && needed == nodeMetadata {
		return clierr.Errorf("leave labels and taints of nodes out, and set them with 'kubectl label node' and 'kubectl taint node'; new nodes come without them",
			"this cloud's Magnum does not know labels and taints of nodes: it speaks version %s, and they came with %s", c.served(), needed)
	}
	var r *Rejected
	if errors.As(err, &r) && strings.Contains(r.Detail, "Flavor") && strings.Contains(r.Detail, "could not be found") {
		return clierr.Errorf("'openstack flavor list' shows the flavors", "%w", fmt.Errorf("no such flavor: %w", r))
	}
	return c.explain(ctx, ref, err)
}
