package space

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
)

// entities are what a rule can match in one address family, numbered through:
// first classes of pods, then hosts, then the atoms of the address space.
type entities struct {
	Family  addr.Family
	Atoms   *addr.Atoms
	Classes []Class
	Hosts   []Host
	N       int // of all entities

	inv     *inventory.Inventory
	rows    *rowTable
	classOf []int32         // by row
	hostOf  map[int32]int32 // by atom
}

// Class is an equivalence class of pods: rows that no policy tells apart.
type Class struct {
	Names  int32 // the port names of all its pods, see FamilyView.PortNames
	Absent bool  // its pods have no address of this family
	rows   []int32
	atom   int32
}

// Host is an address of nodes, and the pods on the host network behind it.
type Host struct {
	Atom int32 // negative for pods whose address is not known
	Pods []int32
}

// newEntities finds the rows and the hosts of a family; refine then makes the
// classes, and only after it the entities have their numbers.
func newEntities(inv *inventory.Inventory, names []int32, f addr.Family, v *vocabulary, order []int32, cuts []netip.Prefix) *entities {
	e := &entities{Family: f, Atoms: addr.Divide(f, cuts), inv: inv, hostOf: make(map[int32]int32)}
	e.rows = newRows(inv, v, names, order, e.Atoms)
	e.readHosts()
	return e
}

// FirstHost is the entity of the first host.
func (e *entities) FirstHost() int { return len(e.Classes) }

// FirstAtom is the entity of the first atom.
func (e *entities) FirstAtom() int { return len(e.Classes) + len(e.Hosts) }

// AtomEntity is the entity of an atom.
func (e *entities) AtomEntity(atom int) int { return e.FirstAtom() + atom }

// HostEntity is the entity of the host at an atom where a node's address lies.
func (e *entities) HostEntity(atom int) int { return e.FirstHost() + int(e.hostOf[int32(atom)]) }

// EntityOf returns the entity of a pod that has not ended; -1 when it takes no
// part in the family.
func (e *entities) EntityOf(pod int) int {
	if r := e.rows.of[pod]; r >= 0 {
		return int(e.classOf[r])
	}
	one := &e.inv.Pods[pod]
	if one.Network != inventory.OnHostNetwork || !one.InFamily(e.Family) {
		return -1
	}
	return e.HostEntity(int(atomOf(one, e.Atoms)))
}

// AppendClass appends the pods of a class.
func (e *entities) AppendClass(out []int, class int) []int {
	for _, r := range e.Classes[class].rows {
		out = e.appendRow(out, r)
	}
	return out
}

// AppendWithin appends the pods whose address lies in sorted spans of atoms.
func (e *entities) AppendWithin(out []int, spans []addr.Span) []int {
	for i := range e.Hosts {
		if h := &e.Hosts[i]; h.Atom >= 0 && addr.Contains(spans, int(h.Atom)) {
			out = h.AppendPods(out)
		}
	}
	for r := range e.rows.inSpans(spans).All() {
		out = e.appendRow(out, int32(r))
	}
	return out
}

// AppendPods appends the pods on the host network.
func (h *Host) AppendPods(out []int) []int {
	for _, pod := range h.Pods {
		out = append(out, int(pod))
	}
	return out
}

func (e *entities) appendRow(out []int, row int32) []int {
	for _, pod := range e.rows.members[row] {
		out = append(out, int(pod))
	}
	return out
}

// readHosts finds the atoms in which a node's address lies: there are the nodes
// themselves, and the pods on the host network.
func (e *entities) readHosts() {
	for i := range e.inv.Nodes {
		for _, ip := range e.inv.Nodes[i].Addrs {
			if addr.Of(ip) == e.Family {
				e.host(int32(e.Atoms.Find(ip)))
			}
		}
	}
	for i := range e.inv.Pods {
		if one := &e.inv.Pods[i]; one.Network == inventory.OnHostNetwork && one.InFamily(e.Family) {
			h := e.host(atomOf(one, e.Atoms))
			h.Pods = append(h.Pods, int32(i))
		}
	}
}

func (e *entities) host(atom int32) *Host {
	id, ok := e.hostOf[atom]
	if !ok {
		id = int32(len(e.Hosts))
		e.hostOf[atom] = id
		e.Hosts = append(e.Hosts, Host{Atom: atom})
	}
	return &e.Hosts[id]
}

// refine divides the rows into classes: rows stay together when every set that
// each visits, which are all that a policy can name, has all of them or none.
func (e *entities) refine(each func(visit func(bits.Set))) {
	d := newDivision(len(e.rows.rows))
	type outer struct{ names, atom int32 }
	groups := make(map[outer][]uint32)
	for id := range e.rows.rows {
		r := &e.rows.rows[id]
		// Of the atom only its absence matters here: whether an address lies in a
		// block is in the sets of rows below.
		key := outer{names: r.names, atom: min(r.atom, 0)}
		groups[key] = append(groups[key], uint32(id))
	}
	for _, ids := range groups {
		d.split(bits.Of(len(e.rows.rows), ids))
	}
	each(d.split)
	e.classOf = d.number()
	for id, c := range e.classOf {
		if int(c) == len(e.Classes) {
			r := &e.rows.rows[id]
			e.Classes = append(e.Classes, Class{Names: r.names, atom: r.atom, Absent: r.atom == noAtom})
		}
		e.Classes[c].rows = append(e.Classes[c].rows, int32(id))
	}
	e.N = len(e.Classes) + len(e.Hosts) + e.Atoms.Len()
}
