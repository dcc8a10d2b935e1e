package probe

import (
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// canaryPort is where the canary's servers listen.
const canaryPort = 8080

// roleLabel tells the canary's servers, which its policy selects, from its clients.
const roleLabel = "catalyst.cloud/canary"

// patience is how often each phase of a canary tries to see what it waits for.
const patience = 15

// Canary proves enforcement itself: what is reachable must become unreachable
// when a policy says so, and reachable again when it is gone.
type Canary struct {
	ID      string
	Options Options
	// Nodes are where a server stands, each reached from the node after it; a
	// single one from itself.
	Nodes []string
}

// The phases of a canary.
const (
	Before = iota // no policy: everything must be reachable
	Under         // a policy denies: nothing may be
	After         // the policy is gone
	phases
)

// until is how attempts have to end in a phase.
func until(phase int) string {
	if phase == Under {
		return shutOnly
	}
	return openOnly
}

// Namespace is the name of the canary's own namespace.
func (c *Canary) Namespace() string { return prefix + c.ID }

// options are those of the pods: some of them live through all phases.
func (c *Canary) options() Options {
	o := c.Options
	o.life = (1+phases)*o.connecting(patience) + oneRequest
	return o
}

func (c *Canary) plan() *Plan { return &Plan{ID: c.ID, Options: c.options()} }

// Frame is what the pods need: the namespace and a service account in it, which
// is there at once, other than the one that the cluster makes by and by.
func (c *Canary) Frame() []*Object {
	no := false
	ns := &Object{APIVersion: "v1", Kind: "Namespace", Metadata: c.plan().meta("", "", nil)}
	account := &Object{APIVersion: "v1", Kind: "ServiceAccount", Metadata: c.plan().meta(c.Namespace(), "", nil), Automount: &no}
	return []*Object{ns, account}
}

// Servers are the pods to be reached, one for each of the nodes.
func (c *Canary) Servers() []*Object {
	var out []*Object
	for i, node := range c.Nodes {
		command, _ := serve(ports.TCP, canaryPort)
		one := newContainer(c.Options, "server", command)
		one.ReadinessProbe = &readiness{TCPSocket: socket{Port: canaryPort}, PeriodSeconds: 1}
		out = append(out, c.pod("-to-"+strconv.Itoa(i), "server", node, one))
	}
	return out
}

// Clients are the pods of a phase, one for each of the nodes' servers, which listen
// at those host:port.
func (c *Canary) Clients(phase int, listening []string) []*Object {
	var out []*Object
	for i := range c.Nodes {
		command := connect(listening[i], ports.TCP, c.Options.Timeout, until(phase), patience)
		name := "-phase-" + strconv.Itoa(phase+1) + "-from-" + strconv.Itoa(i)
		out = append(out, c.pod(name, "client", c.from(i), newContainer(c.Options, "client", command)))
	}
	return out
}

// from is the node from which the server on the i-th node is reached.
func (c *Canary) from(i int) string { return c.Nodes[(i+1)%len(c.Nodes)] }

func (c *Canary) pod(suffix, role, node string, one container) *Object {
	m := c.plan().meta(c.Namespace(), suffix, map[string]string{roleLabel: role})
	for key, value := range unborrowed {
		m.Annotations[key] = value
	}
	spec := bare(c.options())
	spec.NodeName, spec.ServiceAccountName = node, c.Namespace()
	spec.Containers = []container{one}
	return &Object{APIVersion: "v1", Kind: "Pod", Metadata: m, Spec: spec}
}

// Policy lets nothing in to the servers.
func (c *Canary) Policy() *Object {
	return &Object{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy", Metadata: c.plan().meta(c.Namespace(), "", nil),
		Spec: &kube.NetworkPolicySpec{
			PodSelector: kube.LabelSelector{MatchLabels: map[string]string{roleLabel: "server"}},
			PolicyTypes: []string{"Ingress"},
		}}
}

// Verdict is whether policies are enforced.
type Verdict string

// The verdicts.
const (
	Enforced     Verdict = "enforced"
	NotEnforced  Verdict = "not enforced"
	Inconclusive Verdict = "inconclusive"
)

// Seen is what a canary showed of the node that a server stood on.
type Seen struct {
	Node, From string
	Phases     [phases]Answer
	Verdict    Verdict
	Why        string // of Inconclusive
}

// conclude judges the phases of one node.
func (s *Seen) conclude() {
	before, under, after := s.Phases[Before].Outcome, s.Phases[Under].Outcome, s.Phases[After].Outcome
	s.Verdict = Inconclusive
	switch {
	case before != Open:
		s.Why = "it could not be reached without any policy of the canary's: " + string(before)
	case under == Open:
		s.Verdict = NotEnforced
	case under.Reality() != Denied:
		s.Why = "under the policy connections neither passed nor stopped: " + string(under)
	case after != Open:
		s.Why = "it could not be reached again after the policy was gone, so something else may have stopped connections: " + string(after)
	default:
		s.Verdict = Enforced
	}
}
