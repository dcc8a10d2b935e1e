package live

import (
	"context"
	"net/url"
	"strconv"

	"k8s.io/client-go/rest"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
)

// mostNames is how many names are worth offering to somebody who types.
const mostNames = 1000

// Names returns the names of the objects in a list, such as that at
// /api/v1/namespaces/shop/pods, without their contents: at most a thousand.
func Names(ctx context.Context, config *rest.Config, path string) ([]string, error) {
	c, err := newClient(config)
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		} `json:"items"`
	}
	query := url.Values{"limit": {strconv.Itoa(mostNames)}}
	if _, err := c.Object(ctx, apiserver.Request{Path: path, Accept: metadataOnly, Query: query}, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, i := range list.Items {
		names = append(names, i.Metadata.Name)
	}
	return names, nil
}
