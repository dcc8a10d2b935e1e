package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

// Canary is what a canary showed, with the field names of its JSON.
type Canary struct {
	Verdict probe.Verdict `json:"verdict"`
	Nodes   []CanaryNode  `json:"nodes"`
}

// CanaryNode is what it showed of one node, reached from another.
type CanaryNode struct {
	Node    string        `json:"node"`
	From    string        `json:"from"`
	Verdict probe.Verdict `json:"verdict"`
	Why     string        `json:"why,omitempty"`
	Before  probe.Outcome `json:"before"` // without a policy
	Under   probe.Outcome `json:"under"`  // under one that denies
	After   probe.Outcome `json:"after"`  // when it is gone
}

// NewCanary sums up what was seen: not enforced where one node does not enforce,
// inconclusive where one leaves it open.
func NewCanary(seen []probe.Seen) *Canary {
	out := &Canary{Verdict: probe.Enforced, Nodes: []CanaryNode{}}
	for i := range seen {
		s := &seen[i]
		out.Nodes = append(out.Nodes, CanaryNode{Node: s.Node, From: s.From, Verdict: s.Verdict, Why: s.Why,
			Before: s.Phases[probe.Before].Outcome, Under: s.Phases[probe.Under].Outcome, After: s.Phases[probe.After].Outcome})
		if s.Verdict == probe.NotEnforced || s.Verdict == probe.Inconclusive && out.Verdict == probe.Enforced {
			out.Verdict = s.Verdict
		}
	}
	return out
}

// CanaryText writes the verdict on the first line, then a line for each node.
func CanaryText(w io.Writer, c *Canary) error {
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
