package explain

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Explanation is the answer to one question. A flow is allowed when both sides
// allow it.
type Explanation struct {
	Source, Destination Endpoint
	Allowed             bool
	Egress, Ingress     Side
	// Notes are things to know that do not change the verdict, each a sentence.
	Notes []string
}

// Explain reports whether source may open a connection to the port of destination,
// and what decides, in both directions. Two ends with several families in common
// are explained in one in which the flow is allowed, if there is one.
func Explain(m *verdict.Model, source, destination Endpoint, p ports.Protocol, port uint16) Explanation {
	out := Explanation{Source: source, Destination: destination,
		Egress:  Side{Direction: rules.Egress, Reason: NoAddress},
		Ingress: Side{Direction: rules.Ingress, Reason: NoAddress}}
	var allowed, denied []addr.Family
	for _, v := range m.Views {
		a, b, ok := endsIn(m, v, source, destination)
		if !ok {
			continue
		}
		one := out
		one.Egress = decideSide(m, v, rules.Egress, a, b, p, port)
		one.Ingress = decideSide(m, v, rules.Ingress, b, a, p, port)
		one.Allowed = one.Egress.Allowed && one.Ingress.Allowed
		if one.Allowed {
			allowed = append(allowed, v.Family)
		} else {
			denied = append(denied, v.Family)
		}
		if len(allowed)+len(denied) == 1 || one.Allowed && len(allowed) == 1 {
			out = one
		}
	}
	if len(allowed) == 1 && len(denied) == 1 {
		out.Notes = append(out.Notes, fmt.Sprintf("allowed over %s, denied over %s", allowed[0], denied[0]))
	}
	out.Notes = append(out.Notes, notesOn(m, source, destination)...)
	return out
}

// endsIn finds both ends in a view. Two pods need an address of the family each.
func endsIn(m *verdict.Model, v *verdict.View, source, destination Endpoint) (a, b end, ok bool) {
	a, okA := endIn(m, v, source)
	b, okB := endIn(m, v, destination)
	if !okA || !okB {
		return a, b, false
	}
	absent := func(x end) bool { return x.entity < len(v.Classes) && v.Classes[x.entity].Absent }
	if absent(a) && b.pod >= 0 || absent(b) && a.pod >= 0 {
		return a, b, false
	}
	return a, b, true
}

func notesOn(m *verdict.Model, ends ...Endpoint) []string {
	var out []string
	for i, x := range ends {
		other := ends[1-i]
		switch {
		case x.service != nil:
			out = append(out, fmt.Sprintf("%s is the virtual address of %s; policies see the pods behind it", x, x.service.Ref()))
		case x.pod < 0:
		case m.Inventory.Pods[x.pod].Network == inventory.Ended:
			out = append(out, fmt.Sprintf("%s has ended and has no address", x))
		case other.pod < 0 && !m.Inventory.Pods[x.pod].InFamily(addr.Of(other.addr)):
			out = append(out, fmt.Sprintf("%s has no %s address; this is what its policies would say", x, addr.Of(other.addr)))
		}
	}
	return out
}

// Connections returns every port that source may open a connection to at
// destination.
func Connections(m *verdict.Model, source, destination Endpoint) ports.Set {
	out := ports.Set{}
	for _, v := range m.Views {
		a, b, ok := endsIn(m, v, source, destination)
		if !ok {
			continue
		}
		out = out.Union(portsOf(m, v, rules.Egress, a, b).Intersect(portsOf(m, v, rules.Ingress, b, a)))
	}
	return out
}

// Between returns every port that pod a may open a connection to at pod b; of a
// pod that stands for replicas, one of them at another.
func Between(m *verdict.Model, a, b int) ports.Set {
	if a != b {
		return Connections(m, PodAt(m, a), PodAt(m, b))
	}
	if m.PlaceOf(a).Host {
		return ports.All()
	}
	out := ports.Set{}
	for _, v := range m.Views {
		if self := v.EntityOf(a); self >= 0 && !v.Classes[self].Absent {
			egress, ingress := v.Profile(self, rules.Egress).At(self), v.Profile(self, rules.Ingress).At(self)
			out = out.Union(m.Pool.Ports(egress).Intersect(m.Pool.Ports(ingress)))
		}
	}
	return out
}

func portsOf(m *verdict.Model, v *verdict.View, d rules.Direction, self, other end) ports.Set {
	if _, ok := alwaysAllowed(m, d, self, other); ok {
		return ports.All()
	}
	return m.Pool.Ports(v.Profile(self.entity, d).At(other.entity))
}
