package magnum

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
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

// explain turns a refusal of a request about the cluster ref into one that
// names it, and the clusters that may have been meant.
func (c *Client) explain(ctx context.Context, ref string, err error) error {
	var r *Rejected
	if !errors.As(err, &r) {
		return err
	}
	switch {
	case strings.Contains(r.Detail, "key pair None"):
		return clierr.Errorf("a cluster being created: wait for it with --wait; otherwise look at its status and "+
			"status_reason", "%w", &NoCertificates{Ref: ref})
	case r.Status == http.StatusConflict && strings.HasPrefix(r.Detail, "Multiple clusters"):
		twins := c.clustersNamed(ctx, ref)
		return clierr.Errorf("name the one you mean by its UUID", "%w", &Ambiguous{Ref: ref, Clusters: twins})
	case missing(r, "ClusterTemplate "):
		return clierr.Errorf("'kubectl catalyst template list' shows the templates", "%w", r)
	case missing(r, "Cluster "):
		near := c.similarNames(ctx, ref)
		return clierr.Errorf(whereToLook(near), "%w",
			&NotFound{What: "cluster", Ref: ref, Place: c.place, Near: near})
	}
	return err
}

// missing reports whether Magnum says that it has no such object. It answers
// reads with 404 and the signing of a certificate with 400.
func missing(r *Rejected, what string) bool {
	return (r.Status == http.StatusNotFound || r.Status == http.StatusBadRequest) &&
		strings.HasPrefix(r.Detail, what) && strings.Contains(r.Detail, "could not be found")
}

func whereToLook(near []string) string {
	hint := "check the name, the project and the region (--os-cloud, --os-region-name)"
	if len(near) == 0 {
		return hint
	}
	quoted := make([]string, len(near))
	for i, n := range near {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return "did you mean " + strings.Join(quoted, " or ") + "? Otherwise " + hint
}

// certificateError adds what only holds for certificates.
func (c *Client) certificateError(ctx context.Context, ref string, err error) error {
	var refused *Forbidden
	if errors.As(err, &refused) {
		return clierr.Errorf(fmt.Sprintf("ask one of them to run 'kubectl catalyst login %s --auth keystone "+
			"--output-kubeconfig FILE', a file without secrets, and merge it with 'kubectl catalyst login --from-file FILE'",
			ref), "%w", &NotYours{Ref: ref})
	}
	return c.explain(ctx, ref, err)
}

// projectClusters lists the project's clusters once, for explaining errors: three
// requests at a time that fail for the same reason cost one more, not three.
// When it cannot be done the error stays without names.
func (c *Client) projectClusters(ctx context.Context) []Cluster {
	c.mu.Lock()
	siblings := c.siblings
	c.mu.Unlock()
	if siblings != nil {
		return siblings
	}
	siblings, err := c.Clusters(ctx)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	c.siblings = siblings
	c.mu.Unlock()
	return siblings
}

func (c *Client) clustersNamed(ctx context.Context, name string) []Cluster {
	var twins []Cluster
	for _, cl := range c.projectClusters(ctx) {
		if cl.Name == name {
			twins = append(twins, cl)
		}
	}
	return twins
}

// similarNames returns up to three names that ref was perhaps meant to be.
func (c *Client) similarNames(ctx context.Context, ref string) []string {
	if uuidForm.MatchString(ref) {
		return nil // nobody types these; do not ask again for one that is gone
	}
	var names []string
	seen := map[string]bool{}
	for _, cl := range c.projectClusters(ctx) {
		if !seen[cl.Name] && len(names) < 3 && isSimilar(cl.Name, ref) {
			names = append(names, cl.Name)
		}
		seen[cl.Name] = true
	}
	return names
}

// isSimilar reports whether a was perhaps meant when b was typed: but for case they
// are the same, one begins with the other, or few letters differ.
func isSimilar(a, b string) bool {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x) >= 3 && len(y) >= 3 && (strings.HasPrefix(string(x), string(y)) || strings.HasPrefix(string(y), string(x))) {
		return true
	}
	return distance(x, y) <= (max(len(x), len(y))+2)/3
}

// distance counts the letters to insert, remove or replace between a and b.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
