package magnum

import (
	"context"
	"net/http"
	"net/url"

	"golang.org/x/sync/errgroup"
)

// ClusterFields returns all that Magnum says about the cluster of that name or
// UUID, fields that this package knows nothing of included, null as nil. It is
// for reports that must not lose anything; Cluster is for everything else.
func (c *Client) ClusterFields(ctx context.Context, ref string) (map[string]any, error) {
	path, err := lookup("clusters", "cluster", ref)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := c.call(ctx, http.MethodGet, path, nil, &answer); err != nil {
		return nil, c.explain(ctx, ref, err)
	}
	return answer, nil
}

// TemplateFields is ClusterFields for a template.
func (c *Client) TemplateFields(ctx context.Context, ref string) (map[string]any, error) {
	path, err := lookup("clustertemplates", "template", ref)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := c.call(ctx, http.MethodGet, path, nil, &answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// maxAtOnce bounds the requests of one listing: each is a second of work for a
// Magnum whose Keystone stores passwords as it should.
const maxAtOnce = 4

// NodeGroupFields is ClusterFields for the node groups of a cluster. The listing
// leaves out addresses, labels and the reason of a failure, so each group is
// asked for.
func (c *Client) NodeGroupFields(ctx context.Context, ref string) ([]map[string]any, error) {
	groups, err := c.NodeGroups(ctx, ref)
	if err != nil {
		return nil, err
	}
	all := make([]map[string]any, len(groups))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(maxAtOnce)
	for i, g := range groups {
		calls.Go(func() error {
			return c.call(ctx, http.MethodGet, "clusters/"+url.PathEscape(ref)+"/nodegroups/"+url.PathEscape(g.UUID), nil, &all[i])
		})
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	return all, nil
}
