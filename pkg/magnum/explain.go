package magnum

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// explain turns a refusal of a request about the cluster ref into one that
// names it, and says which clusters were meant.
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
		twins := c.called(ctx, ref)
		return clierr.Errorf("name the one you mean by its UUID", "%w", &Ambiguous{Ref: ref, Clusters: twins})
	case missing(r, "ClusterTemplate "):
		return clierr.Errorf("'kubectl catalyst template list' shows the templates", "%w", r)
	case missing(r, "Cluster "):
		near := c.near(ctx, ref)
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

// siblings lists the project's clusters once, for explaining errors: three
// requests at a time that fail for the same reason cost one more, not three.
// When it cannot be done the error stays without names.
func (c *Client) siblings(ctx context.Context) []Cluster {
	c.mu.Lock()
	known := c.known
	c.mu.Unlock()
	if known != nil {
		return known
	}
	known, err := c.Clusters(ctx)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	c.known = known
	c.mu.Unlock()
	return known
}

func (c *Client) called(ctx context.Context, name string) []Cluster {
	var twins []Cluster
	for _, cl := range c.siblings(ctx) {
		if cl.Name == name {
			twins = append(twins, cl)
		}
	}
	return twins
}

// near returns up to three names that ref was perhaps meant to be.
func (c *Client) near(ctx context.Context, ref string) []string {
	if uuidForm.MatchString(ref) {
		return nil // nobody types these; do not ask again for one that is gone
	}
	var names []string
	seen := map[string]bool{}
	for _, cl := range c.siblings(ctx) {
		if !seen[cl.Name] && len(names) < 3 && alike(cl.Name, ref) {
			names = append(names, cl.Name)
		}
		seen[cl.Name] = true
	}
	return names
}
