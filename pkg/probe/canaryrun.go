package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeapi"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// RunCanary carries a canary through its phases and removes it, also when ctx is
// cancelled in the middle.
func (p *Prober) RunCanary(ctx context.Context, c *Canary) (out []Seen, err error) {
	p.Say("asking what you may do")
	if err := allowed(ctx, p.API, canaryRights()); err != nil {
		return nil, err
	}
	if err := p.sweep(ctx); err != nil {
		return nil, err
	}
	s := p.session()
	defer func() { err = end(err, s.close(ctx)) }()
	for _, o := range c.Frame() {
		if _, err := s.create(ctx, o); err != nil {
			return nil, err
		}
	}
	pods, err := s.start(ctx, c.Servers(), c.Options.Start, "starting what listens", (*podObject).listening)
	if err != nil {
		return nil, err
	}
	listening := make([]string, len(pods))
	for i, pod := range pods {
		listening[i] = netip.AddrPortFrom(pod.addresses()[0], canaryPort).String()
	}
	return s.phases(ctx, c, listening)
}

// sweep removes the namespaces of canaries that are long over.
func (p *Prober) sweep(ctx context.Context) error {
	left, err := p.leftovers(ctx, &Object{APIVersion: "v1", Kind: "Namespace"})
	if kubeapi.Is(err, http.StatusForbidden) {
		return nil
	}
	if err == nil {
		_, err = p.Remove(ctx, left, false)
	}
	return err
}

// phases goes through the phases. A server that cannot be reached to begin with
// does not keep the others from going on.
func (s *session) phases(ctx context.Context, c *Canary, listening []string) ([]Seen, error) {
	out := make([]Seen, len(c.Nodes))
	for i, node := range c.Nodes {
		out[i] = Seen{Node: node, From: c.from(i)}
	}
	policy := c.Policy()
	for phase, what := range []string{"connecting without a policy", "connecting under a policy that denies", "connecting after the policy is gone"} {
		switch phase {
		case Under:
			if _, err := s.create(ctx, policy); err != nil {
				return nil, err
			}
		case After:
			if err := s.remove(ctx, policy); err != nil {
				return nil, err
			}
		}
		pods, err := s.start(ctx, c.Clients(phase, listening), c.Options.connecting(patience), what, (*podObject).ended)
		if err != nil {
			return nil, err
		}
		for i, pod := range pods {
			out[i].Phases[phase] = judge(pod.message("client"), ports.TCP, true)
		}
	}
	for i := range out {
		out[i].conclude()
	}
	return out, nil
}

// node is the part of a Node that reports whether a canary may stand there.
type node struct {
	Metadata Meta `json:"metadata"`
	Spec     struct {
		Unschedulable bool                      `json:"unschedulable"`
		Taints        []struct{ Effect string } `json:"taints"`
	} `json:"spec"`
	Status struct {
		Conditions []struct{ Type, Status string } `json:"conditions"`
	} `json:"status"`
}

// usual reports whether ordinary pods run on the node.
func (n *node) usual() bool {
	ready := false
	for _, c := range n.Status.Conditions {
		ready = ready || c.Type == "Ready" && c.Status == "True"
	}
	for _, t := range n.Spec.Taints {
		ready = ready && t.Effect == "PreferNoSchedule"
	}
	return ready && !n.Spec.Unschedulable && n.Metadata.Labels["kubernetes.io/os"] != "windows"
}

// Nodes chooses where a canary stands: the nodes named, or else the first two by
// name that take ordinary pods, or one when there are no two.
func (p *Prober) Nodes(ctx context.Context, named []string) ([]string, error) {
	var all, usual []string
	err := kubeapi.List(ctx, p.API, "/api/v1/nodes", func(n *node) {
		all = append(all, n.Metadata.Name)
		if n.usual() {
			usual = append(usual, n.Metadata.Name)
		}
	})
	if err != nil {
		if len(named) > 0 && kubeapi.Is(err, http.StatusForbidden) {
			return named, nil
		}
		return nil, clierr.WithHint(fmt.Errorf("listing the nodes: %w", err), "name them with --node")
	}
	for _, name := range named {
		if !slices.Contains(all, name) {
			return nil, clierr.Errorf("'kubectl get nodes' lists them", "node %q is not there", name)
		}
	}
	if len(named) > 0 {
		return named, nil
	}
	slices.Sort(usual)
	if len(usual) == 0 {
		return nil, clierr.Errorf("name one with --node; 'kubectl get nodes' shows what is wrong with them", "no node is ready and takes ordinary pods")
	}
	return usual[:min(2, len(usual))], nil
}
