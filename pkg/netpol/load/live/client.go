package live

import (
	"context"

	"k8s.io/client-go/rest"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
)

// client asks one API server.
type client struct{ *apiserver.Client }

func newClient(config *rest.Config) (*client, error) {
	c, err := apiserver.New(config)
	if err != nil {
		return nil, err
	}
	return &client{c}, nil
}

// object decodes a small answer into v.
func (c *client) object(ctx context.Context, path, accept string, v any) error {
	_, err := c.Object(ctx, apiserver.Request{Path: path, Accept: accept}, v)
	return err
}
