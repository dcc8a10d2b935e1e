package netpol

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

func namespaceRef(name string) kube.Ref { return kube.Ref{Kind: "Namespace", Name: name} }

// maxTies bounds how many ties of one policy are looked for: whoever gives ten
// policies one priority has been told enough.
const maxTies = 10

// tied yields, for each policy, the next ones of the same tier and priority that
// select a pod in common and have a say in the same direction.
func (e *Engine) tied(visit func(a, b *policy, d rules.Direction)) {
	ps := e.prog.policies
	for i := range ps {
		if t := &e.prog.tiers[ps[i].tier]; !t.Ordered || t.ByName {
			continue
		}
		for j := i + 1; j < min(len(ps), i+1+maxTies) && ps[j].tier == ps[i].tier && ps[j].Priority == ps[i].Priority; j++ {
			for d := range ps[i].Applies {
				if ps[i].Applies[d] && ps[j].Applies[d] && e.overlap(&ps[i], &ps[j]) {
					visit(&ps[i], &ps[j], rules.Direction(d))
				}
			}
		}
	}
}

func (e *Engine) overlap(a, b *policy) bool {
	for _, p := range e.planes {
		if p.sets.bySelector[a.subject].Meets(p.sets.bySelector[b.subject]) {
			return true
		}
	}
	return false
}

// tieGaps reports ties that could matter: both policies act, and differently.
func (e *Engine) tieGaps() {
	e.tied(func(a, b *policy, d rules.Direction) {
		if len(a.Rules[d]) == 0 {
			return // decides nothing
		}
		first := a.Rules[d][0].Action
		for _, list := range [][]rules.Rule{a.Rules[d], b.Rules[d]} {
			for i := range list {
				if list[i].Action != first {
					e.gaps = append(e.gaps, Gap{Ref: b.Ref, Origin: b.Origin, Message: fmt.Sprintf(
						"same tier and priority as %s, and pods in common: which of them decides on %s is undefined; here it is the first by name",
						a.Ref, d)})
					return
				}
			}
		}
	})
}
