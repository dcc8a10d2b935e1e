package probe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Leftover is an object that a probe made and that is still there.
type Leftover struct {
	Object *Object
	Age    time.Duration // by the API server's clock
	// Stale means that whoever made it is gone: the probe would long be over.
	Stale bool
}

// IsProbeObject reports by its name and labels whether an object belongs to a probe. Labels
// get copied; the name says that this one was not.
func IsProbeObject(name string, labels map[string]string) bool {
	id, ok := labels[Label]
	return ok && strings.HasPrefix(name, prefix+id)
}

// kinds returns the kinds of objects that probes make, owners last so that pods go first.
func kinds() []*Object {
	return []*Object{{APIVersion: "v1", Kind: "Pod"}, {APIVersion: "v1", Kind: "ConfigMap"}}
}

// Leftovers lists what probes have made and not removed in a namespace; in all of
// the cluster for "", with the namespaces that canaries had to themselves.
func (p *Prober) Leftovers(ctx context.Context, namespace string) ([]Leftover, error) {
	search := kinds()
	if namespace == "" {
		search = append(search, &Object{APIVersion: "v1", Kind: "Namespace"})
	}
	var out []Leftover
	for _, o := range search {
		if o.Kind != "Namespace" {
			o.Metadata.Namespace = namespace
		}
		found, err := p.leftovers(ctx, o)
		if apiserver.Is(err, apiserver.Forbidden) {
			err = clierr.WithHint(err, "name a namespace with -n")
		}
		if err != nil {
			return nil, fmt.Errorf("looking for what earlier probes left: %w", err)
		}
		out = append(out, found...)
	}
	return out, nil
}

func (p *Prober) leftovers(ctx context.Context, kind *Object) ([]Leftover, error) {
	var list struct {
		Items []*Object `json:"items"`
	}
	now, err := p.API.Object(ctx, apiserver.Request{Path: kind.path(""), Query: url.Values{"labelSelector": {Label}}}, &list)
	if err != nil {
		return nil, err
	}
	var out []Leftover
	for _, o := range list.Items {
		if !o.Metadata.Deleted.IsZero() || !IsProbeObject(o.Metadata.Name, o.Metadata.Labels) {
			continue // on its way out, or somebody else's with the label of a probe
		}
		o.APIVersion, o.Kind = kind.APIVersion, kind.Kind
		l := Leftover{Object: o, Age: now.Sub(o.Metadata.Created)}
		// Without a clock or an annotation that can be read, it is not ours to judge.
		life, err := time.ParseDuration(o.Metadata.Annotations[LifetimeAnnotation])
		l.Stale = err == nil && !now.IsZero() && l.Age > life
		out = append(out, l)
	}
	return out, nil
}

// Remove deletes leftovers, those that may still be in use only when all is set,
// and returns what it deleted.
func (p *Prober) Remove(ctx context.Context, leftovers []Leftover, all bool) ([]Leftover, error) {
	s := p.session()
	var done []Leftover
	var failed []error
	for _, l := range leftovers {
		if !l.Stale && !all {
			continue
		}
		if err := s.remove(ctx, l.Object); err != nil {
			failed = append(failed, err)
			continue
		}
		done = append(done, l)
	}
	return done, errors.Join(failed...)
}
