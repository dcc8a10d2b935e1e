package networkpolicy

import (
	"bufio"
	"fmt"
	"io"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

// triedFlow is one flow that was tried, beside what the policies say of it.
type triedFlow struct {
	probe.Result
	// Policies is about the pods that stood in for the two ends.
	Policies                    netpol.Explanation
	Source, Destination         string // the pods, or the address, in whose place they stood
	SourceNode, DestinationNode string // "" when that is not known
	For                         string // a service's port
	Protocol                    ports.Protocol
	Notes                       []string
}

// expected is what the policies say the network does.
func (p *triedFlow) expected() probe.Reality {
	if p.Policies.Allowed {
		return probe.Allowed
	}
	return probe.Denied
}

// agrees reports whether network and policies say the same; false for ok when the
// network gave no clear answer.
func (p *triedFlow) agrees() (agree, ok bool) {
	r := p.Outcome.Reality()
	return r == p.expected(), r != probe.Unknown
}

// probeAnswer is the answer of probe to one question.
type probeAnswer struct {
	Source, Destination string // as asked
	Protocol            ports.Protocol
	Port                uint16
	Flows               []triedFlow
	report.Header
}

// network is what the network does with the flows: denied when it denies one,
// unknown when it leaves one open, allowed otherwise.
func (a *probeAnswer) network() probe.Reality {
	out := probe.Allowed
	for i := range a.Flows {
		switch a.Flows[i].Outcome.Reality() {
		case probe.Denied:
			return probe.Denied
		case probe.Unknown:
			out = probe.Unknown
		}
	}
	return out
}

// disagrees reports whether the network contradicts the policies anywhere.
func (a *probeAnswer) disagrees() bool {
	for i := range a.Flows {
		if agree, ok := a.Flows[i].agrees(); ok && !agree {
			return true
		}
	}
	return false
}

// writeText writes the verdict of the network on the first line, then each flow
// with what the policies say, in full where the two disagree.
func (a *probeAnswer) writeText(w io.Writer) error {
	b := bufio.NewWriter(w)
	word := "as the policies say"
	switch {
	case a.disagrees():
		word = "not what the policies say"
	case a.network() == probe.Unknown:
		word = "the network gave no clear answer"
	}
	fmt.Fprintf(b, "%s: %s -> %s %s %d (%s)\n", a.network(), clierr.Clean(a.Source), clierr.Clean(a.Destination), a.Protocol, a.Port, word)
	for i := range a.Flows {
		a.Flows[i].writeText(b)
	}
	return flush(b)
}

func flush(b *bufio.Writer) error {
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

func (p *triedFlow) writeText(b *bufio.Writer) {
	fmt.Fprintf(b, "\n%s -> %s %s %d\n", withNode(p.Source, p.SourceNode), withNode(p.Destination, p.DestinationNode), p.Protocol, p.To.Port())
	if p.For != "" {
		fmt.Fprintf(b, "  %s\n", clierr.Clean(p.For))
	}
	fmt.Fprintf(b, "  network:  %s, %s\n", p.Outcome.Reality(), p.outcomeText())
	fmt.Fprintf(b, "  policies: %s\n", p.expected())
	if agree, ok := p.agrees(); ok && !agree {
		report.WriteSide(b, "egress from "+p.Source, &p.Policies.Egress)
		report.WriteSide(b, "ingress to "+p.Destination, &p.Policies.Ingress)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(b, "  note: %s\n", clierr.Clean(n))
	}
}

func withNode(name, node string) string {
	name = clierr.Clean(name)
	if node != "" {
		name += " (" + clierr.Clean(node) + ")"
	}
	return name
}

// outcomeText describes what the connection met, and who answered.
func (p *triedFlow) outcomeText() string {
	to := p.To.String()
	who := to
	if p.Server != "" {
		who = fmt.Sprintf("the probe's own server at %s", to)
	}
	switch p.Outcome {
	case probe.Open:
		return "open: " + who + " answered"
	case probe.Refused:
		return fmt.Sprintf("refused: %s was reached, and nothing listens there", to)
	case probe.Blocked:
		return "blocked: no sign of " + who
	case probe.Rejected:
		return "rejected: turned away on the way to " + who
	case probe.NoAnswer:
		return "no answer: " + to + " may be out of reach, or its server silent"
	case probe.Unsteady:
		return "unsteady: attempts to reach " + who + " ended differently to the last"
	}
	return fmt.Sprintf("%s: %s", p.Outcome, clierr.Clean(p.Detail))
}

// The JSON of a probe.
type (
	probeJSON struct {
		Network     probe.Reality `json:"network"` // allowed, denied, unknown
		Agree       *bool         `json:"agree"`   // null without a clear answer
		Source      string        `json:"source"`
		Destination string        `json:"destination"`
		Protocol    string        `json:"protocol"`
		Port        uint16        `json:"port"`
		report.Header
		Results []triedFlowJSON `json:"results"`
	}
	triedFlowJSON struct {
		Source          string        `json:"source"`
		SourceNode      string        `json:"sourceNode,omitempty"`
		Destination     string        `json:"destination"`
		DestinationNode string        `json:"destinationNode,omitempty"`
		For             string        `json:"for,omitempty"`
		Protocol        string        `json:"protocol"`
		From            []string      `json:"from"`   // the addresses of the pod that connected
		To              string        `json:"to"`     // host:port
		Client          string        `json:"client"` // the pod that connected
		Server          string        `json:"server,omitempty"`
		Network         probe.Reality `json:"network"`
		Outcome         probe.Outcome `json:"outcome"`
		Attempts        []string      `json:"attempts"`
		Detail          string        `json:"detail,omitempty"`
		Policies        probe.Reality `json:"policies"` // allowed, denied
		Agree           *bool         `json:"agree"`
		Egress          any           `json:"egress"`
		Ingress         any           `json:"ingress"`
		Notes           []string      `json:"notes"`
	}
)

// object returns the answer with the field names of its JSON.
func (a *probeAnswer) object() any {
	out := probeJSON{Network: a.network(), Source: a.Source, Destination: a.Destination, Protocol: a.Protocol.String(),
		Port: a.Port, Header: a.Header, Results: []triedFlowJSON{}}
	if agree := !a.disagrees(); !agree || out.Network != probe.Unknown {
		out.Agree = &agree
	}
	for i := range a.Flows {
		out.Results = append(out.Results, a.Flows[i].object())
	}
	return out
}

func (p *triedFlow) object() triedFlowJSON {
	r := triedFlowJSON{Source: p.Source, SourceNode: p.SourceNode, Destination: p.Destination, DestinationNode: p.DestinationNode,
		For: p.For, Protocol: p.Protocol.String(), To: p.To.String(), Client: p.Client, Server: p.Server,
		Network: p.Outcome.Reality(), Outcome: p.Outcome, Attempts: append([]string{}, p.Attempts...), Detail: p.Detail,
		Policies: p.expected(), Egress: report.SideObject(&p.Policies.Egress), Ingress: report.SideObject(&p.Policies.Ingress),
		From: []string{}, Notes: append([]string{}, p.Notes...)}
	for _, a := range p.From {
		r.From = append(r.From, a.String())
	}
	if agree, ok := p.agrees(); ok {
		r.Agree = &agree
	}
	return r
}
