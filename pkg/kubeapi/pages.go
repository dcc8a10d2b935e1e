package kubeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// Page reads one page of a list and returns the token that continues the list,
// and how many objects the page had.
type Page func(body io.Reader) (next string, objects int, err error)

// Pages reads a list page by page. Lists ask for the most recent state, which API
// servers since 1.31 answer from their watch cache; older ones answer pages from
// etcd. A list that does not come to an end is an error.
func (c *Client) Pages(ctx context.Context, r Request, read Page) error {
	pages := httpbound.Pages{Path: r.Path}
	r.Query = url.Values{"limit": {strconv.Itoa(httpbound.PageSize)}}
	for {
		resp, err := c.Do(ctx, r)
		if err != nil {
			return err
		}
		next, objects, err := read(resp.Body)
		resp.Body.Close()
		more := false
		if err == nil {
			more, err = pages.Continues(next, objects)
		}
		if err != nil {
			return c.explain(ctx, err)
		}
		if !more {
			return nil
		}
		r.Query.Set("continue", next)
	}
}

// List reads a list and hands out its objects one by one.
func List[T any](ctx context.Context, c *Client, path string, each func(*T)) error {
	return c.Pages(ctx, Request{Path: path}, func(body io.Reader) (string, int, error) {
		var page struct {
			Metadata struct {
				Continue string `json:"continue"`
			} `json:"metadata"`
			Items []T `json:"items"`
		}
		if err := json.NewDecoder(httpbound.Body(body, maxObject, maxValues)).Decode(&page); err != nil {
			return "", 0, fmt.Errorf("reading the answer to %s: %w", path, err)
		}
		for i := range page.Items {
			each(&page.Items[i])
		}
		return page.Metadata.Continue, len(page.Items), nil
	})
}
