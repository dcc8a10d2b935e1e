package networkpolicy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// liveSide names the cluster among the sides of a diff.
const liveSide = "live"

type diffOptions struct {
	*input
	by       cli.Choice
	external bool
	failOn   cli.Choice
	output   *cli.OutputFlag
}

// What of a difference makes the exit code 3.
const (
	failOnAny     = "any"
	failOnOpened  = "opened"
	failOnOutside = "opened-outside"
)

func newDiff(env cli.Env) *cobra.Command {
	o := &diffOptions{input: newInput(env), by: groupingFlag(),
		failOn: cli.Choice{Value: failOnAny, Allowed: []string{failOnAny, failOnOpened, failOnOutside, never}},
		output: cli.Output("table", "json", "yaml", "csv", "markdown", "github", "gitlab")}
	var sides []string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "List what becomes reachable and what stops being so between two states",
		Long: `List what becomes reachable and what stops being so between two states.

OLD and NEW are each a file, a folder, - (standard input), a snapshot, or "live"
for the cluster. Files beside a cluster or a snapshot are taken as applied to it:
their objects replace those of the same name, the others stay. Between two sets
of files each is complete in itself; what is common to both may be given with -f.

Exit code 0 means no difference, 3 that there is one. With --fail-on opened, only
what becomes reachable counts, with opened-outside only what becomes reachable
from addresses outside the cluster or there.`,
		Example: `  # What will applying this folder change?
  kubectl catalyst network-policy diff live manifests/

  # Between two revisions of the manifests
  kubectl catalyst network-policy diff old/ new/ -R -o json

  # For a merge request: fails when it opens something to the outside
  kubectl catalyst network-policy diff old/ new/ -R -o markdown --fail-on opened-outside`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || args[0] == args[1] {
				return clierr.New(clierr.Usage, "each is a file, a folder, -, a snapshot or live", "want two different states")
			}
			sides = args
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), sides[0], sides[1]) },
	}
	o.bind(cmd.Flags())
	cmd.Flags().Lookup("filename").Usage = "file, folder or - with what both states have in common; may be repeated"
	o.output.Bind(cmd.Flags())
	cmd.Flags().Var(&o.failOn, "fail-on", "what of the difference makes the exit code 3")
	cmd.Flags().Var(&o.by, "by", "what a row is about")
	cmd.Flags().BoolVar(&o.external, "external", true, "list ranges of addresses outside the cluster too")
	return cmd
}

func (o *diffOptions) run(ctx context.Context, older, newer string) error {
	a, err := o.side(ctx, older)
	if err != nil {
		return err
	}
	b, err := o.side(ctx, newer)
	if err != nil {
		return err
	}
	a, b = load.Overlay(a, b)
	base := a
	if a.Cluster == nil {
		base = b
	}
	options := o.engineOptions(base)
	var incomplete, unevaluated []string
	for _, in := range []*load.Input{a, b} {
		s := &evaluation{in: in}
		if s.engine, err = netpol.New(&in.Objects, options); err != nil {
			if !errors.As(err, &s.problems) {
				return err
			}
			in.Locate(s.problems)
			return s.checkAnswerable()
		}
		for _, reason := range s.incomplete() {
			incomplete = appendNew(incomplete, reason)
		}
		for _, name := range s.unevaluated() {
			unevaluated = appendNew(unevaluated, name)
		}
	}
	changes, err := netpol.Diff(&a.Objects, &b.Objects, options, netpol.FlowOptions{By: grouping[o.by.Value], External: o.external})
	if err != nil {
		return err
	}
	fails, err := o.print(changes, incomplete, newer)
	switch {
	case err != nil:
		return err
	case len(unevaluated) > 0 && !o.allowIncomplete:
		return o.checkComplete(unevaluated)
	case fails:
		return answerNo()
	}
	return nil
}

// side loads one state. Documents that were not accepted end it here.
func (o *diffOptions) side(ctx context.Context, name string) (*load.Input, error) {
	var in *load.Input
	var err error
	progress := o.env.Progress()
	line := progress.Line(name)
	if name == liveSide {
		in, err = o.readLive(ctx, line)
	} else {
		in, err = o.readFiles(ctx, append(append([]string{}, o.files...), name), line)
	}
	progress.Close()
	o.noteNoObjects(in)
	if err != nil {
		return nil, fmt.Errorf("state %q: %w", name, err)
	}
	return in, refusals(in)
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// fails reports whether a change makes the exit code 3.
func (o *diffOptions) fails(c netpol.Change) bool {
	switch o.failOn.Value {
	case never:
		return false
	case failOnOpened:
		return !c.Added.Empty()
	case failOnOutside:
		return !c.Added.Empty() && (c.Source.Kind == netpol.RangePeer || c.Destination.Kind == netpol.RangePeer)
	}
	return true
}

func (o *diffOptions) print(changes iter.Seq[netpol.Change], incomplete []string, newer string) (fails bool, err error) {
	shown := func(yield func(netpol.Change) bool) {
		ns := o.namespace()
		for c := range changes {
			if ns != "" && c.Source.Namespace != ns && c.Destination.Namespace != ns {
				continue
			}
			fails = fails || o.fails(c)
			if !yield(c) {
				return
			}
		}
	}
	asObject := func(w io.Writer) error {
		return cli.PrintObject(w, o.output.Value, report.DiffObject(shown, report.NewHeader(incomplete)))
	}
	if o.output.Value == "table" || o.output.Value == "csv" {
		o.warnIncomplete(incomplete)
	}
	err = o.output.Print(o.env.Out, nil, cli.Formats{
		"table": func(w io.Writer) error { return report.DiffTable(w, shown) },
		"csv":   func(w io.Writer) error { return report.DiffCSV(w, shown) },
		"json":  asObject, "yaml": asObject,
		"markdown": func(w io.Writer) error { return report.DiffMarkdown(w, shown, report.NewHeader(incomplete)) },
		"github":   func(w io.Writer) error { return report.DiffGitHub(w, shown, report.NewHeader(incomplete)) },
		"gitlab":   func(w io.Writer) error { return report.DiffGitLab(w, shown, newer) },
	})
	return fails, err
}
