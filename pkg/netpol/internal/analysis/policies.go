package analysis

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// PolicyInfo is what a policy comes down to among the present objects.
type PolicyInfo struct {
	Ref      kube.Ref
	Origin   kube.Origin
	Tier     string
	Priority float64    // lower first; the same for all NetworkPolicies
	Applies  [2]bool    // by Direction: whether it isolates or decides there
	Pods     []int      // the pods it selects, as indexes into Objects.Pods
	Rules    []RuleInfo // in both directions, applying or dead
	// Ties are other policies of the same tier and priority, at most a few of
	// many, that select at least one pod in common; which wins is undefined.
	Ties []kube.Ref
	// TierDenies reports whether the tier denies what no policy in it decides.
	TierDenies bool
}

// RuleInfo is what one rule comes down to.
type RuleInfo struct {
	Ref   program.RuleRef
	Path  string     // of the rule, as in "spec.ingress[0]"
	Dead  bool       // its direction is not in the policy's policyTypes
	Whole bool       // it matches every peer on every port, for every pod selected
	Peers []PeerInfo // empty: every peer
	Ports []PortInfo // empty: every port
}

// PeerInfo is one entry of a rule's list of peers.
type PeerInfo struct {
	Path    string // as in "spec.ingress[0].from[1]"
	Pods    []int  // the pods it matches, by label or by address
	Block   bool   // it names address ranges
	Outside bool   // it matches by address, so also where no known pod is
}

// PortInfo is one entry of a rule's list of ports.
type PortInfo struct {
	Path string
	Name string    // "" for a port by number
	Set  ports.Set // for a port by number
	// Found is, for a port by name, how many of the destination pods (the
	// selected pods for ingress, the peers for egress) declare it.
	Found int
}

// Policies returns what each policy comes down to, in the order of evaluation.
func Policies(m *verdict.Model) []PolicyInfo {
	prog := m.Program
	out := make([]PolicyInfo, len(prog.Policies))
	f := &facts{m: m, prog: prog, pods: make(map[program.SelectorID][]int)}
	for i := range prog.Policies {
		p := &prog.Policies[i]
		selected := f.selected(p.SubjectID)
		out[i] = PolicyInfo{Ref: p.Ref, Origin: p.Origin, Tier: prog.Tiers[p.Tier].Name,
			Priority: p.Priority, Applies: p.Applies, Pods: selected,
			TierDenies: prog.Tiers[p.Tier].Default == rules.Deny}
		for d := range p.Span {
			for id := p.Span[d][0]; id < p.Span[d][1]; id++ {
				out[i].Rules = append(out[i].Rules, f.rule(id, selected))
			}
		}
	}
	eachTie(m, func(a, b int, _ rules.Direction) {
		x, y := &out[a], &out[b]
		if !slices.Contains(x.Ties, y.Ref) {
			x.Ties = append(x.Ties, y.Ref)
			y.Ties = append(y.Ties, x.Ref)
		}
	})
	return out
}

// podsIn returns the pods of the classes in a set, over all families.
func podsIn(m *verdict.Model, set func(*verdict.View) bits.Set) []int {
	var out []int
	for _, v := range m.Views {
		for c := range set(v).Between(0, len(v.Classes)) {
			out = v.AppendClass(out, c)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// facts gathers PolicyInfo and caches which pods a selector matches: many rules
// share few selectors. Equal lists of pods are the same list.
type facts struct {
	m    *verdict.Model
	prog *program.Program
	pods map[program.SelectorID][]int
}

func (f *facts) selected(id program.SelectorID) []int {
	out, ok := f.pods[id]
	if !ok {
		out = podsIn(f.m, func(v *verdict.View) bits.Set { return v.BySelector[id] })
		f.pods[id] = out
	}
	return out
}

func (f *facts) rule(id program.RuleID, selected []int) RuleInfo {
	r := &f.prog.Rules[id]
	spec := &f.prog.Specs[r.Spec]
	out := RuleInfo{Ref: f.prog.RuleRef(id), Path: r.Path, Dead: !f.prog.Policies[r.Policy].Applies[r.Direction],
		Whole: r.Any && r.Unsure == "" && len(r.Local) == 0 && spec.Set == ports.All() && !spec.HasNames()}
	for i := range r.Peers {
		out.Peers = append(out.Peers, f.peer(&r.Peers[i]))
	}
	for i := range r.Ports.Entries {
		entry := &r.Ports.Entries[i]
		one := PortInfo{Path: entry.Path, Set: entry.Set}
		if entry.Name != nil {
			one.Name = entry.Name.Name
			one.Found = f.countNamed(*entry.Name, f.destinations(r, &out, selected))
		}
		out.Ports = append(out.Ports, one)
	}
	return out
}

// destinations returns the pods whose ports a rule means.
func (f *facts) destinations(r *program.Rule, info *RuleInfo, selected []int) []int {
	switch {
	case r.Direction == rules.Ingress:
		return selected
	case r.Any:
		return podsIn(f.m, func(v *verdict.View) bits.Set { return v.Pods })
	}
	var out []int
	for i := range info.Peers {
		out = append(out, info.Peers[i].Pods...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// countNamed counts the pods that have a port of that name.
func (f *facts) countNamed(n rules.NamedPort, pods []int) int {
	count := 0
	id := f.prog.NameIDs[n]
	for _, i := range pods {
		if _, ok := f.m.PortNames(i)[id]; ok {
			count++
		}
	}
	return count
}

func (f *facts) peer(q *program.Peer) PeerInfo {
	out := PeerInfo{Path: q.Path, Block: q.Block != nil || q.Nodes != nil}
	if !out.Block && len(q.Sets) == 0 && q.NotPods == nil {
		if q.PodsID != program.NoSelector {
			out.Pods = f.selected(q.PodsID)
		}
		return out
	}
	for _, v := range f.m.Views {
		if q.AddressOnly() {
			out.addAddresses(v, q)
		} else {
			out.addSet(v, v.MatchPeer(q).Yes)
		}
	}
	slices.Sort(out.Pods)
	out.Pods = slices.Compact(out.Pods)
	return out
}

// addAddresses adds what a peer that names addresses matches in one view.
func (info *PeerInfo) addAddresses(v *verdict.View, q *program.Peer) {
	spans := v.Spans(q.Peer)
	info.Outside = info.Outside || len(spans) > 0
	if q.Block == nil || q.Block.Cluster {
		info.Pods = v.AppendWithin(info.Pods, spans)
	}
}

// addSet adds what a set of entities stands for.
func (info *PeerInfo) addSet(v *verdict.View, set bits.Set) {
	for i := range set.All() {
		switch {
		case i >= v.FirstAtom():
			info.Outside = true
			return
		case i >= v.FirstHost():
			info.Pods = v.Hosts[i-v.FirstHost()].AppendPods(info.Pods)
		default:
			info.Pods = v.AppendClass(info.Pods, i)
		}
	}
}

// Isolating returns the policies with a say for a pod in one direction; none when
// it is open there.
func Isolating(m *verdict.Model, pod int, d rules.Direction) []program.PolicyRef {
	for _, v := range m.Views {
		if entity := v.EntityOf(pod); entity >= 0 && entity < len(v.Classes) {
			return v.Profile(entity, d).PolicyRefs(m.Program)
		}
	}
	return nil
}
