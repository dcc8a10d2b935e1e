package netpol

import (
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// unit is a peer of a map: the pods it stands for, and their entities in each
// plane.
type unit struct {
	peer     *Peer
	members  [][]member // by plane
	replicas int        // pods it stands for
}

// member is an entity and how many pods of the unit it holds.
type member struct{ entity, pods int32 }

// units is all peers of one grouping, sorted by name.
type units struct {
	list    []unit
	of      []int32         // by pod; -1 for pods that have ended
	at      [][][]int32     // by plane and entity: the units that have it
	divided map[string]bool // workloads shown pod by pod
}

// group is a unit in the making.
type group struct {
	kind      PeerKind
	label     string
	ns        string
	workload  string
	name      string
	pods      []int32
	mayDivide bool
}

// ownerOf returns the workload a pod is shown as; the pod itself without one.
func ownerOf(p *kube.Pod) kube.Ref {
	ref := p.Owner
	if ref.Name == "" {
		return p.Ref()
	}
	if ref.Namespace == "" {
		ref.Namespace = p.Meta.Namespace
	}
	return ref
}

// newUnits groups the pods. divide forces the named workloads to be shown pod by
// pod.
func newUnits(e *Engine, by By, divide map[string]bool) *units {
	divided := make(map[string]bool)
	groups := e.group(by)
	out := make([]*group, 0, len(groups))
	for _, g := range groups {
		if !g.mayDivide || !divide[g.label] && e.uniform(g.pods) {
			out = append(out, g)
			continue
		}
		divided[g.label] = true
		for _, i := range g.pods {
			one := newGroup(ByPod, e.objects.Pods[i].Ref())
			one.pods = []int32{i}
			out = append(out, one)
		}
	}
	u := e.arrange(out)
	u.divided = divided
	return u
}

// group puts the pods that have not ended under what they are shown as.
func (e *Engine) group(by By) []*group {
	groups := make(map[kube.Ref]*group, len(e.c.pods))
	order := make([]*group, 0, len(e.c.pods))
	for i := range e.c.pods {
		if e.c.pods[i].standing == ended {
			continue
		}
		p := &e.objects.Pods[i]
		var key kube.Ref
		switch by {
		case ByNamespace:
			key = namespaceRef(p.Meta.Namespace)
		case ByPod:
			key = p.Ref()
		default:
			key = ownerOf(p)
		}
		g, ok := groups[key]
		if !ok {
			g = newGroup(by, key)
			groups[key] = g
			order = append(order, g)
		}
		g.pods = append(g.pods, int32(i))
	}
	return order
}

func newGroup(by By, key kube.Ref) *group {
	switch {
	case by == ByNamespace:
		return &group{kind: NamespacePeer, label: key.Name, ns: key.Name, name: key.Name}
	case by == ByPod || key.Kind == "Pod":
		return &group{kind: PodPeer, label: key.Namespace + "/" + key.Name, ns: key.Namespace, name: key.Name}
	}
	return &group{kind: WorkloadPeer, label: key.Namespace + "/" + key.Kind + "/" + key.Name,
		ns: key.Namespace, workload: key.Kind, name: key.Name, mayDivide: true}
}

// uniform reports whether policies treat the pods alike. Pods on the host network
// always count as alike: their addresses are their nodes', and their workload is
// shown as what any of them can do.
func (e *Engine) uniform(pods []int32) bool {
	first := &e.c.pods[pods[0]]
	for _, i := range pods[1:] {
		one := &e.c.pods[i]
		if one.standing != first.standing {
			return false
		}
		if one.standing == onHostNetwork {
			continue
		}
		for _, p := range e.planes {
			if p.entityOf(e, int(i)) != p.entityOf(e, int(pods[0])) {
				return false
			}
		}
	}
	return true
}

// arrange sorts the groups and finds their entities.
func (e *Engine) arrange(groups []*group) *units {
	slices.SortFunc(groups, func(a, b *group) int { return strings.Compare(a.label, b.label) })
	u := &units{list: make([]unit, len(groups)), of: slices.Repeat([]int32{-1}, len(e.c.pods))}
	for _, p := range e.planes {
		u.at = append(u.at, make([][]int32, p.firstAtom()))
	}
	peers := make([]Peer, len(groups))
	pods := make([]int, 0, len(e.c.pods))
	for id, g := range groups {
		peer := &peers[id]
		*peer = Peer{Kind: g.kind, Namespace: g.ns, Workload: g.workload, Name: g.name, label: g.label}
		one := &u.list[id]
		one.peer = peer
		from := len(pods)
		for _, i := range g.pods {
			pods = append(pods, int(i))
			one.replicas += max(1, e.objects.Pods[i].Replicas)
			u.of[i] = int32(id)
		}
		peer.Pods = pods[from:len(pods):len(pods)]
		for at, p := range e.planes {
			if one.members == nil {
				one.members = make([][]member, 0, len(e.planes))
			}
			one.members = append(one.members, e.membersOf(p, g.pods))
			for _, m := range one.members[at] {
				u.at[at][m.entity] = append(u.at[at][m.entity], int32(id))
			}
		}
	}
	return u
}

func (e *Engine) membersOf(p *plane, pods []int32) []member {
	if len(pods) == 1 {
		entity := int32(p.entityOf(e, int(pods[0])))
		if entity < 0 {
			return nil
		}
		return []member{{entity, int32(max(1, e.objects.Pods[pods[0]].Replicas))}}
	}
	var out []member
	at := make(map[int32]int)
	for _, i := range pods {
		entity := int32(p.entityOf(e, int(i)))
		if entity < 0 {
			continue
		}
		n := int32(max(1, e.objects.Pods[i].Replicas))
		if j, ok := at[entity]; ok {
			out[j].pods += n
			continue
		}
		at[entity] = len(out)
		out = append(out, member{entity, n})
	}
	return out
}
