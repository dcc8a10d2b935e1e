package networkpolicy

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/expect"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// maxExpectations bounds a file of expectations.
const maxExpectations = 8 << 20

type testOptions struct {
	*input
	record bool
	output *cli.OutputFlag
}

func newTest(env cli.Env) *cobra.Command {
	o := &testOptions{input: newInput(env), output: cli.Output("table", "json", "yaml", "junit", "markdown", "github")}
	cmd := &cobra.Command{
		Use:   "test FILE…",
		Short: "Tell whether the policies do what is expected of them",
		Long: `Tell whether the policies do what is expected of them, exactly: for every pod,
address and port that an expectation is about. Each FILE (or -, standard input)
holds expectations:

  expect:
  - name: the front reaches the back
    from: shop/Deployment/front
    to: shop/Deployment/back
    ports: [8080, 53/UDP, 8000-8010]
    allow: true
  - name: only the back reaches the database
    to: shop/StatefulSet/db
    ports: [5432]
    only: [shop/Deployment/back]
  - {from: outside, to: shop, allow: false}

An end is a namespace, namespace/name, namespace/Kind/name,
namespace:label=value,…, an address, a range (CIDR or first-last), or outside: all
addresses but those of pods and nodes. Without ports, an expectation is about all
of them. 'allow: true' holds when every port is allowed from all to all, 'allow:
false' when none is. 'only' holds when nobody else may reach the end.

Exit code 0 means that all hold, 3 that some do not, 1 that something was not
understood, stands for nothing, or could not be read.`,
		Example: `  # What is expected, of the manifests of a change
  kubectl catalyst network-policy test expected.yaml -f manifests/ -R

  # The state of a cluster as expectations, to be tested from now on
  kubectl catalyst network-policy test --record -n shop > expected.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case o.record && len(args) > 0:
				return clierr.New(clierr.Usage, "redirect what it prints to a file", "--record reads no expectations")
			case !o.record && len(args) == 0:
				return clierr.New(clierr.Usage, "--record writes one of the present state", "want a file of expectations")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			return o.run(cmd.Context(), args)
		},
	}
	o.bind(cmd.Flags())
	o.output.Bind(cmd.Flags())
	cmd.Flags().BoolVar(&o.record, "record", false, "write the present state as expectations")
	return cmd
}

func (o *testOptions) run(ctx context.Context, files []string) error {
	var expected []expect.Expectation
	for _, file := range files {
		list, err := o.readExpectations(file)
		if err != nil {
			return err
		}
		expected = append(expected, list...)
	}
	s, err := o.evaluateAll(ctx)
	if err != nil {
		return err
	}
	if err := s.checkAnswerable(); err != nil {
		return err
	}
	tester := expect.NewTester(&s.in.Objects, s.engine)
	if o.record {
		return o.writeRecord(s, tester)
	}
	answer := &report.Test{Header: report.NewHeader(s.incomplete())}
	for _, e := range expected {
		r, err := tester.Test(e)
		if err != nil {
			return clierr.WithHint(err, "correct the expectation, or name the manifests it is about with another -f")
		}
		answer.Results = append(answer.Results, r)
	}
	return o.print(answer, s.unevaluated())
}

func (o *testOptions) readExpectations(file string) ([]expect.Expectation, error) {
	var data []byte
	var err error
	if file == "-" {
		data, err = io.ReadAll(io.LimitReader(o.env.In, maxExpectations))
	} else {
		data, err = atomicfile.ReadUpTo(file, maxExpectations)
	}
	if err != nil {
		if os.IsNotExist(err) {
			return nil, clierr.Errorf("'kubectl catalyst network-policy test --record' writes one", "there is no file %q", file)
		}
		return nil, fmt.Errorf("reading %q: %w", file, err)
	}
	list, err := expect.Parse(data, file)
	if err != nil {
		return nil, clierr.WithHint(err, "'kubectl catalyst network-policy test --help' shows how expectations are written")
	}
	return list, nil
}

func (o *testOptions) writeRecord(s *evaluation, tester *expect.Tester) error {
	all, err := tester.Record(o.namespace())
	if err != nil {
		return clierr.WithHint(err, "-n NAMESPACE records one namespace")
	}
	o.warnIncomplete(s.incomplete())
	return report.Record(o.env.Out, all)
}

func (o *testOptions) print(t *report.Test, unevaluated []string) error {
	if o.output.IsTable() {
		o.warnIncomplete(t.Incomplete)
	}
	err := o.output.Print(o.env.Out, t.Object(), cli.Formats{
		"table":    func(w io.Writer) error { return report.TestText(w, t) },
		"junit":    func(w io.Writer) error { return report.TestJUnit(w, t) },
		"markdown": func(w io.Writer) error { return report.TestMarkdown(w, t) },
		"github":   func(w io.Writer) error { return report.TestGitHub(w, t) },
	})
	switch {
	case err != nil:
		return err
	case t.Failed() > 0:
		return answerNo()
	}
	return o.checkComplete(unevaluated)
}
