package flow

import (
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Unit is a peer of a map: the pods it stands for, and their entities in each
// family view.
type Unit struct {
	Peer     *Peer
	Members  [][]Member // by view
	replicas int        // pods it stands for
}

// Member is an entity and how many pods of the unit it holds.
type Member struct{ Entity, pods int32 }

// Units is all peers of one grouping, sorted by name.
type Units struct {
	List    []Unit
	of      []int32         // by pod; -1 for pods that have ended
	at      [][][]int32     // by view and entity: the units that have it
	divided map[string]bool // workloads shown pod by pod
}

// group is the pods of a unit before it has its entities.
type group struct {
	kind      PeerKind
	label     string
	ns        string
	workload  string
	name      string
	pods      []int32
	mayDivide bool
}

// NewUnits groups the pods. divide forces the named workloads to be shown pod by
// pod.
func NewUnits(m *verdict.Model, by By, divide map[string]bool) *Units {
	divided := make(map[string]bool)
	groups := groupPods(m, by)
	out := make([]*group, 0, len(groups))
	for _, g := range groups {
		if !g.mayDivide || !divide[g.label] && uniform(m, g.pods) {
			out = append(out, g)
			continue
		}
		divided[g.label] = true
		for _, i := range g.pods {
			one := newGroup(ByPod, m.Inventory.Objects.Pods[i].Ref())
			one.pods = []int32{i}
			out = append(out, one)
		}
	}
	u := arrangeUnits(m, out)
	u.divided = divided
	return u
}

// groupPods groups the pods that have not ended by what they are shown as.
func groupPods(m *verdict.Model, by By) []*group {
	groups := make(map[kube.Ref]*group, len(m.Inventory.Pods))
	order := make([]*group, 0, len(m.Inventory.Pods))
	for i := range m.Inventory.Pods {
		if m.Inventory.Pods[i].Network == inventory.Ended {
			continue
		}
		p := &m.Inventory.Objects.Pods[i]
		var key kube.Ref
		switch by {
		case ByNamespace:
			key = kube.Ref{Kind: "Namespace", Name: p.Meta.Namespace}
		case ByPod:
			key = p.Ref()
		default:
			key = inventory.OwnerOf(p)
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
func uniform(m *verdict.Model, pods []int32) bool {
	first := &m.Inventory.Pods[pods[0]]
	for _, i := range pods[1:] {
		one := &m.Inventory.Pods[i]
		if one.Network != first.Network {
			return false
		}
		if one.Network == inventory.OnHostNetwork {
			continue
		}
		for _, v := range m.Views {
			if v.EntityOf(int(i)) != v.EntityOf(int(pods[0])) {
				return false
			}
		}
	}
	return true
}

// arrangeUnits sorts the groups and finds their entities.
func arrangeUnits(m *verdict.Model, groups []*group) *Units {
	slices.SortFunc(groups, func(a, b *group) int { return strings.Compare(a.label, b.label) })
	u := &Units{List: make([]Unit, len(groups)), of: slices.Repeat([]int32{-1}, len(m.Inventory.Pods))}
	for _, v := range m.Views {
		u.at = append(u.at, make([][]int32, v.FirstAtom()))
	}
	peers := make([]Peer, len(groups))
	pods := make([]int, 0, len(m.Inventory.Pods))
	for id, g := range groups {
		peer := &peers[id]
		*peer = Peer{Kind: g.kind, Namespace: g.ns, Workload: g.workload, Name: g.name, label: g.label}
		one := &u.List[id]
		one.Peer = peer
		from := len(pods)
		for _, i := range g.pods {
			pods = append(pods, int(i))
			one.replicas += max(1, m.Inventory.Objects.Pods[i].Replicas)
			u.of[i] = int32(id)
		}
		peer.Pods = pods[from:len(pods):len(pods)]
		for at, v := range m.Views {
			if one.Members == nil {
				one.Members = make([][]Member, 0, len(m.Views))
			}
			one.Members = append(one.Members, membersOf(m, v, g.pods))
			for _, member := range one.Members[at] {
				u.at[at][member.Entity] = append(u.at[at][member.Entity], int32(id))
			}
		}
	}
	return u
}

func membersOf(m *verdict.Model, v *verdict.View, pods []int32) []Member {
	if len(pods) == 1 {
		entity := int32(v.EntityOf(int(pods[0])))
		if entity < 0 {
			return nil
		}
		return []Member{{entity, int32(max(1, m.Inventory.Objects.Pods[pods[0]].Replicas))}}
	}
	var out []Member
	at := make(map[int32]int)
	for _, i := range pods {
		entity := int32(v.EntityOf(int(i)))
		if entity < 0 {
			continue
		}
		n := int32(max(1, m.Inventory.Objects.Pods[i].Replicas))
		if j, ok := at[entity]; ok {
			out[j].pods += n
			continue
		}
		at[entity] = len(out)
		out = append(out, Member{entity, n})
	}
	return out
}
