package netpol

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// Policies returns what each policy comes down to, in the order of evaluation.
func (e *Engine) Policies() []PolicyInfo {
	out := make([]PolicyInfo, len(e.prog.policies))
	at := make(map[*policy]int, len(out))
	for i := range e.prog.policies {
		p := &e.prog.policies[i]
		at[p] = i
		selected := e.podsIn(func(pl *plane) bits.Set { return pl.sets.bySelector[p.subject] })
		out[i] = PolicyInfo{Ref: p.Ref, Origin: p.Origin, Tier: e.prog.tiers[p.tier].Name,
			Priority: p.Priority, Applies: p.Applies, Pods: selected}
		for d := range p.rules {
			for id := p.rules[d][0]; id < p.rules[d][1]; id++ {
				out[i].Rules = append(out[i].Rules, e.ruleInfo(id, selected))
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

func (e *Engine) ruleInfo(id RuleID, selected []int) RuleInfo {
	r := &e.prog.rules[id]
	out := RuleInfo{Ref: e.ruleRef(id), Path: r.Path, Dead: !e.prog.policies[r.policy].Applies[r.dir]}
	var peers []int
	for i := range r.peers {
		one := e.peerInfo(&r.peers[i])
		peers = append(peers, one.Pods...)
		out.Peers = append(out.Peers, one)
	}
	slices.Sort(peers)
	destinations := slices.Compact(peers)
	switch {
	case r.dir == rules.Ingress:
		destinations = selected
	case r.Any:
		destinations = e.podsIn(func(p *plane) bits.Set { return p.sets.pods })
	}
	for i := range r.Ports.Entries {
		entry := &r.Ports.Entries[i]
		one := PortInfo{Path: entry.Path, Set: entry.Set}
		if entry.Name != nil {
			one.Name = entry.Name.Name
			one.Found = e.declare(*entry.Name, destinations)
		}
		out.Ports = append(out.Ports, one)
	}
	return out
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

func (e *Engine) peerInfo(q *peer) PeerInfo {
	out := PeerInfo{Path: q.Path, Block: q.Block != nil || q.Nodes != nil}
	for _, p := range e.planes {
		out.add(e, p, q)
	}
	slices.Sort(out.Pods)
	out.Pods = slices.Compact(out.Pods)
	return out
}

// add gathers what one plane knows of a peer.
func (info *PeerInfo) add(e *Engine, p *plane, q *peer) {
	var rows bits.Set
	n := len(p.rows.rows)
	switch {
	case q.Block == nil && q.Nodes == nil && q.Pods == nil:
		return
	case q.Block == nil && q.Nodes == nil:
		rows = p.sets.rowsOf(p.sets.bySelector[q.pods])
	default:
		spans := p.sets.spans(q.Peer)
		rows = bits.None(n)
		if q.Block == nil || q.Block.Cluster {
			rows = p.rows.inSpans(spans)
			info.hosts(e, p, spans)
		}
		if q.Pods != nil {
			rows = rows.And(p.sets.rowsOf(p.sets.bySelector[q.pods]))
		}
		info.Outside = info.Outside || q.Pods == nil && len(spans) > 0
	}
	for r := range rows.All() {
		for _, i := range p.rows.members[r] {
			info.Pods = append(info.Pods, int(i))
		}
	}
}

// hosts adds the pods on the host network whose node's address is in spans.
func (info *PeerInfo) hosts(e *Engine, p *plane, spans []addr.Span) {
	for i := range p.hosts {
		if h := &p.hosts[i]; h.atom >= 0 && addr.Contains(spans, int(h.atom)) {
			for _, pod := range h.pods {
				info.Pods = append(info.Pods, int(pod))
			}
		}
	}
}

// rowsOf returns the rows of the classes in a set of entities.
func (t *setTable) rowsOf(set bits.Set) bits.Set {
	b := bits.NewBuilder(len(t.p.rows.rows))
	for c := range set.Between(0, len(t.p.classes)) {
		for _, r := range t.p.classes[c].rows {
			b.Add(int(r))
		}
	}
	return b.Set()
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

// Backends resolves a service to its pods and their ports, in the order of its
// ports; none for a service without selector. Pods that have ended are not among
// them, pods on the host network are.
func (e *Engine) Backends(s *kube.Service) []Backend {
	id, ok := e.c.nsByName[s.Meta.Namespace]
	if !ok || len(s.Spec.Selector) == 0 {
		return nil
	}
	var out []Backend
	for _, port := range s.Spec.Ports {
		one := Backend{Port: port}
		for _, i := range e.c.namespaces[id].pods {
			p := &e.objects.Pods[i]
			if e.c.pods[i].standing == ended || !hasAll(p.Meta.Labels, s.Spec.Selector) {
				continue
			}
			if n := targetPort(p, &port); n != 0 {
				one.Pods = append(one.Pods, BackendPod{Pod: int(i), Port: n})
			}
		}
		out = append(out, one)
	}
	return out
}

func hasAll(labels, want map[string]string) bool {
	for k, v := range want {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// targetPort returns where traffic for a service's port arrives at a pod; 0 when
// the pod declares no port of the name. Of several, the first counts, as for the
// endpoints controller.
func targetPort(p *kube.Pod, port *kube.ServicePort) uint16 {
	switch t := port.TargetPort; {
	case t == nil || t.Str == "" && t.Int == 0:
		return uint16(port.Port)
	case t.Str == "":
		return uint16(t.Int)
	}
	proto, found := port.Protocol, uint16(0)
	declared(p, func(c kube.ContainerPort) {
		if found == 0 && c.Name == port.TargetPort.Str && orTCP(c.Protocol) == orTCP(proto) {
			found = uint16(c.ContainerPort)
		}
	})
	return found
}

func orTCP(protocol string) string {
	if protocol == "" {
		return "TCP"
	}
	return protocol
}
