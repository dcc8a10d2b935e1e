package page

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// rangedSize is about what a range takes in a list, as JSON.
const rangedSize = 16

// ranged is a range of addresses with what it exchanges. To the script it is an
// array of its fields, without their names.
type ranged struct {
	id     int // of the range, an index into Ranges
	ports  int
	traces []int
}

// MarshalJSON returns [id, ports, traces].
func (r ranged) MarshalJSON() ([]byte, error) { return json.Marshal([]any{r.id, r.ports, r.traces}) }

// side is the ranges of one direction, by peer.
type side struct {
	Lists [][]ranged `json:"lists"`
	Of    []int      `json:"of"` // by peer: which list
	by    [][]reached
	size  int
}

type reached struct {
	r    *netpol.Peer
	port int
}

func (s *side) add(peer int, r *netpol.Peer, port int) {
	s.by[peer] = append(s.by[peer], reached{r, port})
	s.size++
}

// outside is the addresses that no pod has.
type outside struct {
	Ranges []string `json:"ranges"`
	To     side     `json:"to"`   // which each peer reaches
	From   side     `json:"from"` // which reach each peer
	at     map[netpol.Range]int
}

func (o *outside) reset(n int) {
	o.Ranges, o.at = []string{}, make(map[netpol.Range]int)
	o.To.by, o.From.by = make([][]reached, n), make([][]reached, n)
}

func (o *outside) rangeID(r netpol.Range) int {
	id, ok := o.at[r]
	if !ok {
		id = len(o.Ranges)
		o.at[r] = id
		o.Ranges = append(o.Ranges, rangeText(r))
	}
	return id
}

// foldLists makes lists of what was gathered, equal ones once.
func (s *side) foldLists(o *outside, traces func(peer int, r netpol.Range) []int) {
	seen := make(map[string]int)
	s.Lists = [][]ranged{}
	for peer, list := range s.by {
		slices.SortFunc(list, func(a, b reached) int { return a.r.First.Compare(b.r.First) })
		out := []ranged{}
		for _, one := range list {
			r := netpol.Range{First: one.r.First, Last: one.r.Last}
			out = append(out, ranged{o.rangeID(r), one.port, traces(peer, r)})
		}
		key := fmt.Sprint(out)
		id, ok := seen[key]
		if !ok {
			id = len(s.Lists)
			seen[key] = id
			s.Lists = append(s.Lists, out)
		}
		s.Of = append(s.Of, id)
	}
}
