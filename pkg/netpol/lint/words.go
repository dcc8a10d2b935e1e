package lint

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

func directionWord(d netpol.Direction) string {
	if d == netpol.Egress {
		return "egress"
	}
	return "ingress"
}

func hasOrHave(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func fromTo(d netpol.Direction) string {
	if d == netpol.Egress {
		return "to"
	}
	return "from"
}

// verb returns what a rule of an action does to what it matches.
func verb(action string) string {
	switch action {
	case "Deny":
		return "denies"
	case "Pass":
		return "passes on"
	}
	return "allows"
}

func ruleName(r, seenFrom netpol.RuleRef) string {
	at := fmt.Sprintf("spec.%s[%d]", directionWord(r.Direction), r.Index)
	if r.Policy == seenFrom.Policy {
		return at
	}
	return r.Policy.String() + " " + at
}
