package program

import (
	"encoding/binary"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// RuleID names a rule within one program.
type RuleID int

// SelectorID names a distinct selector of a program; NoSelector none.
type SelectorID int32

// NoSelector is the id of a selector that is not set.
const NoSelector SelectorID = -1

// Program is all policies in the order of evaluation.
type Program struct {
	Tiers     []rules.Tier
	Policies  []Policy
	Rules     []Rule
	Selectors []*rules.Selector
	Specs     []PortSpec // distinct port specifications
	NameIDs   map[rules.NamedPort]int32

	selectorIDs map[string]SelectorID
	specIDs     map[string]int32
	buf         []byte
}

// Policy is a policy in its place.
type Policy struct {
	*rules.Policy
	Tier      int32
	SubjectID SelectorID
	Span      [2][2]RuleID // by Direction: first, and one behind the last
	Narrow    [2]bool      // by Direction: some rule is for some of the pods only
}

// Rule is a rule in its place. Its Peers and Local hide those of the rule it
// stands for: they are the same with their selectors interned.
type Rule struct {
	*rules.Rule
	Policy    int32
	Direction rules.Direction
	Peers     []Peer
	Local     []Peer // none or one
	Spec      int32
	Split     bool // one of several that stand for one rule of the policy
}

// Peer is a rule's peer with its selectors interned.
type Peer struct {
	*rules.Peer
	PodsID, NotPodsID SelectorID
}

// AddressOnly reports whether the peer is nothing but addresses, so that it can
// be joined with others of the rule.
func (q *Peer) AddressOnly() bool {
	return q.Pods == nil && q.NotPods == nil && (q.Block != nil || q.Nodes != nil)
}

// Compile interns what the tiers share.
func Compile(tiers []rules.Tier) *Program {
	p := &Program{
		Tiers: tiers, NameIDs: make(map[rules.NamedPort]int32),
		selectorIDs: make(map[string]SelectorID), specIDs: make(map[string]int32),
	}
	policies, rules := 0, 0
	for t := range tiers {
		policies += len(tiers[t].Policies)
		for i := range tiers[t].Policies {
			one := &tiers[t].Policies[i]
			rules += len(one.Rules[0]) + len(one.Rules[1])
		}
	}
	p.Policies, p.Rules = make([]Policy, 0, policies), make([]Rule, 0, rules)
	for t := range tiers {
		for i := range tiers[t].Policies {
			p.addPolicy(int32(t), &tiers[t].Policies[i])
		}
	}
	return p
}

func (p *Program) addPolicy(tier int32, from *rules.Policy) {
	one := Policy{Policy: from, Tier: tier, SubjectID: p.internSelector(&from.Subject)}
	at := int32(len(p.Policies))
	for d := range from.Rules {
		one.Span[d][0] = RuleID(len(p.Rules))
		for i := range from.Rules[d] {
			r := &from.Rules[d][i]
			split := i > 0 && from.Rules[d][i-1].Index == r.Index
			if split {
				p.Rules[len(p.Rules)-1].Split = true
			}
			p.Rules = append(p.Rules, Rule{Rule: r, Policy: at, Direction: rules.Direction(d), Split: split,
				Peers: p.internPeers(r.Peers), Local: p.internLocal(r), Spec: p.internSpec(&r.Ports)})
			one.Narrow[d] = one.Narrow[d] || r.Local != nil
		}
		one.Span[d][1] = RuleID(len(p.Rules))
	}
	p.Policies = append(p.Policies, one)
}

func (p *Program) internPeers(list []rules.Peer) []Peer {
	out := make([]Peer, len(list))
	for i := range list {
		out[i] = Peer{Peer: &list[i], PodsID: NoSelector, NotPodsID: NoSelector}
		if list[i].Pods != nil {
			out[i].PodsID = p.internSelector(list[i].Pods)
		}
		if list[i].NotPods != nil {
			out[i].NotPodsID = p.internSelector(list[i].NotPods)
		}
	}
	return out
}

func (p *Program) internLocal(r *rules.Rule) []Peer {
	if r.Local == nil {
		return nil
	}
	return p.internPeers([]rules.Peer{*r.Local})
}

func (p *Program) internSelector(s *rules.Selector) SelectorID {
	p.buf = s.AppendID(p.buf[:0])
	id, ok := p.selectorIDs[string(p.buf)]
	if !ok {
		id = SelectorID(len(p.Selectors))
		p.selectorIDs[string(p.buf)] = id
		p.Selectors = append(p.Selectors, s)
	}
	return id
}

func (p *Program) internSpec(s *rules.Ports) int32 {
	one := PortSpec{Set: s.Set, notSet: s.NotSet, names: p.internNames(s.Names), notNames: p.internNames(s.NotNames)}
	if !one.HasNames() {
		one.Set, one.notSet = s.Set.Minus(s.NotSet), ports.Set{}
	}
	p.buf = append(p.buf[:0], one.Set.Key()...)
	p.buf = append(append(p.buf, '-'), one.notSet.Key()...)
	for _, list := range [][]int32{one.names, one.notNames} {
		p.buf = append(p.buf, '/')
		for _, n := range list {
			p.buf = binary.LittleEndian.AppendUint32(p.buf, uint32(n))
		}
	}
	id, ok := p.specIDs[string(p.buf)]
	if !ok {
		id = int32(len(p.Specs))
		p.specIDs[string(p.buf)] = id
		p.Specs = append(p.Specs, one)
	}
	return id
}

func (p *Program) internNames(list []rules.NamedPort) []int32 {
	if len(list) == 0 {
		return nil
	}
	out := make([]int32, len(list))
	for i, n := range list {
		id, ok := p.NameIDs[n]
		if !ok {
			id = int32(len(p.NameIDs))
			p.NameIDs[n] = id
		}
		out[i] = id
	}
	return out
}

// Families returns which address families the policies name.
func (p *Program) Families() [2]bool {
	var used [2]bool
	p.EachPeer(func(q *rules.Peer) {
		for _, list := range AddressLists(q) {
			for _, n := range list {
				used[addr.Of(n.Addr())] = true
			}
		}
	})
	return used
}

// EachPeer visits both ends of every rule.
func (p *Program) EachPeer(visit func(*rules.Peer)) {
	for i := range p.Rules {
		for _, list := range [][]Peer{p.Rules[i].Peers, p.Rules[i].Local} {
			for j := range list {
				visit(list[j].Peer)
			}
		}
	}
}

// AddressLists returns the ranges that a peer names, whatever for.
func AddressLists(q *rules.Peer) [][]netip.Prefix {
	out := [][]netip.Prefix{q.Sets, q.NotSets}
	if q.Block != nil {
		out = append(out, q.Block.Nets, q.Block.Except)
	}
	return out
}

// TierEnd returns the tier of the policy at an index of a list in the order of
// evaluation, and the index behind the last policy of that tier.
func (p *Program) TierEnd(policies []int32, at int) (tier int32, end int) {
	tier = p.Policies[policies[at]].Tier
	for end = at; end < len(policies) && p.Policies[policies[end]].Tier == tier; end++ {
	}
	return tier, end
}
