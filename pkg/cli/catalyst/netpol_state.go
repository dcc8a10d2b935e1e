package catalyst

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// netpolState is what was read, and the engine over it.
type netpolState struct {
	in     *load.Input
	engine *netpol.Engine // nil with problems
	// problems are values that no API server would accept.
	problems netpol.Problems
	options  netpol.Options
}

// eagerGC is the growth in percent after which garbage is collected while objects
// are read and evaluated.
const eagerGC = 50

// read loads the objects from files, or from the cluster when none are named.
func (i *netpolInput) read(ctx context.Context, line *cli.Line) (*load.Input, error) {
	if len(i.files) == 0 {
		return i.readLive(ctx, line)
	}
	return i.readFiles(ctx, i.files, line)
}

func (i *netpolInput) readFiles(ctx context.Context, paths []string, line *cli.Line) (*load.Input, error) {
	return load.Files(ctx, paths, load.Options{
		Recursive: i.recursive, Namespace: i.overrides.Context.Namespace, Stdin: i.env.In, Progress: counter(line),
	})
}

// counter shows on a line how many objects have been read.
func counter(line *cli.Line) func(int) {
	return func(n int) { line.Set(fmt.Sprintf("%d objects read", n)) }
}

// state evaluates the objects. What is wrong with them is left to the caller.
func (i *netpolInput) state(ctx context.Context) (*netpolState, error) {
	// Reading leaves little behind and the engine keeps what it makes: collecting
	// early costs a few milliseconds and halves what a large cluster takes.
	defer debug.SetGCPercent(debug.SetGCPercent(eagerGC))
	progress := i.env.Progress()
	defer progress.Close()
	line := progress.Line("network policies")
	in, err := i.read(ctx, line)
	if err != nil {
		return nil, err
	}
	line.Set(fmt.Sprintf("evaluating %d pods", len(in.Objects.Pods)))
	return i.evaluate(in)
}

func (i *netpolInput) evaluate(in *load.Input) (*netpolState, error) {
	s := &netpolState{in: in, options: i.engineOptions(in)}
	engine, err := netpol.New(&in.Objects, s.options)
	if err != nil && !errors.As(err, &s.problems) {
		return nil, err
	}
	s.engine = engine
	in.Locate(s.problems)
	return s, nil
}

func (i *netpolInput) engineOptions(in *load.Input) netpol.Options {
	cni := enforce.Profile(in)
	if i.cni.Value != detect {
		cni, _ = netpol.ParseCNI(i.cni.Value) // one of the allowed values
	}
	return netpol.Options{CNI: cni}
}

// answerable refuses what cannot be answered: where a document was not accepted,
// every answer might be wrong.
func (s *netpolState) answerable() error {
	if err := refusals(s.in); err != nil {
		return err
	}
	if len(s.problems) > 0 {
		return refused(s.problems[0], len(s.problems))
	}
	return nil
}

func refusals(in *load.Input) error {
	if len(in.Refused) == 0 {
		return nil
	}
	return refused(in.Refused[0], len(in.Refused))
}

// refused reports the first of n things that are wrong.
func refused(first error, n int) error {
	hint := "correct it, or leave the document out"
	if n > 1 {
		hint += fmt.Sprintf("; 'kubectl catalyst network-policy check' lists all %d that are wrong", n)
	}
	return clierr.Errorf(hint, "%w", first)
}

// incomplete lists why the answer may leave something out.
func (s *netpolState) incomplete() []string {
	out := s.in.Incomplete()
	if s.engine != nil {
		for _, g := range s.engine.Gaps() {
			text := g.Ref.String() + ": " + g.Message
			if at := g.Origin.String(); at != "" {
				text = at + ": " + text
			}
			out = append(out, text)
		}
	}
	return out
}

// warnIncomplete tells on stderr why the answer may leave something out.
func (i *netpolInput) warnIncomplete(reasons []string) {
	const most = 10
	for n, r := range reasons {
		if n == most {
			i.env.Warn("incomplete: and "+fmt.Sprintf("%d more reasons", len(reasons)-most), "-o json lists them all")
			return
		}
		i.env.Warn("incomplete: "+r, "")
	}
}

// inNamespace leaves the flows that begin or end in a namespace.
func inNamespace(flows iter.Seq[netpol.Flow], namespace string) iter.Seq[netpol.Flow] {
	if namespace == "" {
		return flows
	}
	return func(yield func(netpol.Flow) bool) {
		for f := range flows {
			if f.Source.Namespace != namespace && f.Destination.Namespace != namespace {
				continue
			}
			if !yield(f) {
				return
			}
		}
	}
}
