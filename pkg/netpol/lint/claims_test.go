package lint_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// contradiction asks the engine each flow that a finding rests on; it returns what
// explain answers otherwise, or "".
func (p *patient) contradiction() (text string, claims map[string]int) {
	claims = map[string]int{}
	for _, f := range p.found {
		for _, c := range f.Claims {
			claims[f.Rule]++
			if answer := p.engine.Explain(c.Source, c.Destination, c.Protocol, c.Port); answer.Allowed != c.Allowed {
				return fmt.Sprintf("%s -> %s %s %d: explain says %t\n%s\n%s", c.Source, c.Destination, c.Protocol, c.Port,
					answer.Allowed, f.Message, written(p.in)), claims
			}
		}
	}
	return "", claims
}

// TestFindingsAgreeWithExplain holds what findings say about who can reach whom
// against the answer of explain.
func TestFindingsAgreeWithExplain(t *testing.T) {
	t.Parallel()
	for name, sample := range samples(t) {
		if p := examine(read(t, sample)); p != nil {
			if text, _ := p.contradiction(); text != "" {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
	asked := map[string]int{}
	seeds.Check(t, 300, func(r *rand.Rand) string {
		k := netpolgen.Everything()
		k.Services, k.AllKnown = true, r.IntN(4) > 0
		k.Admin, k.Calico = r.IntN(3) == 0, r.IntN(4) == 0
		p := examine(&load.Input{Objects: *netpolgen.Random(r, k)})
		if p == nil {
			return ""
		}
		text, claims := p.contradiction()
		for rule, n := range claims {
			asked[rule] += n
		}
		return text
	})
	for _, rule := range []string{"exposed-to-internet", "exposure-broken", "one-sided-allow", "metadata-open", "dns-blocked"} {
		if asked[rule] == 0 {
			t.Errorf("no finding of %s rested on a flow", rule)
		}
	}
	t.Logf("flows asked: %v", asked)
}
