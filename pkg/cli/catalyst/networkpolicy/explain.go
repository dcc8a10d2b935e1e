package networkpolicy

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

type explainOptions struct {
	*input
	flowQuestion
	output *cli.OutputFlag
}

func newExplain(env cli.Env) *cobra.Command {
	o := &explainOptions{input: newInput(env), output: cli.Output("table", "json", "yaml")}
	cmd := &cobra.Command{
		Use:   "explain SRC DST --port PORT[/PROTOCOL]",
		Short: "Tell whether one may reach the other on a port, and which rules decide",
		Long: `Tell whether SRC may open a connection to a port of DST, and which rules decide,
in both directions.

SRC and DST are a pod (namespace/pod), a workload (namespace/Kind/name) or an
address. DST may be a service (namespace/Service/name): the port is then the
service's, and the answer is about the pods and ports behind it, which is where
policies apply. Of a workload whose pods are not treated alike each kind of pod
is answered for; the flow counts as allowed when all of them allow it.

Exit code 0 means allowed, 3 denied, 1 unknown: a policy that is not evaluated may
select one of the two.`,
		Example: `  # May the shop's front end reach its database?
  kubectl catalyst network-policy explain shop/Deployment/web shop/db-0 --port 5432

  # May the front end ask an outside name server, according to these manifests?
  kubectl catalyst network-policy explain -f manifests/ shop/Deployment/web 192.0.2.53 --port 53/UDP`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.input.bind(cmd.Flags())
	o.output.Bind(cmd.Flags())
	o.flowQuestion.bind(cmd.Flags())
	return cmd
}

func (o *explainOptions) complete(args []string) error {
	if err := o.flowQuestion.complete(args); err != nil {
		return err
	}
	return o.validate()
}

func (o *explainOptions) run(ctx context.Context) error {
	s, err := o.evaluateAll(ctx)
	if err != nil {
		return err
	}
	if err := s.checkAnswerable(); err != nil {
		return err
	}
	a := &report.Answer{Source: o.source, Destination: o.destination, Protocol: o.protocol, Port: o.number,
		Header: report.NewHeader(s.incomplete())}
	sources, err := s.resolveEnds(o.source)
	if err != nil {
		return err
	}
	targets, err := s.resolveTargets(o.destination, o.protocol, o.number)
	if err != nil {
		return err
	}
	for _, src := range sources {
		for _, t := range targets {
			e := s.engine.Explain(src, t.end, o.protocol, t.port)
			applyService(&e, t.service)
			for _, reason := range s.unsure(&e) {
				a.Unknown = appendNew(a.Unknown, reason)
			}
			a.Questions = append(a.Questions, report.Question{Explanation: e, Protocol: o.protocol, Port: t.port, For: t.via})
		}
	}
	return o.print(a)
}

func (o *explainOptions) print(a *report.Answer) error {
	err := o.output.Print(o.env.Out, a.Object(), cli.Formats{"table": func(w io.Writer) error {
		o.warnIncomplete(a.Incomplete)
		return report.ExplainText(w, a)
	}})
	switch {
	case err != nil:
		return err
	case len(a.Unknown) > 0 && !o.allowIncomplete:
		return o.checkComplete(a.Unknown)
	case !a.Allowed():
		return answerNo()
	}
	return nil
}

// unsure lists the policies that were not evaluated and may select an end of a flow:
// those of its namespaces and those of the whole cluster, and those between which it
// is undefined who wins.
func (s *evaluation) unsure(e *netpol.Explanation) []string {
	namespaces := map[string]bool{"": true}
	for _, end := range []netpol.Endpoint{e.Source, e.Destination} {
		if i, ok := end.Pod(); ok {
			namespaces[s.in.Objects.Pods[i].Meta.Namespace] = true
		}
	}
	var out []string
	for _, f := range s.in.Foreign {
		if namespaces[f.Ref.Namespace] && f.Ref.Kind != "HostEndpoint" {
			out = append(out, f.Ref.String())
		}
	}
	for _, g := range s.engine.Gaps() {
		selects := func(p netpol.PolicyRef) bool { return p.Policy == g.Ref }
		if g.Undefined && (slices.ContainsFunc(e.Egress.Policies, selects) || slices.ContainsFunc(e.Ingress.Policies, selects)) {
			out = append(out, g.Ref.String())
		}
	}
	return out
}
