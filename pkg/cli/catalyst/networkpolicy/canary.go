package networkpolicy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
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
	result := newCanaryResult(seen)
	err = o.output.Print(o.env.Out, result, cli.Formats{"table": result.writeText})
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

// canaryResult is what a canary showed, with the field names of its JSON.
type canaryResult struct {
	Verdict probe.Verdict `json:"verdict"`
	Nodes   []canaryNode  `json:"nodes"`
}

// canaryNode is what it showed of one node, reached from another.
type canaryNode struct {
	Node    string        `json:"node"`
	From    string        `json:"from"`
	Verdict probe.Verdict `json:"verdict"`
	Why     string        `json:"why,omitempty"`
	Before  probe.Outcome `json:"before"` // without a policy
	Under   probe.Outcome `json:"under"`  // under one that denies
	After   probe.Outcome `json:"after"`  // when it is gone
}

// newCanaryResult sums up what was seen: not enforced where one node does not enforce,
// inconclusive where one leaves it open.
func newCanaryResult(seen []probe.Seen) *canaryResult {
	out := &canaryResult{Verdict: probe.Enforced, Nodes: []canaryNode{}}
	for i := range seen {
		s := &seen[i]
		out.Nodes = append(out.Nodes, canaryNode{Node: s.Node, From: s.From, Verdict: s.Verdict, Why: s.Why,
			Before: s.Phases[probe.Before].Outcome, Under: s.Phases[probe.Under].Outcome, After: s.Phases[probe.After].Outcome})
		if s.Verdict == probe.NotEnforced || s.Verdict == probe.Inconclusive && out.Verdict == probe.Enforced {
			out.Verdict = s.Verdict
		}
	}
	return out
}

// writeText writes the verdict on the first line, then a line for each node.
func (c *canaryResult) writeText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "network policies: %s\n\n", c.Verdict)
	for _, n := range c.Nodes {
		fmt.Fprintf(b, "%s, reached from %s: %s\n", clierr.Clean(n.Node), clierr.Clean(n.From), n.Verdict)
		fmt.Fprintf(b, "  without a policy: %s; under one that denies: %s; when it is gone: %s\n", n.Before, n.Under, n.After)
		if n.Why != "" {
			fmt.Fprintf(b, "  %s\n", clierr.Clean(n.Why))
		}
	}
	return flush(b)
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
