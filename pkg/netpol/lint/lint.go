package lint

import (
	"cmp"
	"slices"
)

// Options choose what is reported.
type Options struct {
	Skip      []string // ids of rules
	Namespace string   // only findings about it and about the whole cluster; "" for all
}

// Result is the findings, worst first, and how many were suppressed.
type Result struct {
	Findings   []Finding
	Suppressed int
}

// Run looks for everything.
func Run(s Subject, o Options) Result {
	p := newPass(s)
	if s.Engine != nil {
		p.exposures = p.findExposures()
		p.labelTypos = p.findTypos()
		for _, t := range p.labelTypos {
			p.typoPeers[t.ref.String()+" "+t.peer] = true
		}
	}
	for _, r := range Rules() {
		if !slices.Contains(o.Skip, r.ID) {
			p.rule = r
			r.run(p)
		}
	}
	res := Result{Findings: []Finding{}}
	for _, f := range p.found {
		switch {
		case o.Namespace != "" && f.Namespace != "" && f.Namespace != o.Namespace,
			o.Namespace != "" && f.Kind == "Namespace" && f.Name != o.Namespace:
		case p.suppressed(f):
			res.Suppressed++
		default:
			res.Findings = append(res.Findings, f)
		}
	}
	slices.SortStableFunc(res.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return res
}
