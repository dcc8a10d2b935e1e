package networkpolicy

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

func tried(o probe.Outcome, allowed bool) triedFlow {
	return triedFlow{Source: "shop/web", SourceNode: "a", Destination: "data/db", DestinationNode: "b", Protocol: ports.TCP,
		Result:   probe.Result{Answer: probe.Answer{Outcome: o, Detail: "said so"}, To: netip.MustParseAddrPort("10.0.0.1:5432")},
		Policies: netpol.Explanation{Allowed: allowed}}
}

func TestProbeText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		flows []triedFlow
		first string
		says  string
	}{
		{"agree", []triedFlow{tried(probe.Open, true)}, "allowed: x -> y TCP 5432 (as the policies say)", "network:  allowed, open: 10.0.0.1:5432 answered\n  policies: allowed\n"},
		{"refused", []triedFlow{tried(probe.Refused, true)}, "allowed: x -> y TCP 5432 (as the policies say)", "refused: 10.0.0.1:5432 was reached, and nothing listens there"},
		{"denied", []triedFlow{tried(probe.Blocked, false)}, "denied: x -> y TCP 5432 (as the policies say)", "blocked: no sign of 10.0.0.1:5432"},
		{"blocked against the policies", []triedFlow{tried(probe.Blocked, true)}, "denied: x -> y TCP 5432 (not what the policies say)", "egress from shop/web: "},
		{"open against the policies", []triedFlow{tried(probe.Open, false)}, "allowed: x -> y TCP 5432 (not what the policies say)", "policies: denied\n  egress from"},
		{"unclear", []triedFlow{tried(probe.Failed, true)}, "unknown: x -> y TCP 5432 (the network gave no clear answer)", "network:  unknown, failed: said so"},
		{"silent", []triedFlow{tried(probe.NoAnswer, true)}, "unknown: x -> y TCP 5432 (the network gave no clear answer)", "may be out of reach, or its server silent"},
		{"one of two denied", []triedFlow{tried(probe.Open, true), tried(probe.Blocked, false)}, "denied: x -> y TCP 5432 (as the policies say)", "shop/web (a) -> data/db (b) TCP 5432\n"},
		{"one of two unclear", []triedFlow{tried(probe.Open, true), tried(probe.Unsteady, true)}, "unknown: x -> y TCP 5432 (the network gave no clear answer)", "unsteady: "},
		{"unclear and against", []triedFlow{tried(probe.Open, false), tried(probe.Unsteady, true)}, "unknown: x -> y TCP 5432 (not what the policies say)", "unsteady: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			a := &probeAnswer{Source: "x", Destination: "y", Protocol: ports.TCP, Port: 5432, Flows: c.flows}
			if err := a.writeText(&out); err != nil {
				t.Fatal(err)
			}
			first, rest, _ := strings.Cut(out.String(), "\n")
			if diff := cmp.Diff(c.first, first); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(rest, c.says) {
				t.Errorf("lacks %q:\n%s", c.says, rest)
			}
		})
	}
}

// What comes from the cluster cannot forge a line or move the cursor.
func TestProbeTextIsClean(t *testing.T) {
	t.Parallel()
	p := tried(probe.Failed, true)
	p.Source, p.Detail, p.Notes = "a\nallowed", "\x1b[2J", []string{"n\nn"}
	var out strings.Builder
	if err := (&probeAnswer{Source: "x\ny", Flows: []triedFlow{p}}).writeText(&out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "\nallowed") || strings.Contains(text, "\x1b") || strings.Contains(text, "\ny") {
		t.Errorf("%q", text)
	}
}

func TestCanarySumsUp(t *testing.T) {
	t.Parallel()
	seen := func(vs ...probe.Verdict) (out []probe.Seen) {
		for _, v := range vs {
			out = append(out, probe.Seen{Node: "a", From: "b", Verdict: v, Why: "because"})
		}
		return out
	}
	for _, c := range []struct {
		seen []probe.Seen
		want probe.Verdict
	}{
		{seen(probe.Enforced, probe.Enforced), probe.Enforced},
		{seen(probe.Enforced, probe.Inconclusive), probe.Inconclusive},
		{seen(probe.Inconclusive, probe.NotEnforced), probe.NotEnforced},
		{seen(probe.NotEnforced, probe.Inconclusive), probe.NotEnforced},
	} {
		got := newCanaryResult(c.seen)
		if got.Verdict != c.want {
			t.Errorf("%q, want %q", got.Verdict, c.want)
		}
		var out strings.Builder
		if err := got.writeText(&out); err != nil || !strings.HasPrefix(out.String(), "network policies: "+string(c.want)+"\n") {
			t.Errorf("%v:\n%s", err, out.String())
		}
	}
}
