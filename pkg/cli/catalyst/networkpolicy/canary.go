package networkpolicy

import (
	"context"
	"io"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

func (o *probeOptions) runCanary(ctx context.Context, p *probe.Prober) error {
	nodes, err := p.Nodes(ctx, o.nodes)
	if err != nil {
		return err
	}
	c := &probe.Canary{ID: probe.NewID(), Options: o.Options, Nodes: nodes}
	if o.dryRun {
		return o.printManifests(c.Manifests())
	}
	done := o.showProgress(p)
	seen, err := p.RunCanary(ctx, c)
	done()
	if err != nil {
		return err
	}
	result := report.NewCanary(seen)
	err = o.output.Print(o.env.Out, result, cli.Formats{"table": func(w io.Writer) error { return report.CanaryText(w, result) }})
	switch {
	case err != nil:
		return err
	case result.Verdict == probe.NotEnforced:
		return answerNo()
	case result.Verdict == probe.Inconclusive:
		return clierr.Errorf("the reason is above; --node chooses other nodes", "the canary proved nothing")
	}
	return nil
}

// leftoverJSON is one object that a probe left.
type leftoverJSON struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Age       string `json:"age"`
	State     string `json:"state"` // removed, would be removed, may be in use
}

func (o *probeOptions) runClean(ctx context.Context, p *probe.Prober) error {
	leftovers, err := p.Leftovers(ctx, o.overrides.Context.Namespace)
	if err != nil {
		return err
	}
	removed := make(map[*probe.Object]bool)
	if !o.dryRun {
		var done []probe.Leftover
		done, err = p.Remove(ctx, leftovers, o.all)
		for _, l := range done {
			removed[l.Object] = true
		}
	}
	out := []leftoverJSON{}
	for _, l := range leftovers {
		j := leftoverJSON{Kind: l.Object.Kind, Namespace: l.Object.Metadata.Namespace, Name: l.Object.Metadata.Name,
			Age: l.Age.Truncate(time.Second).String(), State: "may be in use"}
		switch {
		case removed[l.Object]:
			j.State = "removed"
		case o.dryRun && (l.Stale || o.all):
			j.State = "would be removed"
		case l.Stale || o.all:
			j.State = "could not be removed"
		}
		out = append(out, j)
	}
	if e := o.printLeftovers(out); e != nil {
		return e
	}
	return err
}

func (o *probeOptions) printLeftovers(all []leftoverJSON) error {
	if len(all) == 0 && o.output.IsTable() {
		o.env.Hint("no probe has left anything")
		return nil
	}
	name := func(l leftoverJSON) string { return l.Name }
	return o.output.Print(o.env.Out, all, cli.Rows(all, name, []cli.Column[leftoverJSON]{
		{Title: "KIND", Cell: func(l leftoverJSON) string { return l.Kind }},
		{Title: "NAMESPACE", Cell: func(l leftoverJSON) string { return l.Namespace }},
		{Title: "NAME", Cell: name},
		{Title: "AGE", Cell: func(l leftoverJSON) string { return l.Age }},
		{Title: "STATE", Cell: func(l leftoverJSON) string { return l.State }},
	}...))
}
