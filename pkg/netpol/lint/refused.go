package lint

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// refusedDocuments reports what the loader or the engine refused.
func refusedDocuments(p *pass) {
	for _, r := range p.Input.Refused {
		at := kube.Origin{File: r.File, Line: r.Line}
		text := r.Msg
		if r.Path != "" {
			text = r.Path + ": " + text
		}
		if s := at.String(); s != "" {
			text = s + ": " + text
		}
		p.report(r.Ref, at, text)
	}
	p.reportProblems(func(code string) bool { return code != rules.CodeExceptOutside })
}

func exceptOutside(p *pass) {
	p.reportProblems(func(code string) bool { return code == rules.CodeExceptOutside })
}

func (p *pass) reportProblems(concerned func(code string) bool) {
	for _, one := range p.Problems {
		if !concerned(one.Code) {
			continue
		}
		text := one.Path + ": " + one.Message
		if at := one.Origin.String(); at != "" {
			text = at + ": " + text
		}
		p.report(one.Ref, one.Origin, text)
	}
}
