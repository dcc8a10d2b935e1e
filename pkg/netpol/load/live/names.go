package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"k8s.io/client-go/rest"
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
	body, err := c.get(ctx, path, metadataOnly, url.Values{"limit": {strconv.Itoa(mostNames)}})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return namesIn(body)
}

func namesIn(body io.Reader) ([]string, error) {
	var list struct {
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		} `json:"items"`
	}
	if err := json.NewDecoder(body).Decode(&list); err != nil {
		return nil, fmt.Errorf("reading a list of names: %w", err)
	}
	var names []string
	for _, i := range list.Items {
		names = append(names, i.Metadata.Name)
	}
	return names, nil
}
