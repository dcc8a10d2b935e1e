package netpol

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// Policies returns what each policy comes down to, in the order of evaluation.
func (e *Engine) Policies() []PolicyInfo {
	out := make([]PolicyInfo, len(e.prog.policies))
	f := &facts{e: e, pods: make(map[selectorID][]int)}
	at := make(map[*policy]int, len(out))
	for i := range e.prog.policies {
		p := &e.prog.policies[i]
		at[p] = i
		selected := f.selected(p.subject)
		out[i] = PolicyInfo{Ref: p.Ref, Origin: p.Origin, Tier: e.prog.tiers[p.tier].Name,
			Priority: p.Priority, Applies: p.Applies, Pods: selected,
			TierDenies: e.prog.tiers[p.tier].Default == rules.Deny}
		for d := range p.rules {
			for id := p.rules[d][0]; id < p.rules[d][1]; id++ {
				out[i].Rules = append(out[i].Rules, f.rule(id, selected))
			}
		}
	}
	e.tied(func(a, b *policy, _ rules.Direction) {
		x, y := &out[at[a]], &out[at[b]]
		if !slices.Contains(x.Ties, b.Ref) {
			x.Ties = append(x.Ties, b.Ref)
			y.Ties = append(y.Ties, a.Ref)
		}
	})
	return out
}

// podsIn returns the pods of the classes in a set, over all families.
func (e *Engine) podsIn(set func(*plane) bits.Set) []int {
	var out []int
	for _, p := range e.planes {
		for c := range set(p).Between(0, len(p.classes)) {
			for _, r := range p.classes[c].rows {
				for _, i := range p.rows.members[r] {
					out = append(out, int(i))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// facts gathers PolicyInfo, remembering which pods a selector matches: many
// rules share few selectors. Equal lists of pods are the same list.
type facts struct {
	e    *Engine
	pods map[selectorID][]int
}

func (f *facts) selected(id selectorID) []int {
	out, ok := f.pods[id]
	if !ok {
		out = f.e.podsIn(func(p *plane) bits.Set { return p.sets.bySelector[id] })
		f.pods[id] = out
	}
	return out
}

func (f *facts) rule(id RuleID, selected []int) RuleInfo {
	e := f.e
	r := &e.prog.rules[id]
	out := RuleInfo{Ref: e.ruleRef(id), Path: r.Path, Dead: !e.prog.policies[r.policy].Applies[r.dir],
		Whole: r.Any && r.Unsure == "" && len(r.local) == 0 && e.prog.specs[r.spec].set == ports.All() && !e.prog.specs[r.spec].named()}
	for i := range r.peers {
		out.Peers = append(out.Peers, f.peer(&r.peers[i]))
	}
	for i := range r.Ports.Entries {
		entry := &r.Ports.Entries[i]
		one := PortInfo{Path: entry.Path, Set: entry.Set}
		if entry.Name != nil {
			one.Name = entry.Name.Name
			one.Found = e.declare(*entry.Name, f.destinations(r, &out, selected))
		}
		out.Ports = append(out.Ports, one)
	}
	return out
}

// destinations returns the pods whose ports a rule speaks of.
func (f *facts) destinations(r *rule, info *RuleInfo, selected []int) []int {
	switch {
	case r.dir == rules.Ingress:
		return selected
	case r.Any:
		return f.e.podsIn(func(p *plane) bits.Set { return p.sets.pods })
	}
	var out []int
	for i := range info.Peers {
		out = append(out, info.Peers[i].Pods...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// declare counts the pods that have a port of that name.
func (e *Engine) declare(n rules.NamedPort, pods []int) int {
	count := 0
	id := e.prog.nameIDs[n]
	for _, i := range pods {
		if _, ok := e.names[e.podNames[i]][id]; ok {
			count++
		}
	}
	return count
}

func (f *facts) peer(q *peer) PeerInfo {
	out := PeerInfo{Path: q.Path, Block: q.Block != nil || q.Nodes != nil}
	if !out.Block && len(q.Sets) == 0 && q.NotPods == nil {
		if q.pods != noSelector {
			out.Pods = f.selected(q.pods)
		}
		return out
	}
	for _, p := range f.e.planes {
		if q.plain() {
			out.add(p, q)
		} else {
			out.addSet(p, p.sets.peer(q).yes)
		}
	}
	slices.Sort(out.Pods)
	out.Pods = slices.Compact(out.Pods)
	return out
}

// add gathers what one plane knows of a peer that names addresses.
func (info *PeerInfo) add(p *plane, q *peer) {
	spans := p.sets.spans(q.Peer)
	info.Outside = info.Outside || len(spans) > 0
	if q.Block != nil && !q.Block.Cluster {
		return
	}
	info.hosts(p, spans)
	for r := range p.rows.inSpans(spans).All() {
		for _, i := range p.rows.members[r] {
			info.Pods = append(info.Pods, int(i))
		}
	}
}

// addSet gathers what a set of entities stands for.
func (info *PeerInfo) addSet(p *plane, set bits.Set) {
	for i := range set.All() {
		switch {
		case i >= p.firstAtom():
			info.Outside = true
			return
		case i >= p.firstHost():
			for _, pod := range p.hosts[i-p.firstHost()].pods {
				info.Pods = append(info.Pods, int(pod))
			}
		default:
			for _, r := range p.classes[i].rows {
				for _, pod := range p.rows.members[r] {
					info.Pods = append(info.Pods, int(pod))
				}
			}
		}
	}
}

// hosts adds the pods on the host network whose node's address is in spans.
func (info *PeerInfo) hosts(p *plane, spans []addr.Span) {
	for i := range p.hosts {
		if h := &p.hosts[i]; h.atom >= 0 && addr.Contains(spans, int(h.atom)) {
			for _, pod := range h.pods {
				info.Pods = append(info.Pods, int(pod))
			}
		}
	}
}

// Isolated returns the policies with a say for a pod in one direction; none when
// it is open there.
func (e *Engine) Isolated(pod int, d Direction) []PolicyRef {
	for _, p := range e.planes {
		if entity := p.entityOf(e, pod); entity >= 0 && entity < len(p.classes) {
			var out []PolicyRef
			for _, i := range p.profiles[d][p.profileOf[d][entity]].policies {
				out = append(out, e.policyRef(i))
			}
			return out
		}
	}
	return nil
}
