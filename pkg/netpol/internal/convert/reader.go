package convert

import (
	"fmt"
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// The tiers of Kubernetes' APIs, in the order of evaluation.
const (
	AdminTier    = "Admin"
	NetworkTier  = "NetworkPolicy"
	BaselineTier = "Baseline"
)

// Options are the differences between data planes that the conversion depends on.
type Options struct {
	// BlockPods: whether an ipBlock of a NetworkPolicy matches pods and
	// nodes by their address.
	BlockPods bool
	// Calico: whether Calico's own policies are in force.
	Calico bool
}

// Policy is one policy, converted.
type Policy struct {
	Tier     string // AdminTier, NetworkTier or BaselineTier
	Rules    rules.Policy
	Problems []rules.Problem
}

// reader converts one policy and gathers what is wrong with it.
type reader struct {
	ref      kube.Ref
	origin   kube.Origin
	problems []rules.Problem
}

func newReader(p kube.Object) *reader {
	_, origin := p.Head()
	return &reader{ref: p.Ref(), origin: *origin}
}

func (r *reader) done(tier string, p rules.Policy) Policy {
	return Policy{Tier: tier, Rules: p, Problems: r.problems}
}

func (r *reader) refuse(path, format string, args ...any) {
	r.fail(rules.CodeInvalid, path, format, args...)
}

func (r *reader) fail(code, path, format string, args ...any) {
	r.problems = append(r.problems, rules.Problem{Ref: r.ref, Origin: r.origin,
		Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

// duplicates reports each policy that was already there: which of them the
// cluster would hold depends on what is applied last.
func duplicates(ps []rules.Policy) []rules.Problem {
	seen := make(map[kube.Ref]kube.Origin, len(ps))
	var out []rules.Problem
	for i := range ps {
		p := &ps[i]
		if first, ok := seen[p.Ref]; ok {
			msg := "a second object of this name"
			if at := first.String(); at != "" {
				msg += "; the first is in " + at
			}
			out = append(out, rules.Problem{Ref: p.Ref, Origin: p.Origin,
				Path: "metadata.name", Code: rules.CodeDuplicate, Message: msg})
			continue
		}
		seen[p.Ref] = p.Origin
	}
	return out
}

// index returns path with a position behind it: "spec.ingress[2]".
func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// clip keeps a message readable whatever was given as a name.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
