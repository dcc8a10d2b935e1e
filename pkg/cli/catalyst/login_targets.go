package catalyst

import (
	"context"
	"errors"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// target is a cluster to log in to: what Magnum is asked for, and what people
// call it.
type target struct{ ref, label string }

// targets lists what to log in to. Of --all a cluster that nobody can log in to
// in its present state is left out with a word about it.
func (o *loginOptions) targets(ctx context.Context, s *session) ([]target, error) {
	if !o.all {
		var ts []target
		for _, ref := range slices.Compact(slices.Sorted(slices.Values(o.clusters))) {
			ts = append(ts, target{ref, ref})
		}
		return ts, nil
	}
	list, err := s.magnum.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	called := map[string]int{}
	for _, c := range list {
		called[c.Name]++
	}
	var ts []target
	for _, c := range list {
		if err := o.ready(&c); err != nil {
			o.env.Warn("left out: "+err.Error(), "")
			continue
		}
		t := target{c.Name, c.Name}
		if called[c.Name] > 1 || c.Name == "" {
			t = target{c.UUID, c.Name + " (" + c.UUID + ")"}
		}
		ts = append(ts, t)
	}
	if len(ts) == 0 {
		return nil, clierr.Errorf("choose another project or region with --os-cloud or --os-region-name",
			"project %q has no cluster to log in to in region %q", s.Project().Name, s.Region())
	}
	return ts, nil
}

// ready returns why a cluster cannot be logged in to as it is.
func (o *loginOptions) ready(c *magnum.Cluster) error {
	if c.Creating() && o.wait > 0 {
		return nil
	}
	if err := c.Usable(); err != nil {
		return err
	}
	_, err := c.APIServer()
	return err
}

// leaveOut turns what --all may not log in to into warnings: that a project has
// clusters of other people is no failure. Anything else remains an error.
func (o *loginOptions) leaveOut(errs []error) {
	hint := ""
	for i, err := range errs {
		var theirs *magnum.NotYours
		if o.all && errors.As(err, &theirs) {
			o.env.Warn("left out: "+err.Error(), "")
			hint, errs[i] = "its creator can make a file for you: kubectl catalyst login CLUSTER --auth keystone --output-kubeconfig FILE", nil
		}
	}
	if hint != "" {
		o.env.Hint(hint)
	}
}
