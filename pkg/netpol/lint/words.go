package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
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

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
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

// lineOf returns " (file:line)", or nothing for an object of a cluster.
func lineOf(at kube.Origin) string {
	if s := at.String(); s != "" {
		return " (" + s + ")"
	}
	return ""
}

// mostNames is how many of several names a message lists.
const mostNames = 3

// podNames names pods by their workloads: the first few, and how many pods there are
// of others.
func (p *pass) podNames(pods []int) string {
	var names []string
	var seen []kube.Ref
	rest := 0
	for _, i := range pods {
		pod := &p.objects.Pods[i]
		ref := pod.Owner
		if ref.Kind == "" {
			ref = kube.Ref{Namespace: pod.Meta.Namespace, Name: pod.Meta.Name}
		}
		switch {
		case slices.Contains(seen, ref):
		case len(seen) == mostNames:
			rest++
		case ref.Kind == "":
			seen, names = append(seen, ref), append(names, ref.Namespace+"/"+ref.Name)
		default:
			seen, names = append(seen, ref), append(names, ref.Namespace+"/"+ref.Kind+"/"+ref.Name)
		}
	}
	text := strings.Join(names, ", ")
	if rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

// listNames writes the first few of some names, and how many more there are.
func listNames(names []string) string {
	if n := len(names) - mostNames; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNames], ", "), n)
	}
	return strings.Join(names, ", ")
}

// selectorText writes a selector as kubectl does: "app=web,tier in (a,b)".
func selectorText(s *kube.LabelSelector) string {
	var parts []string
	for _, k := range sortedKeys(s.MatchLabels) {
		parts = append(parts, k+"="+s.MatchLabels[k])
	}
	for _, e := range s.MatchExpressions {
		switch e.Operator {
		case "Exists":
			parts = append(parts, e.Key)
		case "DoesNotExist":
			parts = append(parts, "!"+e.Key)
		default:
			values := slices.Clone(e.Values)
			slices.Sort(values)
			parts = append(parts, fmt.Sprintf("%s %s (%s)", e.Key, strings.ToLower(e.Operator), strings.Join(values, ",")))
		}
	}
	return strings.Join(parts, ",")
}
