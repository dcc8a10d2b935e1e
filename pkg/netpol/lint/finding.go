package lint

import "github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"

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
}

// Rule is a kind of finding.
type Rule struct {
	ID       string   `json:"rule"`
	Severity Severity `json:"severity"`
	Summary  string   `json:"summary"`
	run      func(*pass)
}
