package networkpolicy

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report/page"
)

type checkOptions struct {
	*input
	skip      []string
	fixes     bool
	fixesOnly bool
	failOn    cli.Choice
	output    *cli.OutputFlag
	// baseline is an earlier answer, whose findings are left out.
	baseline string
}

// maxBaseline bounds a baseline.
const maxBaseline = 256 << 20

// never is the --fail-on that no finding reaches.
const never = "never"

func newCheck(env cli.Env) *cobra.Command {
	o := &checkOptions{input: newInput(env),
		failOn: cli.Choice{Value: string(lint.Error), Allowed: []string{string(lint.Error), string(lint.Warning), string(lint.Info), never}},
		output: cli.Output("table", "json", "yaml", "sarif", "junit", "markdown", "github", "gitlab", "html")}
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell whether network policies are enforced, and what is wrong with them",
		Long: `Tell whether network policies are enforced at all, and what is wrong with them.

'network-policy rules' lists what is looked for. A finding is left out with
--skip RULE, or by the annotation ` + lint.SkipAnnotation + `: RULE,RULE on its object.

A fix changes what its finding is about and nothing else; where there is no such
fix, the message names the way out.

Exit code 0 means that nothing at or above --fail-on was found, 3 that something
was, 1 that an object was refused, or that policies or workloads were not
evaluated that could matter.`,
		Example: `  # The cluster of the current context
  kubectl catalyst network-policy check

  # Manifests in a pipeline, for the code host to show beside the lines
  kubectl catalyst network-policy check -f manifests/ -R -o sarif --fail-on warning > check.sarif

  # A page to read and to hand on: verdict, findings, and who reaches whom
  kubectl catalyst network-policy check -o html > check.html

  # In a project that has findings already: only what is new
  kubectl catalyst network-policy check -f manifests/ -R -o json --fail-on never > baseline.json
  kubectl catalyst network-policy check -f manifests/ -R --baseline baseline.json

  # With the YAML that puts things right
  kubectl catalyst network-policy check -n shop --fixes

  # Only that YAML, to look at what it would change
  kubectl catalyst network-policy check -n shop --fixes-only > fixes.yaml
  kubectl catalyst network-policy diff live fixes.yaml`,
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
	cmd.Flags().StringSliceVar(&o.skip, "skip", nil, "rule to leave out; may be repeated")
	cmd.Flags().BoolVar(&o.fixes, "fixes", false, "show the YAML that puts each finding right, in the table too")
	cmd.Flags().BoolVar(&o.fixesOnly, "fixes-only", false, "print nothing but that YAML, for kubectl apply -f -")
	cmd.Flags().StringVar(&o.baseline, "baseline", "", "what an earlier check wrote with -o json: leave its findings out")
	cmd.Flags().Var(&o.failOn, "fail-on", "severity from which findings make the exit code 3")
	return cmd
}

func (o *checkOptions) validate() error {
	rules := lint.Rules()
	for _, id := range o.skip {
		if !slices.ContainsFunc(rules, func(r lint.Rule) bool { return r.ID == id }) {
			return clierr.New(clierr.Usage, "'kubectl catalyst network-policy rules' lists them", "there is no rule %q", id)
		}
	}
	if o.fixesOnly && !o.output.IsTable() {
		return clierr.New(clierr.Usage, "leave -o out: the fixes are YAML", "--fixes-only and -o exclude each other")
	}
	return o.input.validate()
}

func (o *checkOptions) run(ctx context.Context) error {
	defer debug.SetGCPercent(debug.SetGCPercent(eagerGC)) // findings are many, as objects are
	known, err := o.readBaseline()
	if err != nil {
		return err
	}
	s, err := o.evaluateAll(ctx)
	if err != nil {
		return err
	}
	c := s.check(lint.Options{Skip: o.skip, Namespace: o.namespace()})
	c.LeaveOut(known)
	print := func() error { return o.print(s, c) }
	if o.fixesOnly {
		print = func() error { return o.printFixes(c) }
	}
	if err := print(); err != nil {
		return err
	}
	if err := s.checkAnswerable(); err != nil {
		return err
	}
	if err := o.checkComplete(c.Unevaluated); err != nil {
		return err
	}
	if slices.ContainsFunc(c.Findings, func(f lint.Finding) bool { return o.fails(f.Severity) }) {
		return answerNo()
	}
	return nil
}

// readBaseline reads the findings that are known.
func (o *checkOptions) readBaseline() ([]lint.Finding, error) {
	if o.baseline == "" {
		return nil, nil
	}
	const hint = "'kubectl catalyst network-policy check -o json --fail-on never' writes one"
	data, err := atomicfile.ReadUpTo(o.baseline, maxBaseline)
	if err != nil {
		return nil, clierr.WithHint(fmt.Errorf("reading the baseline %q: %w", o.baseline, err), hint)
	}
	var old struct {
		Findings *[]lint.Finding `json:"findings"`
	}
	if err := json.Unmarshal(data, &old); err != nil || old.Findings == nil {
		return nil, clierr.Errorf(hint, "baseline %q is not what check writes with -o json", o.baseline)
	}
	return *old.Findings, nil
}

// check runs the checks over what was read.
func (s *evaluation) check(o lint.Options) *report.Check {
	subject := lint.Subject{Input: s.in, Engine: s.engine, Problems: s.problems, Enforcement: enforce.VerdictOn(s.in)}
	c := report.NewCheck(subject, s.incomplete(), o)
	c.Unevaluated = s.unevaluated()
	return c
}

func (o *checkOptions) fails(s lint.Severity) bool {
	return o.failOn.Value != never && s.Rank() <= lint.Severity(o.failOn.Value).Rank()
}

func (o *checkOptions) print(s *evaluation, c *report.Check) error {
	return o.output.Print(o.env.Out, c, cli.Formats{
		"table": func(w io.Writer) error { return report.CheckText(w, c, o.fixes) },
		"sarif": func(w io.Writer) error {
			return cli.PrintObject(w, "json", report.SARIF(c, cli.BuildVersion().Version))
		},
		"junit":    func(w io.Writer) error { return report.JUnit(w, c, o.fails, o.allowIncomplete) },
		"markdown": func(w io.Writer) error { return report.CheckMarkdown(w, c) },
		"github":   func(w io.Writer) error { return report.CheckGitHub(w, c) },
		"gitlab":   func(w io.Writer) error { return report.CheckGitLab(w, c) },
		"html": func(w io.Writer) error {
			return page.Write(w, o.page(s, &page.Document{Check: c, First: page.Findings, External: true}))
		},
	})
}

// printFixes prints the fixes that can be applied together, and says on stderr how
// many others there are.
func (o *checkOptions) printFixes(c *report.Check) error {
	fixes := lint.Applicable(c.Findings)
	later := -len(fixes)
	for _, f := range c.Findings {
		if f.Fix != "" {
			later++
		}
	}
	if err := report.FixesYAML(o.env.Out, fixes); err != nil {
		return err
	}
	switch {
	case later > 0:
		o.env.Hint(fmt.Sprintf("fixes that depend on these are left out: %d; apply these, then check again", later))
	case len(fixes) == 0:
		o.env.Hint("no finding here has a fix that changes nothing else")
	}
	return nil
}

func newRules(env cli.Env) *cobra.Command {
	out := cli.Output("table", "json", "yaml", "name")
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List what check looks for",
		Long:  "List what 'network-policy check' looks for: the id of each rule, its severity and what it means.",
		Example: `  kubectl catalyst network-policy rules
  kubectl catalyst network-policy rules -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rules := lint.Rules()
			id := func(r lint.Rule) string { return r.ID }
			return out.Print(env.Out, rules, cli.Rows(rules, id, []cli.Column[lint.Rule]{
				{Title: "RULE", Cell: id},
				{Title: "SEVERITY", Cell: func(r lint.Rule) string { return string(r.Severity) }},
				{Title: "MEANING", Cell: func(r lint.Rule) string { return r.Summary }},
			}...))
		},
	}
	out.Bind(cmd.Flags())
	return cmd
}
