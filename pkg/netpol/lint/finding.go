package lint

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Severity is how bad a finding is.
type Severity string

// The severities. An error does not do what it says or is refused by the
// cluster; a warning is most likely not meant; info is good to know.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Rank orders severities, the worst first.
func (s Severity) Rank() int {
	return map[Severity]int{Error: 0, Warning: 1, Info: 2}[s]
}

// Finding is one thing that is wrong with one object.
type Finding struct {
	Rule      string   `json:"rule"`
	Severity  Severity `json:"severity"`
	Kind      string   `json:"kind"`
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	Message   string   `json:"message"`
	Fix       string   `json:"fix"` // YAML to apply; "" when there is none

	Origin kube.Origin `json:"-"`
	// Claims are what the message says about who can reach whom.
	Claims []Claim `json:"-"`

	writes []kube.Ref // the objects in Fix
}

// Claim is one flow with the answer on which a finding rests.
type Claim struct {
	Source, Destination netpol.Endpoint
	Protocol            ports.Protocol
	Port                uint16
	Allowed             bool
}

// Rule is a kind of finding.
type Rule struct {
	ID       string   `json:"rule"`
	Severity Severity `json:"severity"`
	Summary  string   `json:"summary"`
	run      func(*pass)
}

// report adds a finding of the current rule. The result is valid until the next
// one is added.
func (p *pass) report(ref kube.Ref, at kube.Origin, message string) *Finding {
	p.found = append(p.found, Finding{Rule: p.rule.ID, Severity: p.rule.Severity, Kind: ref.Kind,
		Namespace: ref.Namespace, Name: ref.Name, Message: message, Origin: at})
	return &p.found[len(p.found)-1]
}

// claim notes a flow that the finding's message rests on.
func (f *Finding) claim(source, destination netpol.Endpoint, p ports.Protocol, port uint16, allowed bool) {
	f.Claims = append(f.Claims, Claim{source, destination, p, port, allowed})
}

// offer makes a patch the finding's fix.
func (f *Finding) offer(fix patch) { f.Fix, f.writes = fix.text, fix.writes }

// Applicable returns the findings whose fixes can be applied together: of several
// that write the same object only the first, because the second would undo it, and
// none that leaves egress open where another denies it by default.
func Applicable(all []Finding) []Finding {
	denied := make(map[string]bool) // namespaces
	for _, f := range all {
		if f.Rule == "no-default-deny-egress" && f.Fix != "" {
			denied[f.Name] = true
		}
	}
	written := make(map[kube.Ref]bool)
	var out []Finding
	for _, f := range all {
		if f.Fix == "" || f.Rule == "metadata-open" && denied[f.Name] ||
			slices.ContainsFunc(f.writes, func(r kube.Ref) bool { return written[r] }) {
			continue
		}
		for _, r := range f.writes {
			written[r] = true
		}
		out = append(out, f)
	}
	return out
}
