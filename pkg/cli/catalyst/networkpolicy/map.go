package networkpolicy

import (
	"cmp"
	"context"
	"io"
	"iter"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report/page"
)

type mapOptions struct {
	*input
	by       cli.Choice
	external bool
	output   *cli.OutputFlag
}

// grouping is how --by groups, in the order of the flag's values.
var grouping = map[string]netpol.By{"pod": netpol.ByPod, "workload": netpol.ByWorkload, "namespace": netpol.ByNamespace}

func groupingFlag() cli.Choice {
	return cli.Choice{Value: "workload", Allowed: []string{"pod", "workload", "namespace"}}
}

func newMap(env cli.Env) *cobra.Command {
	o := &mapOptions{input: newInput(env), by: groupingFlag(),
		output: cli.Output("table", "json", "csv", "dot", "svg", "mermaid", "html")}
	cmd := &cobra.Command{
		Use:   "map",
		Short: "List who can reach whom, and on which ports",
		Long: `List who can reach whom, and on which ports: every allowed pair, both directions
of every policy taken into account. What is not listed is denied.

A pod is written namespace/name, a workload namespace/Kind/name, a range of
addresses first-last. A pod to itself is left out: it is always allowed.`,
		Example: `  # The cluster, workload by workload
  kubectl catalyst network-policy map

  # Manifests, pod by pod, as CSV without ranges of addresses
  kubectl catalyst network-policy map -f manifests/ --by pod -o csv --external=false

  # A drawing of one namespace
  kubectl catalyst network-policy map -n shop -o svg > shop.svg

  # One file for the browser: matrix, graph and list, with the rules that decide
  kubectl catalyst network-policy map -o html > map.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.bind(cmd.Flags())
	o.output.Bind(cmd.Flags())
	cmd.Flags().Var(&o.by, "by", "what a row is about")
	cmd.Flags().BoolVar(&o.external, "external", true, "list ranges of addresses outside the cluster too")
	return cmd
}

func (o *mapOptions) run(ctx context.Context) error {
	s, err := o.evaluateAll(ctx)
	if err != nil {
		return err
	}
	if err := s.checkAnswerable(); err != nil {
		return err
	}
	if o.output.Value == "html" {
		return cmp.Or(o.writePage(s), o.checkComplete(s.unevaluated()))
	}
	flows := s.engine.Flows(netpol.FlowOptions{By: grouping[o.by.Value], External: o.external})
	flows = inNamespace(flows, o.namespace())
	incomplete := s.incomplete()
	if o.output.Value != "json" {
		o.warnIncomplete(incomplete)
	}
	return cmp.Or(o.print(flows, report.NewHeader(incomplete)), o.checkComplete(s.unevaluated()))
}

func (o *mapOptions) writePage(s *evaluation) error {
	c := s.check(lint.Options{Namespace: o.namespace()})
	return page.Write(o.env.Out, o.page(s, &page.Document{Check: c, First: page.Map, By: grouping[o.by.Value], External: o.external}))
}

func (o *mapOptions) print(flows iter.Seq[netpol.Flow], h report.Header) error {
	return o.output.Print(o.env.Out, nil, cli.Formats{
		"table":   func(w io.Writer) error { return report.MapTable(w, flows) },
		"json":    func(w io.Writer) error { return report.MapJSON(w, flows, h) },
		"csv":     func(w io.Writer) error { return report.CSV(w, flows) },
		"dot":     func(w io.Writer) error { return report.Dot(w, flows) },
		"svg":     func(w io.Writer) error { return report.SVG(w, flows) },
		"mermaid": func(w io.Writer) error { return report.Mermaid(w, flows) },
	})
}
