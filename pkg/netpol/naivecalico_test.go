package netpol_test

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// naiveTier is a tier with everything in it that could decide.
type naiveTier struct {
	order   float64
	name    string
	def     string
	entries []naiveEntry
}

// naiveEntry is a policy that has a say for the pod, with its verdict: Allow,
// Deny, Pass, or "" for none.
type naiveEntry struct {
	order   float64
	key     string
	verdict func() string
}

func (n naive) hasCalico() bool {
	return n.cni == netpol.Calico && len(n.o.CalicoPolicies)+len(n.o.Tiers) > 0
}

// decideCalico visits the tiers as Calico's documentation of Tier says.
func (n naive) decideCalico(f flow, self *kube.Pod, dir string) bool {
	tiers := map[string]*naiveTier{
		"adminnetworkpolicy":         {order: 1000, def: "Pass"},
		"default":                    {order: 1e6, def: "Deny"},
		"baselineadminnetworkpolicy": {order: 1e7, def: "Pass"},
	}
	for _, t := range n.o.Tiers {
		one := &naiveTier{order: math.Inf(1), def: cmp.Or(t.Spec.DefaultAction, "Deny")}
		if t.Spec.Order != nil {
			one.order = *t.Spec.Order
		}
		tiers[t.Meta.Name] = one
	}
	for i := range n.o.CalicoPolicies {
		p := &n.o.CalicoPolicies[i]
		tier := tiers[cmp.Or(p.Spec.Tier, "default")]
		if tier != nil && n.calicoApplies(p, self, dir) {
			tier.entries = append(tier.entries, n.calicoEntry(p, f, dir))
		}
	}
	n.kubernetesEntries(tiers["default"], f, self, dir)
	for name, tier := range map[string]string{"adminnetworkpolicy": "Admin", "baselineadminnetworkpolicy": "Baseline"} {
		for _, one := range n.clusterEntries(f, self, dir, tier) {
			tiers[name].entries = append(tiers[name].entries, naiveEntry{float64(one.priority), "k" + one.name, func() string {
				for _, r := range one.rules {
					if r.match {
						return map[string]string{"Accept": "Allow"}[r.action] + strings.TrimPrefix(r.action, "Accept")
					}
				}
				return ""
			}})
		}
	}
	var list []*naiveTier
	for name, t := range tiers {
		t.name = name
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *naiveTier) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.name, b.name))
	})
	for _, t := range list {
		if v := t.verdict(); v != "Pass" {
			return v == "Allow"
		}
	}
	return true // the profile of the namespace
}

func (t *naiveTier) verdict() string {
	if len(t.entries) == 0 {
		return "Pass"
	}
	slices.SortFunc(t.entries, func(a, b naiveEntry) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.key, b.key))
	})
	for _, e := range t.entries {
		if v := e.verdict(); v != "" {
			return v
		}
	}
	return t.def
}

func (n naive) kubernetesEntries(t *naiveTier, f flow, self *kube.Pod, dir string) {
	for i := range n.o.NetworkPolicies {
		p := &n.o.NetworkPolicies[i]
		if p.Meta.Namespace != self.Meta.Namespace || !selects(&p.Spec.PodSelector, self.Meta.Labels) || !hasType(p, dir) {
			continue
		}
		t.entries = append(t.entries, naiveEntry{1000, p.Meta.Namespace + "/knp.default." + p.Meta.Name, func() string {
			if n.networkPolicyAllows(f, p, dir) {
				return "Allow"
			}
			return ""
		}})
	}
}

func (n naive) calicoApplies(p *kube.CalicoPolicy, self *kube.Pod, dir string) bool {
	s := &p.Spec
	types := s.Types
	if len(types) == 0 {
		if len(s.Egress) > 0 {
			types = append(types, "Egress")
		}
		if len(s.Ingress) > 0 || len(types) == 0 {
			types = append(types, "Ingress")
		}
	}
	e := n.workload(self)
	return slices.Contains(types, dir) && (p.Meta.Namespace == "" || p.Meta.Namespace == self.Meta.Namespace) &&
		evaluate(s.Selector, e.labels, true, true) && evaluate(s.NamespaceSelector, e.namespace, true, true) &&
		evaluate(s.ServiceAccountSelector, e.account, true, true)
}

func (n naive) calicoEntry(p *kube.CalicoPolicy, f flow, dir string) naiveEntry {
	out := naiveEntry{order: math.Inf(1), key: p.Meta.Name}
	if p.Spec.Order != nil {
		out.order = *p.Spec.Order
	}
	if !strings.Contains(out.key, ".") {
		out.key = "default." + out.key
	}
	list := p.Spec.Egress
	if p.Meta.Namespace != "" {
		out.key = p.Meta.Namespace + "/" + out.key
	}
	if dir == "Ingress" {
		list = p.Spec.Ingress
	}
	out.verdict = func() string {
		for i := range list {
			if r := &list[i]; r.Action != "Log" && n.calicoRule(r, p.Meta.Namespace, f) {
				return r.Action
			}
		}
		return ""
	}
	return out
}

func (n naive) calicoRule(r *kube.CalicoRule, ns string, f flow) bool {
	version := "4"
	if f.fromIP.Is6() || f.toIP.Is6() {
		version = "6"
	}
	if r.IPVersion != nil && strconv.Itoa(int(*r.IPVersion)) != version {
		return false
	}
	numbers := map[string]string{"TCP": "6", "UDP": "17", "SCTP": "132"}
	is := func(v *kube.IntOrString) bool { return v.String() == f.proto || v.String() == numbers[f.proto] }
	if r.Protocol != nil && !is(r.Protocol) || r.NotProtocol != nil && is(r.NotProtocol) {
		return false
	}
	if !n.calicoEntity(&r.Source, ns, f.from, f.fromIP, f, version) || !n.calicoEntity(&r.Destination, ns, f.to, f.toIP, f, version) {
		return false
	}
	// A port has a name where the selector finds the pod by its labels, and not
	// only by a network set that holds its address.
	byLabel := f.to.pod != nil && !f.to.pod.Spec.HostNetwork && n.selected(&r.Destination, ns, n.workload(f.to.pod))
	in := func(list []kube.IntOrString) bool {
		return slices.ContainsFunc(list, func(p kube.IntOrString) bool {
			first, last, ranged := strings.Cut(p.String(), ":")
			if !ranged {
				last = first
			}
			a, err1 := strconv.Atoi(first)
			b, err2 := strconv.Atoi(last)
			if err1 != nil || err2 != nil {
				return byLabel && namedPort(f, p.Str, f.proto)
			}
			return a <= int(f.port) && int(f.port) <= b
		})
	}
	return (len(r.Destination.Ports) == 0 || in(r.Destination.Ports)) && !in(r.Destination.NotPorts)
}

func (n naive) calicoEntity(e *kube.CalicoEntity, ns string, who party, ip netip.Addr, f flow, version string) bool {
	for _, list := range [][]string{e.Nets, e.NotNets} {
		ofVersion := func(c string) bool { return strings.Contains(c, ":") == (version == "6") }
		if len(list) > 0 && (!ip.IsValid() || !slices.ContainsFunc(list, ofVersion)) {
			return false
		}
	}
	within := func(c string) bool { return netip.MustParsePrefix(c).Contains(ip) }
	if len(e.Nets) > 0 && !slices.ContainsFunc(e.Nets, within) || slices.ContainsFunc(e.NotNets, within) {
		return false
	}
	if e.Services != nil {
		return n.inService(e.Services, ip, f, who == f.to)
	}
	all := n.endpointsAt(who, ip)
	if !positive(e, ns) {
		return e.NotSelector == "" || !slices.ContainsFunc(all, func(x endpointLabels) bool { return evaluate(e.NotSelector, x.labels, true, true) })
	}
	return slices.ContainsFunc(all, func(x endpointLabels) bool { return n.selected(e, ns, x) })
}

// positive reports whether an end says whom it means, not only whom it does not.
func positive(e *kube.CalicoEntity, ns string) bool {
	return e.Selector != "" || e.NamespaceSelector != "" || ns != "" && e.NotSelector != "" ||
		e.ServiceAccounts != nil && (e.ServiceAccounts.Selector != "" || len(e.ServiceAccounts.Names) > 0)
}

// selected reports whether the selectors of an end match an endpoint; those that
// only leave out match whatever there is.
func (n naive) selected(e *kube.CalicoEntity, ns string, x endpointLabels) bool {
	switch {
	case !positive(e, ns):
		return true
	case e.NotSelector != "" && evaluate(e.NotSelector, x.labels, true, true), !evaluate(e.Selector, x.labels, true, true):
		return false
	}
	if a := e.ServiceAccounts; a != nil && (!evaluate(a.Selector, x.account, true, true) ||
		len(a.Names) > 0 && !slices.Contains(a.Names, x.labels["projectcalico.org/serviceaccount"])) {
		return false
	}
	_, inside := x.labels["projectcalico.org/namespace"]
	if e.NamespaceSelector != "" {
		return evaluate(e.NamespaceSelector, x.namespace, inside, !inside)
	}
	return ns == "" || x.labels["projectcalico.org/namespace"] == ns
}

func (n naive) inService(s *kube.CalicoService, ip netip.Addr, f flow, ports bool) bool {
	for _, slice := range n.o.EndpointSlices {
		if slice.Meta.Namespace != s.Namespace || slice.Meta.Labels[kube.ServiceNameLabel] != s.Name {
			continue
		}
		here := slices.ContainsFunc(slice.Endpoints, func(e kube.Endpoint) bool { return slices.Contains(e.Addresses, ip.String()) })
		port := slices.ContainsFunc(slice.Ports, func(p kube.EndpointPort) bool {
			return p.Port != nil && *p.Port == f.port && cmp.Or(p.Protocol, "TCP") == f.proto
		})
		if here && (port || !ports) {
			return true
		}
	}
	return false
}
