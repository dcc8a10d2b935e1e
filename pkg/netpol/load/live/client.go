// Package live reads what decides who can reach whom from a cluster: pages of
// JSON, a few lists at a time, straight into the loader. What a role may not list
// for the whole cluster is read namespace by namespace, and what it may not read
// at all is named.
package live

import (
	"context"
	"io"
	"net/url"

	"k8s.io/client-go/rest"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeapi"
)

// pageSize is how many objects a page of a list has, as for kubectl. Lists ask
// for the most recent state, which API servers since 1.31 answer from their
// watch cache; older ones answer pages from etcd.
const pageSize = 500

// client asks one API server.
type client struct{ *kubeapi.Client }

func newClient(config *rest.Config) (*client, error) {
	c, err := kubeapi.New(config)
	if err != nil {
		return nil, err
	}
	return &client{c}, nil
}

type statusError = kubeapi.Status

func isStatus(err error, codes ...int) bool { return kubeapi.Is(err, codes...) }

// get asks for a path.
func (c *client) get(ctx context.Context, path, accept string, query url.Values) (io.ReadCloser, error) {
	resp, err := c.Do(ctx, kubeapi.Request{Path: path, Accept: accept, Query: query})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// object decodes a small answer into v.
func (c *client) object(ctx context.Context, path, accept string, v any) error {
	_, err := c.Object(ctx, kubeapi.Request{Path: path, Accept: accept}, v)
	return err
}
