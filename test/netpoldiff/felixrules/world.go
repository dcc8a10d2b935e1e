package main

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/projectcalico/calico/felix/proto"
)

// question is one packet. From and To are "namespace/pod", or empty.
type question struct {
	From, To     string
	FromIP, ToIP string
	Protocol     string
	Port         int32
}

// world is what Felix would program.
type world struct {
	sets      map[string]map[string]bool
	policies  map[string]*proto.Policy
	profiles  map[string]*proto.Profile
	endpoints map[string]*proto.WorkloadEndpoint
}

func newWorld() *world {
	return &world{sets: map[string]map[string]bool{}, policies: map[string]*proto.Policy{},
		profiles: map[string]*proto.Profile{}, endpoints: map[string]*proto.WorkloadEndpoint{}}
}

func (w *world) receive(message any) {
	switch m := message.(type) {
	case *proto.IPSetUpdate:
		w.sets[m.Id] = map[string]bool{}
		for _, one := range m.Members {
			w.sets[m.Id][one] = true
		}
	case *proto.IPSetDeltaUpdate:
		for _, one := range m.AddedMembers {
			w.sets[m.Id][one] = true
		}
		for _, one := range m.RemovedMembers {
			delete(w.sets[m.Id], one)
		}
	case *proto.ActivePolicyUpdate:
		w.policies[m.Id.Name] = m.Policy
	case *proto.ActiveProfileUpdate:
		w.profiles[m.Id.Name] = m.Profile
	case *proto.WorkloadEndpointUpdate:
		w.endpoints[m.Id.WorkloadId] = m.Endpoint
	}
}

// packet is a question, read.
type packet struct {
	from, to netip.Addr
	proto    string // in lower case
	number   int32
	port     int32
	version  uint8
}

func (w *world) allows(q *question) bool {
	p := packet{from: netip.MustParseAddr(q.FromIP), to: netip.MustParseAddr(q.ToIP), proto: strings.ToLower(q.Protocol), port: q.Port, version: 4}
	p.number = map[string]int32{"tcp": 6, "udp": 17, "sctp": 132}[p.proto]
	if p.from.Is6() {
		p.version = 6
	}
	return w.side(q.From, &p, false) && w.side(q.To, &p, true)
}

// side walks the tiers of an endpoint down, and then its profiles.
func (w *world) side(name string, p *packet, inbound bool) bool {
	e := w.endpoints[name]
	if e == nil {
		return true // an address outside
	}
	for _, tier := range e.Tiers {
		names := tier.EgressPolicies
		if inbound {
			names = tier.IngressPolicies
		}
		if len(names) == 0 {
			continue
		}
		switch w.tier(names, p, inbound) {
		case "allow":
			return true
		case "next-tier", "pass":
		default:
			return false
		}
	}
	for _, id := range e.ProfileIds {
		list := w.profiles[id].GetOutboundRules()
		if inbound {
			list = w.profiles[id].GetInboundRules()
		}
		if w.first(list, p) == "allow" {
			return true
		}
	}
	return false
}

func (w *world) tier(names []string, p *packet, inbound bool) string {
	for _, name := range names {
		list := w.policies[name].GetOutboundRules()
		if inbound {
			list = w.policies[name].GetInboundRules()
		}
		if action := w.first(list, p); action != "" {
			return action
		}
	}
	return "deny"
}

// first returns the action of the first rule that matches and decides.
func (w *world) first(list []*proto.Rule, p *packet) string {
	for _, r := range list {
		if r.Action != "log" && w.matches(r, p) {
			if r.Action == "" {
				return "allow"
			}
			return r.Action
		}
	}
	return ""
}

func (w *world) matches(r *proto.Rule, p *packet) bool {
	return forVersion(r, p.version) && (r.Protocol == nil || isProtocol(r.Protocol, p)) && (r.NotProtocol == nil || !isProtocol(r.NotProtocol, p)) &&
		r.Icmp == nil &&
		(len(r.SrcNet) == 0 || within(r.SrcNet, p.from)) && (len(r.DstNet) == 0 || within(r.DstNet, p.to)) &&
		!within(r.NotSrcNet, p.from) && !within(r.NotDstNet, p.to) &&
		w.inAll(r.SrcIpSetIds, p.from) && w.inAll(r.DstIpSetIds, p.to) &&
		!w.inAny(r.NotSrcIpSetIds, p.from) && !w.inAny(r.NotDstIpSetIds, p.to) &&
		!slices.ContainsFunc(r.DstIpPortSetIds, func(id string) bool { return !w.named(id, p.to, p) }) &&
		(len(r.DstPorts)+len(r.DstNamedPortIpSetIds) == 0 || inPorts(r.DstPorts, p.port) || w.anyNamed(r.DstNamedPortIpSetIds, p)) &&
		!inPorts(r.NotDstPorts, p.port) && !w.anyNamed(r.NotDstNamedPortIpSetIds, p)
}

// forVersion reports whether a rule is rendered for an IP version: a list of ranges
// that is left with none of the version keeps the rule out.
func forVersion(r *proto.Rule, version uint8) bool {
	if r.IpVersion != 0 && r.IpVersion != proto.IPVersion(version) {
		return false
	}
	for _, list := range [][]string{r.SrcNet, r.NotSrcNet, r.DstNet, r.NotDstNet} {
		ofVersion := func(s string) bool { return strings.Contains(s, ":") == (version == 6) }
		if len(list) > 0 && !slices.ContainsFunc(list, ofVersion) {
			return false
		}
	}
	return true
}

func isProtocol(want *proto.Protocol, p *packet) bool {
	switch v := want.NumberOrName.(type) {
	case *proto.Protocol_Name:
		return v.Name == p.proto
	case *proto.Protocol_Number:
		return v.Number == p.number
	}
	return false
}

func within(list []string, ip netip.Addr) bool {
	return slices.ContainsFunc(list, func(s string) bool { return netip.MustParsePrefix(s).Contains(ip) })
}

func (w *world) inAny(ids []string, ip netip.Addr) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return w.in(id, ip) })
}

func (w *world) inAll(ids []string, ip netip.Addr) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return !w.in(id, ip) })
}

// in reports whether an address is in a set of addresses and ranges.
func (w *world) in(id string, ip netip.Addr) bool {
	for member := range w.sets[id] {
		if p, err := netip.ParsePrefix(member); err == nil && p.Masked().Contains(ip) {
			return true
		}
		if one, err := netip.ParseAddr(member); err == nil && one == ip {
			return true
		}
	}
	return false
}

// named reports whether an address with the packet's protocol and port is in a set
// of "address,protocol:port".
func (w *world) named(id string, ip netip.Addr, p *packet) bool {
	return w.sets[id][ip.String()+","+p.proto+":"+strconv.Itoa(int(p.port))]
}

func (w *world) anyNamed(ids []string, p *packet) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return w.named(id, p.to, p) })
}

func inPorts(list []*proto.PortRange, port int32) bool {
	return slices.ContainsFunc(list, func(r *proto.PortRange) bool { return r.First <= port && port <= r.Last })
}
