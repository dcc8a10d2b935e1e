package magnum

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
)

// maxPages bounds a listing whose pages never end; Magnum's page is 1000.
const maxPages = 100

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Cluster returns the cluster of that name or UUID.
func (c *Client) Cluster(ctx context.Context, ref string) (*Cluster, error) {
	path, err := lookup("clusters", "cluster", ref)
	if err != nil {
		return nil, err
	}
	var cl Cluster
	if err := c.call(ctx, http.MethodGet, path, nil, &cl); err != nil {
		return nil, c.explain(ctx, ref, err)
	}
	if err := c.plausible(cl.UUID, cl.Name); err != nil {
		return nil, err
	}
	return &cl, nil
}

// Clusters returns the project's clusters in the order Magnum has them, oldest
// first, with all their fields.
func (c *Client) Clusters(ctx context.Context) ([]Cluster, error) {
	all := []Cluster{}
	err := c.pages("clusters/detail", func(path string) (string, error) {
		var page struct {
			Clusters []Cluster
			Next     string
		}
		if err := c.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return "", err
		}
		if page.Clusters == nil {
			return "", c.withoutList("clusters")
		}
		for _, cl := range page.Clusters {
			if err := c.plausible(cl.UUID, cl.Name); err != nil {
				return "", err
			}
		}
		all = append(all, page.Clusters...)
		return page.Next, nil
	})
	return all, err
}

// pages reads a listing. Of the link to the next page only the marker is used:
// wherever the link points, the token goes to the endpoint of the catalog.
func (c *Client) pages(path string, read func(path string) (next string, err error)) error {
	query, last := "", ""
	for range maxPages {
		next, err := read(path + query)
		if err != nil {
			return err
		}
		if next == "" {
			return nil
		}
		link, err := url.Parse(next)
		if err != nil || link.Query().Get("marker") == "" || link.Query().Get("marker") == last {
			return c.malformed(&Malformed{Reason: "a link to the next page leads nowhere"})
		}
		last = link.Query().Get("marker")
		query = "?marker=" + url.QueryEscape(last)
	}
	return c.malformed(&Malformed{Reason: fmt.Sprintf("a listing has more than %d pages", maxPages)})
}

// withoutList is the error for an answer that lacks the list it was asked for. An
// empty list is [], so that "nothing there" is never read out of a broken answer.
func (c *Client) withoutList(of string) error {
	return c.malformed(&Malformed{Reason: fmt.Sprintf("it has no list of %s", of)})
}

// plausible checks the two fields that end up in paths, file names and on the
// terminal.
func (c *Client) plausible(uuid, name string) error {
	if !uuidForm.MatchString(uuid) {
		return c.malformed(&Malformed{Reason: fmt.Sprintf("%q is not a UUID", shorten(uuid))})
	}
	if name != "" && CheckRef("cluster", name) != nil {
		return c.malformed(&Malformed{Reason: fmt.Sprintf("%q cannot be a name", shorten(name))})
	}
	return nil
}
