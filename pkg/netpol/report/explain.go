package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Question is one flow with its answer.
type Question struct {
	netpol.Explanation
	Protocol ports.Protocol
	Port     uint16
	// For adds to the question: a service's port, a pod among several.
	For string
}

// Answer is the answer of explain: allowed when every question is.
type Answer struct {
	Source, Destination string // as asked
	Protocol            ports.Protocol
	Port                uint16
	Questions           []Question
	// Unknown are policies that were not evaluated and may select an end.
	Unknown []string
	Header
}

// Allowed reports whether every question is answered with yes; never without any.
func (a *Answer) Allowed() bool {
	for i := range a.Questions {
		if !a.Questions[i].Allowed {
			return false
		}
	}
	return len(a.Questions) > 0
}

func verdictWord(allowed bool) string {
	if allowed {
		return "allowed"
	}
	return "denied"
}

// ExplainText writes the verdict on the first line, then, for each pair of pods,
// both directions with the rules that decide.
func ExplainText(w io.Writer, a *Answer) error {
	b := bufio.NewWriter(w)
	word := verdictWord(a.Allowed())
	if n := a.countAllowed(); n > 0 && n < len(a.Questions) {
		word = fmt.Sprintf("denied (%d of %d allowed)", n, len(a.Questions))
	}
	if len(a.Unknown) > 0 {
		word = fmt.Sprintf("unknown (%s without what is not evaluated)", word)
	}
	fmt.Fprintf(b, "%s: %s -> %s %s %d\n", word, clierr.Clean(a.Source), clierr.Clean(a.Destination), a.Protocol, a.Port)
	for i := range a.Questions {
		q := &a.Questions[i]
		fmt.Fprintf(b, "\n%s -> %s %s %d: %s\n", clierr.Clean(q.Source.String()), clierr.Clean(q.Destination.String()), q.Protocol, q.Port, verdictWord(q.Allowed))
		if q.For != "" {
			fmt.Fprintf(b, "  %s\n", clierr.Clean(q.For))
		}
		WriteSide(b, "egress from "+q.Source.String(), &q.Egress)
		WriteSide(b, "ingress to "+q.Destination.String(), &q.Ingress)
		for _, n := range q.Notes {
			fmt.Fprintf(b, "  note: %s\n", clierr.Clean(n))
		}
	}
	return flush(b)
}

func (a *Answer) countAllowed() int {
	n := 0
	for i := range a.Questions {
		if a.Questions[i].Allowed {
			n++
		}
	}
	return n
}

// WriteSide writes the verdict of one direction and the rules that decide it.
func WriteSide(b io.Writer, title string, s *netpol.Side) {
	text := verdictWord(s.Allowed)
	if why := s.Reason.String(); strings.HasPrefix(why, text) {
		text = why
	} else {
		text += " (" + why + ")"
	}
	fmt.Fprintf(b, "  %s: %s\n", clierr.Clean(title), text)
	for _, r := range s.Passed {
		fmt.Fprintf(b, "    passed on by %s\n", ruleText(r))
	}
	for _, r := range s.Rules {
		fmt.Fprintf(b, "    %s\n", ruleText(r))
	}
	if s.Reason == netpol.Isolated {
		for _, p := range s.Policies {
			fmt.Fprintf(b, "    isolated by %s%s\n", clierr.Clean(p.Policy.String()), place(p.Origin.String()))
		}
	}
}

func ruleText(r netpol.RuleRef) string {
	text := fmt.Sprintf("%s %s rule %d", r.Policy, lower(r.Direction), r.Index+1)
	if r.Name != "" {
		text += fmt.Sprintf(" %q", r.Name)
	}
	if r.Tier != "NetworkPolicy" {
		text += fmt.Sprintf(" (%s, tier %s)", r.Action, r.Tier)
	}
	return clierr.Clean(text) + place(r.Origin.String())
}

func place(origin string) string {
	if origin == "" {
		return ""
	}
	return " at " + clierr.Clean(origin)
}

func lower(d netpol.Direction) string {
	if d == netpol.Egress {
		return "egress"
	}
	return "ingress"
}

// The JSON of an explanation.
type (
	answerJSON struct {
		Verdict     string `json:"verdict"` // allowed, denied or unknown
		Allowed     bool   `json:"allowed"`
		Source      string `json:"source"`
		Destination string `json:"destination"`
		Protocol    string `json:"protocol"`
		Port        uint16 `json:"port"`
		Header
		Results []resultJSON `json:"results"`
	}
	resultJSON struct {
		Source      string   `json:"source"`
		Destination string   `json:"destination"`
		Protocol    string   `json:"protocol"`
		Port        uint16   `json:"port"`
		Allowed     bool     `json:"allowed"`
		For         string   `json:"for,omitempty"`
		Egress      sideJSON `json:"egress"`
		Ingress     sideJSON `json:"ingress"`
		Notes       []string `json:"notes"`
	}
	sideJSON struct {
		Allowed  bool         `json:"allowed"`
		Reason   string       `json:"reason"`
		Rules    []ruleJSON   `json:"rules"`
		Passed   []ruleJSON   `json:"passed,omitempty"`
		Policies []policyJSON `json:"policies"`
	}
	policyJSON struct {
		Kind      string `json:"kind"`
		Namespace string `json:"namespace,omitempty"`
		Name      string `json:"name"`
		Tier      string `json:"tier"`
		At        string `json:"at,omitempty"` // file:line
	}
	ruleJSON struct {
		policyJSON
		Index    int    `json:"index"` // in the policy's list for the direction, from 0
		RuleName string `json:"ruleName,omitempty"`
		Action   string `json:"action"`
	}
)

// Object returns the answer with the field names of its JSON.
func (a *Answer) Object() any {
	verdict := verdictWord(a.Allowed())
	if len(a.Unknown) > 0 {
		verdict = "unknown"
	}
	out := answerJSON{Verdict: verdict, Allowed: a.Allowed() && len(a.Unknown) == 0, Source: a.Source, Destination: a.Destination,
		Protocol: a.Protocol.String(), Port: a.Port, Header: a.Header, Results: []resultJSON{}}
	for i := range a.Questions {
		q := &a.Questions[i]
		r := resultJSON{Source: q.Source.String(), Destination: q.Destination.String(), Protocol: q.Protocol.String(),
			Port: q.Port, Allowed: q.Allowed, For: q.For, Egress: newSide(&q.Egress), Ingress: newSide(&q.Ingress),
			Notes: append([]string{}, q.Notes...)}
		out.Results = append(out.Results, r)
	}
	return out
}

// SideObject returns one direction with the field names of its JSON.
func SideObject(s *netpol.Side) any { return newSide(s) }

func newSide(s *netpol.Side) sideJSON {
	out := sideJSON{Allowed: s.Allowed, Reason: s.Reason.String(), Rules: []ruleJSON{}, Policies: []policyJSON{}}
	for _, r := range s.Rules {
		out.Rules = append(out.Rules, newRule(r))
	}
	for _, r := range s.Passed {
		out.Passed = append(out.Passed, newRule(r))
	}
	for _, p := range s.Policies {
		out.Policies = append(out.Policies, policyJSON{p.Policy.Kind, p.Policy.Namespace, p.Policy.Name, p.Tier, p.Origin.String()})
	}
	return out
}

func newRule(r netpol.RuleRef) ruleJSON {
	return ruleJSON{policyJSON{r.Policy.Kind, r.Policy.Namespace, r.Policy.Name, r.Tier, r.Origin.String()}, r.Index, r.Name, r.Action}
}
