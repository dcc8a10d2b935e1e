package netpol

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// selectorID names a distinct selector of a program; noSelector none.
type selectorID int32

const noSelector selectorID = -1

// program is all policies in the order of evaluation, with what they share
// interned: ten thousand policies mention a few hundred selectors.
type program struct {
	tiers     []rules.Tier
	policies  []policy
	rules     []rule
	selectors []*rules.Selector
	specs     []spec // distinct port specifications
	names     []rules.NamedPort
	selIDs    map[string]selectorID
	specIDs   map[string]int32
	nameIDs   map[rules.NamedPort]int32
	buf       []byte
}

// policy is a policy in its place.
type policy struct {
	*rules.Policy
	tier    int32
	subject selectorID
	rules   [2][2]RuleID // by Direction: first, and one behind the last
	narrow  [2]bool      // by Direction: some rule is for some of the pods only
}

// rule is a rule in its place.
type rule struct {
	*rules.Rule
	policy int32
	dir    rules.Direction
	index  int32
	peers  []peer
	local  []peer // none or one
	spec   int32
	part   bool // one of several that stand for one rule of the policy
}

// peer is a rule's peer with its selectors interned.
type peer struct {
	*rules.Peer
	pods, notPods selectorID
}

// plain reports whether the peer is nothing but addresses, so that it can be
// joined with others of the rule.
func (q *peer) plain() bool {
	return q.Pods == nil && q.NotPods == nil && (q.Block != nil || q.Nodes != nil)
}

// spec is what a rule asks of the destination's port.
type spec struct {
	set, notSet ports.Set
	names       []int32 // into program.names
	notNames    []int32
}

// named reports whether the destination's port names matter.
func (s *spec) named() bool { return len(s.names)+len(s.notNames) > 0 }

// compile interns what the tiers share.
func compile(tiers []rules.Tier) *program {
	p := &program{
		tiers:  tiers,
		selIDs: make(map[string]selectorID), specIDs: make(map[string]int32),
		nameIDs: make(map[rules.NamedPort]int32),
	}
	policies, rules := 0, 0
	for t := range tiers {
		policies += len(tiers[t].Policies)
		for i := range tiers[t].Policies {
			one := &tiers[t].Policies[i]
			rules += len(one.Rules[0]) + len(one.Rules[1])
		}
	}
	p.policies, p.rules = make([]policy, 0, policies), make([]rule, 0, rules)
	for t := range tiers {
		for i := range tiers[t].Policies {
			p.addPolicy(int32(t), &tiers[t].Policies[i])
		}
	}
	return p
}

func (p *program) addPolicy(tier int32, from *rules.Policy) {
	one := policy{Policy: from, tier: tier, subject: p.selector(&from.Subject)}
	at := int32(len(p.policies))
	for d := range from.Rules {
		one.rules[d][0] = RuleID(len(p.rules))
		for i := range from.Rules[d] {
			r := &from.Rules[d][i]
			if last := len(p.rules) - 1; i > 0 && from.Rules[d][i-1].Index == r.Index {
				p.rules[last].part = true
			}
			p.rules = append(p.rules, rule{part: i > 0 && from.Rules[d][i-1].Index == r.Index, Rule: r, policy: at, dir: rules.Direction(d),
				index: int32(r.Index), peers: p.peers(r.Peers), local: p.local(r), spec: p.spec(&r.Ports)})
			one.narrow[d] = one.narrow[d] || r.Local != nil
		}
		one.rules[d][1] = RuleID(len(p.rules))
	}
	p.policies = append(p.policies, one)
}

func (p *program) peers(list []rules.Peer) []peer {
	out := make([]peer, len(list))
	for i := range list {
		out[i] = peer{Peer: &list[i], pods: noSelector, notPods: noSelector}
		if list[i].Pods != nil {
			out[i].pods = p.selector(list[i].Pods)
		}
		if list[i].NotPods != nil {
			out[i].notPods = p.selector(list[i].NotPods)
		}
	}
	return out
}

func (p *program) local(r *rules.Rule) []peer {
	if r.Local == nil {
		return nil
	}
	return p.peers([]rules.Peer{*r.Local})
}

func (p *program) selector(s *rules.Selector) selectorID {
	p.buf = s.AppendID(p.buf[:0])
	id, ok := p.selIDs[string(p.buf)]
	if !ok {
		id = selectorID(len(p.selectors))
		p.selIDs[string(p.buf)] = id
		p.selectors = append(p.selectors, s)
	}
	return id
}

func (p *program) spec(s *rules.Ports) int32 {
	one := spec{set: s.Set, notSet: s.NotSet, names: p.namedPorts(s.Names), notNames: p.namedPorts(s.NotNames)}
	if !one.named() {
		one.set, one.notSet = s.Set.Minus(s.NotSet), ports.Set{}
	}
	p.buf = append(p.buf[:0], one.set.Key()...)
	p.buf = append(append(p.buf, '-'), one.notSet.Key()...)
	for _, list := range [][]int32{one.names, one.notNames} {
		p.buf = append(p.buf, '/')
		for _, n := range list {
			p.buf = binary.LittleEndian.AppendUint32(p.buf, uint32(n))
		}
	}
	id, ok := p.specIDs[string(p.buf)]
	if !ok {
		id = int32(len(p.specs))
		p.specIDs[string(p.buf)] = id
		p.specs = append(p.specs, one)
	}
	return id
}

func (p *program) namedPorts(list []rules.NamedPort) []int32 {
	if len(list) == 0 {
		return nil
	}
	out := make([]int32, len(list))
	for i, n := range list {
		id, ok := p.nameIDs[n]
		if !ok {
			id = int32(len(p.names))
			p.nameIDs[n] = id
			p.names = append(p.names, n)
		}
		out[i] = id
	}
	return out
}

// families returns which address families the policies name.
func (p *program) families() [2]bool {
	var used [2]bool
	p.eachPeer(func(q *rules.Peer) {
		for _, list := range blockNets(q) {
			for _, n := range list {
				used[addr.Of(n.Addr())] = true
			}
		}
	})
	return used
}

// eachPeer visits both ends of every rule.
func (p *program) eachPeer(visit func(*rules.Peer)) {
	for i := range p.rules {
		for _, list := range [][]peer{p.rules[i].peers, p.rules[i].local} {
			for j := range list {
				visit(list[j].Peer)
			}
		}
	}
}

// blockNets returns the ranges that a peer names, whatever for.
func blockNets(q *rules.Peer) [][]netip.Prefix {
	out := [][]netip.Prefix{q.Sets, q.NotSets}
	if q.Block != nil {
		out = append(out, q.Block.Nets, q.Block.Except)
	}
	return out
}

// portNames is the numbers that one pod's port names stand for, as far as
// policies ask for them: by index into program.names.
type portNames map[int32]ports.Set

// namedPort is one port of a pod that policies may ask for by name.
type namedPort struct {
	id    int32
	proto ports.Protocol
	port  uint16
}

// namesOf appends a pod's port names to out, sorted.
func (p *program) namesOf(from *kube.Pod, out []namedPort) []namedPort {
	if len(p.names) == 0 {
		return out
	}
	declared(from, func(port kube.ContainerPort) {
		if port.Name == "" {
			return
		}
		proto, _ := ports.ParseProtocol(port.Protocol)
		for _, n := range []rules.NamedPort{{Name: port.Name, Protocol: proto}, {Name: port.Name, Any: true}} {
			if id, ok := p.nameIDs[n]; ok {
				out = append(out, namedPort{id, proto, uint16(port.ContainerPort)})
			}
		}
	})
	slices.SortFunc(out, func(a, b namedPort) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.proto, b.proto), cmp.Compare(a.port, b.port))
	})
	return out
}

// gatherNames makes a map of a sorted list.
func gatherNames(list []namedPort) portNames {
	out := make(portNames, len(list))
	for _, n := range list {
		out[n.id] = out[n.id].Union(ports.Range(n.proto, n.port, n.port))
	}
	return out
}

// resolve returns the ports a specification means at a destination with these
// names; nil for an address.
func (s *spec) resolve(n portNames) ports.Set {
	set := s.set
	for _, id := range s.names {
		set = set.Union(n[id])
	}
	for _, id := range s.notNames {
		set = set.Minus(n[id])
	}
	return set.Minus(s.notSet)
}
