package convert

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// endpointMatch is a source or destination of a rule, decoded.
type endpointMatch struct {
	peer     rules.Peer
	narrow   bool // the end has a condition besides the family
	families [2]bool
	nets     []netip.Prefix
	notNets  []netip.Prefix
}

// rule converts a rule and appends it to list. Log has no say; a rule for a
// service becomes one for each group of its endpoints.
func (r *calicoReader) rule(list []rules.Rule, d rules.Direction, i int, from *kube.CalicoRule) []rules.Rule {
	path := index([...]string{"spec.egress", "spec.ingress"}[d], i)
	list = append(list, rules.Rule{Path: path, Line: from.Line, Index: i, Action: r.action(path, from)})
	out := &list[len(list)-1]
	r.checkRule(path, d, from)
	out.Ports, out.Beyond = r.ports(path, from)
	var source, destination endpointMatch
	r.readEndpoint(&source, path, ".source", &from.Source)
	r.readEndpoint(&destination, path, ".destination", &from.Destination)
	families := r.families(path, from, &source, &destination)
	local, remote, entity := &source, &destination, &from.Destination
	if d == rules.Ingress {
		local, remote, entity = remote, local, &from.Source
	}
	out.Unsure = uncertainty(from)
	if local.narrow {
		local.addBlock([2]bool{true, true})
		peer := local.peer
		out.Local = &peer
	}
	switch {
	case from.Action == "Log":
		return list[:len(list)-1]
	case !families[addr.IPv4] && !families[addr.IPv6]:
		return list
	case entity.Services != nil:
		return r.forService(list, remote.peer.Path, families, entity.Services, d == rules.Egress)
	}
	remote.addBlock(families)
	if !remote.narrow && families == [2]bool{true, true} {
		out.Any = true
	} else {
		out.Peers = []rules.Peer{remote.peer}
	}
	return namesByLabel(list, d)
}

// namesByLabel divides the last rule of list where it asks for ports by name of a
// selector that also stands for addresses. Felix looks the names up at the
// endpoints that the selector finds by their labels: a pod that is meant only
// because a network set holds its address has ports by number, and no names.
func namesByLabel(list []rules.Rule, d rules.Direction) []rules.Rule {
	rule := list[len(list)-1]
	to := rule.Local
	if d == rules.Egress {
		if to = nil; len(rule.Peers) > 0 {
			to = &rule.Peers[0]
		}
	}
	if len(rule.Ports.Names)+len(rule.Ports.NotNames) == 0 || to == nil || to.Pods == nil || len(to.Sets) == 0 {
		return list
	}
	with := func(p rules.Peer, ports rules.Ports) rules.Rule {
		one := rule
		one.Ports = ports
		if d == rules.Ingress {
			one.Local = &p
		} else {
			one.Peers = []rules.Peer{p}
		}
		return one
	}
	byLabel, byAddress, nothing := *to, *to, rules.Nothing()
	byLabel.Sets = nil
	byAddress.Pods, byAddress.NotPods = &nothing, to.Pods
	list[len(list)-1] = with(byLabel, rule.Ports)
	if rule.Ports.Set.Empty() {
		return list
	}
	return append(list, with(byAddress, rules.Ports{Set: rule.Ports.Set, NotSet: rule.Ports.NotSet}))
}

func (r *calicoReader) action(path string, from *kube.CalicoRule) rules.Action {
	switch from.Action {
	case "Allow":
		return rules.Allow
	case "Deny", "Log":
		return rules.Deny
	case "Pass":
		return rules.Pass
	}
	r.refuse(path+".action", "%q is not an action; want Allow, Deny, Log or Pass", clip(from.Action))
	return rules.Deny
}

// uncertainty returns what else than peers and ports decides whether a rule matches.
func uncertainty(from *kube.CalicoRule) string {
	switch {
	case from.HTTP != nil:
		return "http: requests are not evaluated"
	case len(from.Source.Ports)+len(from.Source.NotPorts) > 0:
		return "source.ports: from which port a connection comes is not known beforehand"
	case from.NotICMP != nil && !isICMP(from.Protocol):
		return "notICMP: without protocol ICMP, what becomes of other protocols is not defined"
	}
	for _, e := range []*kube.CalicoEntity{&from.Source, &from.Destination} {
		if e.Services != nil && e.Services.Namespace == "" {
			return "services: without a namespace the service is that of the policy's by the documentation, and none by Calico's program"
		}
	}
	return ""
}

// saysNothing reports whether an end has no condition but ports.
func saysNothing(e *kube.CalicoEntity) bool {
	return len(e.Nets)+len(e.NotNets) == 0 && e.Selector == "" && e.NotSelector == "" && e.NamespaceSelector == "" &&
		e.ServiceAccounts == nil && e.Services == nil
}

// readEndpoint reads the source or the destination of a rule.
func (r *calicoReader) readEndpoint(out *endpointMatch, path, field string, e *kube.CalicoEntity) {
	out.families = [2]bool{true, true}
	if saysNothing(e) {
		return
	}
	path += field
	out.peer.Path = path
	out.nets = r.nets(path, ".nets", e.Nets)
	out.notNets = r.nets(path, ".notNets", e.NotNets)
	m := r.matchSelectors(path, e)
	out.peer.Pods, out.peer.Sets = m.pods, m.sets
	out.peer.NotPods, out.peer.NotSets = m.notPods, m.notSets
	out.narrow = m.pods != nil || m.notPods != nil || len(e.Nets)+len(e.NotNets) > 0
	for _, list := range [][]netip.Prefix{out.nets, out.notNets} {
		if len(list) == 0 {
			continue
		}
		var has [2]bool
		for _, p := range list {
			has[addr.Of(p.Addr())] = true
		}
		for f := range has {
			out.families[f] = out.families[f] && has[f]
		}
	}
}

// addBlock makes the address part of the peer, for these families.
func (e *endpointMatch) addBlock(families [2]bool) {
	nets := e.nets
	if len(nets) == 0 {
		if len(e.notNets) == 0 && families == [2]bool{true, true} {
			return
		}
		nets = everywhere()
	}
	e.peer.Block = &rules.Block{Except: e.notNets, Cluster: true}
	for _, p := range nets {
		if families[addr.Of(p.Addr())] && e.families[addr.Of(p.Addr())] {
			e.peer.Block.Nets = append(e.peer.Block.Nets, p)
		}
	}
}

// everywhere is all addresses.
func everywhere() []netip.Prefix {
	return []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
}

// families returns the families that a rule is for. A list of addresses of one
// family, wanted or not wanted, keeps the rule out of the other.
func (r *calicoReader) families(path string, from *kube.CalicoRule, ends ...*endpointMatch) [2]bool {
	out := [2]bool{true, true}
	if v := from.IPVersion; v != nil {
		switch *v {
		case 4:
			out[addr.IPv6] = false
		case 6:
			out[addr.IPv4] = false
		default:
			r.refuse(path+".ipVersion", "%d is not an IP version; want 4 or 6", *v)
		}
	}
	for _, e := range ends {
		for f := range out {
			out[f] = out[f] && e.families[f]
		}
	}
	return out
}

func (r *calicoReader) nets(path, field string, list []string) []netip.Prefix {
	if len(list) == 0 {
		return nil
	}
	path += field
	out := make([]netip.Prefix, 0, len(list))
	for i, text := range list {
		read := r.addresses
		if !r.policy.Stored && r.origin.File != "" {
			read = r.cidr // Calico's API server wants a range
		}
		if p, ok := read(index(path, i), text); ok {
			out = append(out, p)
		}
	}
	return out
}
