package netpol

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// plane is one address family's view of the cluster. Its entities are numbered
// through: classes of pods, then hosts (addresses of nodes that pods on the host
// network stand behind), then atoms of the address space.
type plane struct {
	family  addr.Family
	atoms   *addr.Atoms
	rows    *rowTable
	classOf []int32 // by row
	classes []class
	hosts   []host
	hostOf  map[int32]int32 // atom to host
	n       int             // entities
	sets    *setTable
	// profiles by Direction, and which of them each class has.
	profiles  [2][]*profile
	profileOf [2][]int32
	admit     admission
}

// class is the rows that no policy tells apart.
type class struct {
	rows   []int32
	names  int32 // the port names of all its pods
	atom   int32
	absent bool // its pods have no address of this family
}

// host is the pods on the host network that share an atom.
type host struct {
	atom int32
	pods []int32
}

func (p *plane) firstHost() int       { return len(p.classes) }
func (p *plane) firstAtom() int       { return len(p.classes) + len(p.hosts) }
func (p *plane) atomEntity(a int) int { return p.firstAtom() + a }

// entityOf returns the entity of a pod that has not ended; -1 when it takes no
// part in the family.
func (p *plane) entityOf(e *Engine, pod int) int {
	if r := p.rows.of[pod]; r >= 0 {
		return int(p.classOf[r])
	}
	one := &e.c.pods[pod]
	if one.standing != onHostNetwork || !one.in(p.family) {
		return -1
	}
	return p.firstHost() + int(p.hostOf[atomOf(one, p.atoms)])
}

// newPlane builds the view of one family.
func newPlane(e *Engine, f addr.Family, order []int32) *plane {
	p := &plane{family: f, atoms: addr.Divide(f, e.cuts)}
	p.rows = newRows(e.c, e.v, e.podNames, order, p.atoms)
	p.readHosts(e)
	table := newSetTable(e, p)
	p.refine(table)
	p.n = len(p.classes) + len(p.hosts) + p.atoms.Len()
	table.lift()
	table.resolveRules()
	p.sets = table
	for i := range e.prog.specs {
		if e.prog.specs[i].named() {
			p.divideByNames(e, int32(i))
		}
	}
	for d := range p.profiles {
		p.makeProfiles(e, rules.Direction(d))
	}
	return p
}

// readHosts finds the atoms in which a node's address lies: there are the nodes
// themselves, and the pods on the host network.
func (p *plane) readHosts(e *Engine) {
	p.hostOf = make(map[int32]int32)
	for i := range e.c.nodes {
		for _, ip := range e.c.nodes[i].addrs {
			if addr.Of(ip) == p.family {
				p.host(int32(p.atoms.Find(ip)))
			}
		}
	}
	for i := range e.c.pods {
		if one := &e.c.pods[i]; one.standing == onHostNetwork && one.in(p.family) {
			h := p.host(atomOf(one, p.atoms))
			h.pods = append(h.pods, int32(i))
		}
	}
}

func (p *plane) host(atom int32) *host {
	id, ok := p.hostOf[atom]
	if !ok {
		id = int32(len(p.hosts))
		p.hostOf[atom] = id
		p.hosts = append(p.hosts, host{atom: atom})
	}
	return &p.hosts[id]
}

// refine divides the rows into classes: rows stay together when every set of
// rows that a policy can name holds all of them or none.
func (p *plane) refine(t *setTable) {
	d := newDivision(len(p.rows.rows))
	type outer struct{ names, atom int32 }
	groups := make(map[outer][]uint32)
	for id := range p.rows.rows {
		r := &p.rows.rows[id]
		// Of the atom only its absence is told apart here: whether an address
		// lies in a block is what the sets of rows below say.
		key := outer{names: r.names, atom: min(r.atom, 0)}
		groups[key] = append(groups[key], uint32(id))
	}
	for _, ids := range groups {
		d.split(bits.Of(len(p.rows.rows), ids))
	}
	for _, s := range t.bySelector {
		d.split(s)
	}
	for i := range t.blocks {
		d.split(t.blocks[i].rows)
	}
	p.classOf = d.number()
	for id, c := range p.classOf {
		if int(c) == len(p.classes) {
			r := &p.rows.rows[id]
			p.classes = append(p.classes, class{names: r.names, atom: r.atom, absent: r.atom == noAtom})
		}
		p.classes[c].rows = append(p.classes[c].rows, int32(id))
	}
}

// division is a partition that is refined set by set.
type division struct {
	block []int32 // by element
	size  []int32 // by block
	free  []int32 // blocks of size 0
	to    []int32 // by block: where its part inside the set goes
	stamp []int32
	round int32
}

func newDivision(n int) *division {
	return &division{block: make([]int32, n), size: []int32{int32(n)}, to: []int32{0}, stamp: []int32{0}}
}

// split divides every block into what lies in s and what does not.
func (d *division) split(s bits.Set) {
	if s.IsFull() || s.Empty() {
		return
	}
	d.round++
	for i := range s.All() {
		b := d.block[i]
		if d.stamp[b] != d.round {
			d.stamp[b] = d.round
			d.to[b] = d.fresh()
			d.stamp[d.to[b]] = d.round
			d.to[d.to[b]] = d.to[b]
		}
		d.size[b]--
		d.size[d.to[b]]++
		d.block[i] = d.to[b]
		if d.size[b] == 0 {
			d.free = append(d.free, b)
		}
	}
}

func (d *division) fresh() int32 {
	if n := len(d.free); n > 0 {
		id := d.free[n-1]
		d.free = d.free[:n-1]
		return id
	}
	d.size = append(d.size, 0)
	d.to = append(d.to, 0)
	d.stamp = append(d.stamp, 0)
	return int32(len(d.size)) - 1
}

// number returns the block of each element, numbered by first appearance.
func (d *division) number() []int32 {
	names := slices.Repeat([]int32{-1}, len(d.size))
	next := int32(0)
	for i, b := range d.block {
		if names[b] < 0 {
			names[b] = next
			next++
		}
		d.block[i] = names[b]
	}
	return d.block
}
