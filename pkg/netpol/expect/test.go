package expect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/spelling"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Result is how an expectation does.
type Result struct {
	Expectation
	Holds bool
	// Against is how many pairs, of pods or a pod and a range of addresses, are
	// against it.
	Against int
	Example *Example // one of them; nil when it holds
}

// Example is a flow that shows that an expectation does not hold.
type Example struct {
	Source, Destination string
	Protocol            ports.Protocol
	Port                uint16
	Allowed             bool
	// Explanation says why; nil for two replicas of one workload that is not yet
	// running.
	Explanation *netpol.Explanation
}

// Tester holds the pods of an engine to expectations.
type Tester struct {
	objects *kube.Objects
	engine  *netpol.Engine
	hosts   []netip.Addr // addresses of nodes
	owners  []owner      // of the addresses of pods
	outside []span       // all addresses but those of pods and nodes
}

// owner is the pod that has an address.
type owner struct {
	address netip.Addr
	pod     int
}

// NewTester returns a Tester of the objects that the engine was made from.
func NewTester(objects *kube.Objects, engine *netpol.Engine) *Tester {
	t := &Tester{objects: objects, engine: engine}
	var inside []span
	for i := range objects.Nodes {
		n := &objects.Nodes[i]
		for _, a := range n.Status.Addresses {
			if addr, err := netip.ParseAddr(a.Address); err == nil {
				t.hosts = append(t.hosts, addr.Unmap())
				inside = append(inside, span{addr.Unmap(), addr.Unmap()})
			}
		}
		for _, text := range append(slices.Clone(n.Spec.PodCIDRs), n.Spec.PodCIDR) {
			if p, err := netip.ParsePrefix(text); err == nil {
				inside = append(inside, prefixSpan(p.Masked()))
			}
		}
	}
	for i := range objects.Pods {
		p := &objects.Pods[i]
		for _, ip := range append([]kube.PodIP{{IP: p.Status.PodIP}}, p.Status.PodIPs...) {
			addr, err := netip.ParseAddr(ip.IP)
			if err != nil || hasEnded(p) {
				continue
			}
			if addr = addr.Unmap(); !contains(inside, addr) {
				inside = append(inside, span{addr, addr})
			}
			if !p.Spec.HostNetwork {
				t.owners = append(t.owners, owner{addr, i})
			}
		}
	}
	t.outside = subtract(everywhere(), inside)
	return t
}

// parties are what an end stands for.
type parties struct {
	pods      []int // indexes into Objects.Pods
	hosts     []netip.Addr
	addresses []span
}

// Test tests an expectation. The error is about an end that stands for nothing.
func (t *Tester) Test(e Expectation) (Result, error) {
	r := Result{Expectation: e}
	to, err := t.resolve(e.To)
	if err != nil {
		return r, fmt.Errorf("%s:%d: %w", e.File, e.Line, err)
	}
	var from parties
	if e.Only == nil {
		from, err = t.resolve(e.From)
	} else {
		from, err = t.others(e.Only)
	}
	if err != nil {
		return r, fmt.Errorf("%s:%d: %w", e.File, e.Line, err)
	}
	if len(from.pods) == 0 && e.Only == nil && len(to.pods) == 0 || len(to.pods) == 0 && e.Only != nil {
		return r, fmt.Errorf("%s:%d: one of the ends has to be pods: policies say nothing about addresses among themselves", e.File, e.Line)
	}
	c := comparison{Tester: t, result: &r}
	c.compareAllPods(from.pods, to.pods)
	for _, pods := range t.engine.Alike(to.pods, len(from.hosts) > 0) {
		c.compareAddresses(pods, from, netpol.Ingress)
	}
	for _, pods := range t.engine.Alike(from.pods, len(to.hosts) > 0) {
		c.compareAddresses(pods, to, netpol.Egress)
	}
	r.Holds = r.Against == 0
	return r, nil
}

// comparison tests pair after pair.
type comparison struct {
	*Tester
	result *Result
}

// violation returns the ports that are against the expectation, of those that are
// open.
func (c *comparison) violation(open ports.Set) ports.Set {
	if c.result.Allow {
		return c.result.Ports.Minus(open)
	}
	return c.result.Ports.Intersect(open)
}

// compareAllPods compares all pairs. The node of a pod matters only where the other
// end is on the network of its own node.
func (c *comparison) compareAllPods(from, to []int) {
	onHost := func(pod int) bool { return c.objects.Pods[pod].Spec.HostNetwork }
	divide := func(pods []int) (hosts, others []int) {
		for _, pod := range pods {
			if onHost(pod) {
				hosts = append(hosts, pod)
			} else {
				others = append(others, pod)
			}
		}
		return hosts, others
	}
	fromHosts, fromOthers := divide(from)
	toHosts, toOthers := divide(to)
	c.comparePods(c.engine.Alike(fromOthers, false), c.engine.Alike(toOthers, false))
	c.comparePods(c.engine.Alike(fromHosts, true), c.engine.Alike(to, true))
	c.comparePods(c.engine.Alike(fromOthers, true), c.engine.Alike(toHosts, true))
}

// comparePods compares groups of pods that no policy tells apart, each by its
// first.
func (c *comparison) comparePods(from, to [][]int) {
	for _, a := range from {
		for _, b := range to {
			source, destination := a[0], b[0]
			switch {
			case source != destination:
			case len(b) > 1:
				destination = b[1]
			case len(a) > 1:
				source = a[1]
			case c.objects.Pods[source].Replicas <= 1:
				continue // a pod to itself is always allowed
			}
			bad := c.violation(c.engine.Between(source, destination))
			if bad.Empty() {
				continue
			}
			example := c.example(c.engine.PodAt(source), c.engine.PodAt(destination), bad)
			if source == destination {
				example.Explanation = nil
			}
			c.add(example, len(a)*len(b))
		}
	}
}

// compareAddresses compares pods that no policy tells apart with the addresses and
// nodes of the other end.
func (c *comparison) compareAddresses(pods []int, other parties, d netpol.Direction) {
	flowOf := func(address netip.Addr) (source, destination netpol.Endpoint) {
		if d == netpol.Ingress {
			return c.engine.Address(address), c.engine.PodAt(pods[0])
		}
		return c.engine.PodAt(pods[0]), c.engine.Address(address)
	}
	for _, host := range other.hosts {
		source, destination := flowOf(host)
		if bad := c.violation(c.engine.Connections(source, destination)); !bad.Empty() {
			c.add(c.example(source, destination, bad), len(pods))
		}
	}
	if len(other.addresses) == 0 {
		return
	}
	rest := other.addresses // with which nothing at all is exchanged
	for _, r := range c.engine.External(pods[0], d) {
		here := intersect(other.addresses, []span{{r.Range.First, r.Range.Last}})
		rest = subtract(rest, here)
		c.addAddresses(here, c.violation(r.Ports), len(pods), flowOf)
	}
	c.addAddresses(rest, c.violation(ports.Set{}), len(pods), flowOf)
}

func (c *comparison) addAddresses(spans []span, bad ports.Set, pairs int, flowOf func(netip.Addr) (source, destination netpol.Endpoint)) {
	if bad.Empty() {
		return
	}
	for _, s := range spans {
		if !c.engine.InUse(s.first) {
			continue // neither a pod nor a policy knows the family
		}
		source, destination := flowOf(s.sample())
		c.add(c.example(source, destination, bad), pairs)
	}
}

// add notes a flow against the expectation. What a node exchanges with its own
// pods no policy can deny, so that it says nothing about who else may.
func (c *comparison) add(e *Example, pairs int) {
	x := e.Explanation
	if c.result.Only != nil && x != nil && (x.Ingress.Reason == netpol.OwnNode || x.Egress.Reason == netpol.OwnNode) {
		return
	}
	c.result.Against += pairs
	if c.result.Example == nil {
		c.result.Example = e
	}
}

// example explains the first port of a set.
func (c *comparison) example(source, destination netpol.Endpoint, bad ports.Set) *Example {
	for _, p := range ports.Protocols() {
		for first := range bad.Spans(p) {
			x := c.engine.Explain(source, destination, p, first)
			return &Example{Source: source.String(), Destination: destination.String(), Protocol: p, Port: first, Allowed: !c.result.Allow, Explanation: &x}
		}
	}
	return nil
}

// resolve finds what an end stands for.
func (t *Tester) resolve(text string) (parties, error) {
	e, err := parseEnd(text)
	switch {
	case err != nil:
		return parties{}, err
	case e.outside:
		return parties{addresses: t.outside}, nil
	case e.addresses != nil:
		return t.resolveAddresses(e.addresses), nil
	}
	var out parties
	hasNamespace := false
	for i := range t.objects.Pods {
		p := &t.objects.Pods[i]
		if p.Meta.Namespace != e.namespace {
			continue
		}
		hasNamespace = true
		if !hasEnded(p) && e.matches(p) {
			out.pods = append(out.pods, i)
		}
	}
	switch {
	case len(out.pods) > 0:
		return out, nil
	case !hasNamespace:
		return out, fmt.Errorf("%q stands for nothing: namespace %q has no pods%s", text, e.namespace, t.nearest(e.namespace))
	}
	return out, fmt.Errorf("%q stands for nothing: namespace %q has no such pods", text, e.namespace)
}

func hasEnded(p *kube.Pod) bool { return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" }

// resolveAddresses finds whose the addresses are: those of pods and nodes stand
// for them.
func (t *Tester) resolveAddresses(spans []span) parties {
	var out parties
	var taken []span
	for _, host := range t.hosts {
		if contains(spans, host) {
			out.hosts = append(out.hosts, host)
			taken = append(taken, span{host, host})
		}
	}
	for _, o := range t.owners {
		if !contains(spans, o.address) {
			continue
		}
		if taken = append(taken, span{o.address, o.address}); !slices.Contains(out.pods, o.pod) {
			out.pods = append(out.pods, o.pod)
		}
	}
	out.addresses = subtract(spans, taken)
	return out
}

// matches reports whether a pod of its namespace is of the end.
func (e *end) matches(p *kube.Pod) bool {
	for _, l := range e.labels {
		if value, ok := p.Meta.Labels[l[0]]; !ok || value != l[1] {
			return false
		}
	}
	switch {
	case e.name == "":
		return true
	case e.kind == "":
		return p.Meta.Name == e.name || p.Owner.Name == e.name
	case strings.EqualFold(e.kind, "Pod"):
		return p.Meta.Name == e.name
	}
	return p.Owner.Kind == e.kind && p.Owner.Name == e.name || p.Meta.Name == e.kind+"/"+e.name
}

// others returns everybody but the ends.
func (t *Tester) others(ends []string) (parties, error) {
	listed := make(map[int]bool)
	var addresses []span
	for _, text := range ends {
		one, err := t.resolve(text)
		if err != nil {
			return parties{}, err
		}
		for _, pod := range one.pods {
			listed[pod] = true
		}
		addresses = append(addresses, one.addresses...)
		for _, host := range one.hosts {
			addresses = append(addresses, span{host, host})
		}
	}
	out := parties{addresses: subtract(t.outside, addresses)}
	for _, host := range t.hosts {
		if !contains(addresses, host) {
			out.hosts = append(out.hosts, host)
		}
	}
	for i := range t.objects.Pods {
		p := &t.objects.Pods[i]
		if !listed[i] && !hasEnded(p) {
			out.pods = append(out.pods, i)
		}
	}
	return out, nil
}

// nearest names a namespace with pods that is spelt much like the name.
func (t *Tester) nearest(name string) string {
	for i := range t.objects.Pods {
		if ns := t.objects.Pods[i].Meta.Namespace; ns != name && spelling.Distance(ns, name) < 3 {
			return fmt.Sprintf("; did you mean %q?", ns)
		}
	}
	return ""
}
