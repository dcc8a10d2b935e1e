package expect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// maxRecorded bounds a record: what is longer nobody reads.
const maxRecorded = 20_000

// Record returns the present state as expectations that hold: what is allowed, and
// for each destination that nobody else may reach it. With a namespace, it is about
// what begins or ends there.
func (t *Tester) Record(namespace string) ([]Expectation, error) {
	var out []Expectation
	into := make(map[*netpol.Peer][]netpol.Flow)
	var order []*netpol.Peer
	for f := range t.engine.Flows(netpol.FlowOptions{By: netpol.ByWorkload, External: true}) {
		if namespace != "" && f.Source.Namespace != namespace && f.Destination.Namespace != namespace {
			continue
		}
		e := Expectation{From: f.Source.String(), To: f.Destination.String(), Ports: f.Ports, Allow: true}
		if r, err := t.Test(e); err == nil && r.Holds { // of a workload on the nodes' network, a part may be allowed
			out = append(out, e)
		}
		if f.Destination.Kind != netpol.RangePeer && (namespace == "" || f.Destination.Namespace == namespace) {
			if into[f.Destination] == nil {
				order = append(order, f.Destination)
			}
			into[f.Destination] = append(into[f.Destination], f)
		}
		if len(out) > maxRecorded {
			return nil, fmt.Errorf("there is more to record than %d expectations", maxRecorded)
		}
	}
	reached := make(map[int]bool)
	for _, peer := range order {
		out = append(out, restrictions(peer, into[peer])...)
		for _, pod := range peer.Pods {
			reached[pod] = true
		}
	}
	return append(out, t.unreached(reached, namespace)...), nil
}

// unreached says of the pods that nobody reaches that it is so.
func (t *Tester) unreached(reached map[int]bool, namespace string) []Expectation {
	var out []Expectation
	for i := range t.objects.Pods {
		p := &t.objects.Pods[i]
		if !reached[i] && !hasEnded(p) && (namespace == "" || p.Meta.Namespace == namespace) {
			out = append(out, Expectation{To: p.Meta.Namespace + "/" + p.Meta.Name, Only: []string{}, Ports: ports.All()})
		}
	}
	return out
}

// restrictions says, for ports that the same ends may reach, that nobody else may.
func restrictions(to *netpol.Peer, flows []netpol.Flow) []Expectation {
	type part struct {
		ports ports.Set
		from  []string
	}
	parts := []part{{ports: ports.All()}}
	for _, f := range flows {
		var next []part
		for _, p := range parts {
			if in := p.ports.Intersect(f.Ports); !in.Empty() {
				next = append(next, part{in, append(slices.Clone(p.from), f.Source.String())})
			}
			if rest := p.ports.Minus(f.Ports); !rest.Empty() {
				next = append(next, part{rest, p.from})
			}
		}
		parts = next
	}
	var out []Expectation
	for _, p := range parts {
		out = append(out, Expectation{To: to.String(), Only: append([]string{}, p.from...), Ports: p.ports})
	}
	return out
}

// PortTexts returns ports as Parse reads them.
func PortTexts(s ports.Set) []string {
	out := []string{}
	for _, p := range ports.Protocols() {
		if s.Format(p) == ports.Every(p).Format(p) {
			out = append(out, p.String())
			continue
		}
		for text := range strings.SplitSeq(s.Format(p), ",") {
			if text != "" {
				out = append(out, text+"/"+p.String())
			}
		}
	}
	return out
}
