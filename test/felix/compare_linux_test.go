package felix_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
)

// question is a cell: a flow in every family that both ends have.
type question struct {
	flow     felix.Flow // without a family
	families []felix.Flow
}

// compare makes the cluster be as the documents say and asks for the cells. It
// returns how many there were and where engine and reality differ.
func (r *reality) compare(t testing.TB, docs []document, outside []int, cells []cell) (int, string, error) {
	t.Helper()
	e, err := engine(t, textOf(docs))
	if err != nil {
		return 0, "", err
	}
	if err := r.become(t.Context(), docs); err != nil {
		return 0, "", err
	}
	questions := r.questions(podsOf(docs), outside, cells)
	var flows []felix.Flow
	for _, q := range questions {
		flows = append(flows, q.families...)
	}
	allowed, err := r.allowed(t.Context(), flows)
	if err != nil {
		return 0, "", err
	}
	var differences []string
	for _, q := range questions {
		real := slices.Contains(allowed[:len(q.families)], true)
		allowed = allowed[len(q.families):]
		proto, _ := ports.ParseProtocol(q.flow.Protocol.String())
		if got := e.Explain(place(e, q.flow.From), place(e, q.flow.To), proto, q.flow.Port).Allowed; got != real {
			differences = append(differences, fmt.Sprintf("%s: engine %t, Felix %t", q.flow, got, real))
		}
	}
	return len(questions), strings.Join(differences[:min(len(differences), 12)], "\n"), nil
}

func place(e *netpol.Engine, x felix.End) netpol.Endpoint {
	if x.Name == "" {
		return e.Address(x.IP)
	}
	out, _ := e.Pod(x.Namespace, x.Name)
	return out
}

// compareAll is compare with all cells.
func (r *reality) compareAll(t testing.TB, docs []document) (int, string, error) {
	t.Helper()
	outside, cells := chooseCells(len(podsOf(docs)), nil)
	return r.compare(t, docs, outside, cells)
}

// questions are the cells between whose ends there is a family.
func (r *reality) questions(ends []felix.End, outside []int, cells []cell) (out []question) {
	for _, i := range outside {
		ends = append(ends, felix.End{IP: others[i]})
	}
	for _, c := range cells {
		q := question{flow: felix.Flow{From: ends[c.from], To: ends[c.to],
			Protocol: [protocols]felix.Protocol{felix.TCP, felix.UDP, felix.SCTP}[c.protocol], Port: portNumbers[c.port]}}
		if q.families = r.Families(q.flow); len(q.families) > 0 {
			out = append(out, q)
		}
	}
	return out
}
