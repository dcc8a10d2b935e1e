package netpol_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// redundancies renders what Redundant yields.
func redundancies(e *netpol.Engine) []string {
	var out []string
	for r := range e.Redundant() {
		line := fmt.Sprintf("%s %s %d", r.Rule.Policy.Name, r.Rule.Direction, r.Rule.Index)
		if r.Shadowed {
			line += " shadowed"
		}
		for _, b := range r.By {
			line += fmt.Sprintf(" by %s %d", b.Policy.Name, b.Index)
		}
		out = append(out, line)
	}
	return out
}

// TestRedundantRules: of two equal rules the later one, a rule that others cover
// together, a rule that matches nothing; and in an ordered tier what comes too
// late.
func TestRedundantRules(t *testing.T) {
	t.Parallel()
	from := func(app string) string { return "{from: [{podSelector: {matchLabels: {app: " + app + "}}}]}" }
	for name, tt := range map[string]struct {
		docs []string
		want []string
	}{
		"equal": {[]string{policy("p", "{podSelector: {}, ingress: ["+from("a")+", "+from("a")+"]}")},
			[]string{"p Ingress 1 by p 0"}},
		"equal in two policies": {[]string{policy("p", "{podSelector: {}, ingress: ["+from("a")+"]}"), policy("q", "{podSelector: {}, ingress: ["+from("a")+"]}")},
			[]string{"q Ingress 0 by p 0"}},
		"wider subject elsewhere": {[]string{policy("p", "{podSelector: {}, ingress: ["+from("a")+"]}"), policy("q", "{podSelector: {matchLabels: {app: c}}, ingress: ["+from("a")+"]}")},
			[]string{"q Ingress 0 by p 0"}},
		"covered together": {[]string{policy("p", "{podSelector: {}, ingress: ["+from("a")+", "+from("b")+", "+from("c")+", {from: [{podSelector: {}}], ports: [{port: 80}]}]}")},
			[]string{"p Ingress 3 by p 0 by p 1 by p 2"}},
		"not covered": {[]string{policy("p", "{podSelector: {}, ingress: ["+from("a")+", {from: [{podSelector: {}}], ports: [{port: 80}]}]}")}, nil},
		"nothing matched": {[]string{policy("p", "{podSelector: {}, ingress: ["+from("none")+", "+from("a")+"]}"), policy("q", "{podSelector: {matchLabels: {app: none}}, ingress: ["+from("a")+"]}")},
			[]string{"q Ingress 0", "p Ingress 0"}},
		"shadowed": {[]string{admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Deny, "+fromAll+"}]}"), admin("q", "{priority: 2, "+subjectAll+", ingress: [{action: Allow, "+fromAll+"}]}")},
			[]string{"q Ingress 0 shadowed by p 0"}},
		"too late for nothing new": {[]string{admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Deny, "+fromAll+"}, {action: Deny, "+fromAll+"}]}")},
			[]string{"p Ingress 1 by p 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, netpol.Calico, append([]string{small}, tt.docs...)...)
			if diff := cmp.Diff(tt.want, redundancies(w.e)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
