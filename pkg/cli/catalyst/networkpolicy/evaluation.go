package networkpolicy

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"strings"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report/page"
)

// evaluation holds what was read, and the engine over it.
type evaluation struct {
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
func (i *input) read(ctx context.Context, line *cli.Line) (*load.Input, error) {
	if len(i.files) == 0 {
		return i.readLive(ctx, line)
	}
	return i.readFiles(ctx, i.files, line)
}

func (i *input) readFiles(ctx context.Context, paths []string, line *cli.Line) (*load.Input, error) {
	return load.Files(ctx, paths, load.Options{
		Recursive: i.recursive, Exclude: i.exclude, Namespace: i.overrides.Context.Namespace, Stdin: i.env.In, Progress: counter(line),
	})
}

// noteNoObjects says how many documents of folders were passed over, so that nobody
// takes them for read.
func (i *input) noteNoObjects(in *load.Input) {
	switch {
	case in == nil || in.NoObjects == 0:
	case in.NoObjects == 1:
		i.env.Hint("passed over 1 document that is no Kubernetes object")
	default:
		i.env.Hint(fmt.Sprintf("passed over %d documents that are no Kubernetes objects", in.NoObjects))
	}
}

// counter shows on a line how many objects have been read.
func counter(line *cli.Line) func(int) {
	return func(n int) { line.Set(fmt.Sprintf("%d objects read", n)) }
}

// evaluateAll reads and evaluates the objects. What is wrong with them is for the
// caller to judge.
func (i *input) evaluateAll(ctx context.Context) (*evaluation, error) {
	// Reading leaves little behind and the engine keeps what it makes: collecting
	// early costs a few milliseconds and halves what a large cluster takes.
	defer debug.SetGCPercent(debug.SetGCPercent(eagerGC))
	progress := i.env.Progress()
	line := progress.Line("network policies")
	in, err := i.read(ctx, line)
	defer func() {
		progress.Close()
		i.noteNoObjects(in)
	}()
	if err != nil {
		return nil, err
	}
	if err := i.checkNamespace(in); err != nil {
		return nil, err
	}
	line.Set(fmt.Sprintf("evaluating %d pods", len(in.Objects.Pods)))
	return i.evaluate(in)
}

func (i *input) evaluate(in *load.Input) (*evaluation, error) {
	s := &evaluation{in: in, options: i.engineOptions(in)}
	engine, err := netpol.New(&in.Objects, s.options)
	if err != nil && !errors.As(err, &s.problems) {
		return nil, err
	}
	s.engine = engine
	in.Locate(s.problems)
	return s, nil
}

func (i *input) engineOptions(in *load.Input) netpol.Options {
	cni := enforce.Profile(in)
	if i.cni.Value != detect {
		cni, _ = netpol.ParseCNI(i.cni.Value) // one of the allowed values
	}
	return netpol.Options{CNI: cni}
}

// checkAnswerable refuses what cannot be answered: where a document was not accepted,
// every answer might be wrong.
func (s *evaluation) checkAnswerable() error {
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

// unevaluated lists the policies and workloads that were not evaluated and could
// matter. HostEndpoints are about nodes, never about pods.
func (s *evaluation) unevaluated() []string {
	var out []string
	for _, f := range slices.Concat(s.in.Foreign, s.in.Unknown) {
		if f.Ref.Kind != "HostEndpoint" {
			out = append(out, f.Ref.String())
		}
	}
	for _, dir := range s.in.Charts {
		out = append(out, "Helm chart "+dir)
	}
	if s.engine != nil {
		for _, g := range s.engine.Gaps() {
			if g.Undefined {
				out = append(out, g.Ref.String())
			}
		}
	}
	return out
}

// checkComplete refuses to call an answer good that leaves such objects out.
func (i *input) checkComplete(unevaluated []string) error {
	if len(unevaluated) == 0 || i.allowIncomplete {
		return nil
	}
	what := unevaluated[0]
	if n := len(unevaluated) - 1; n > 0 {
		what += fmt.Sprintf(" and %d more", n)
	}
	return clierr.Errorf("--allow-incomplete accepts the answer as it is", "the answer is incomplete: %s: not evaluated", what)
}

// checkNamespace refuses a namespace that is not there: its answer would be empty.
func (i *input) checkNamespace(in *load.Input) error {
	name := i.namespace()
	if name == "" {
		return nil
	}
	meant, missing := in.MissingNamespace(name)
	if !missing {
		return nil
	}
	hint := "leave -n out for all namespaces"
	if meant != "" {
		hint = fmt.Sprintf("did you mean %q?", meant)
	}
	return clierr.Errorf(hint, "there is no namespace %q", name)
}

// incomplete lists why the answer may leave something out.
func (s *evaluation) incomplete() []string {
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

// warnIncomplete warns why the answer may leave something out.
func (i *input) warnIncomplete(reasons []string) {
	const most = 10
	for n, r := range reasons {
		if n == most {
			i.env.Warn("incomplete: and "+fmt.Sprintf("%d more reasons", len(reasons)-most), "-o json lists them all")
			return
		}
		i.env.Warn("incomplete: "+r, "")
	}
}

// inNamespace returns the flows that begin or end in a namespace.
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

// page completes a document with what both commands say alike: what was looked
// at, and who reaches whom where that can be answered.
func (i *input) page(s *evaluation, d *page.Document) *page.Document {
	d.Namespace = i.namespace()
	if s.checkAnswerable() == nil {
		d.Engine = s.engine
	}
	if len(i.files) > 0 {
		d.Source = append(d.Source, strings.Join(i.files, ", "))
	} else if name := i.contextName(); name != "" {
		d.Source = append(d.Source, "context "+name)
	}
	if c := s.in.Cluster; c != nil {
		d.Source = append(d.Source, apiServer(c.Server, c.Version))
	}
	if d.Namespace != "" {
		d.Source = append(d.Source, "namespace "+d.Namespace+" only")
	}
	return d
}

func apiServer(server, version string) string {
	var parts []string
	if server != "" {
		parts = append(parts, server)
	}
	if version != "" {
		parts = append(parts, "Kubernetes "+version)
	}
	return strings.Join(parts, ", ")
}

// contextName returns the context in use; "" where that is not known.
func (i *input) contextName() string {
	if i.overrides.CurrentContext != "" {
		return i.overrides.CurrentContext
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = i.kubeconfig
	config, err := rules.Load()
	if err != nil {
		return "" // the cluster was read with it: only its name is missing
	}
	return config.CurrentContext
}

// answerNo returns the answer "no" without any message: the output says it.
func answerNo() error { return &clierr.Error{Err: errAnswerNo{}, Code: clierr.No} }

// errAnswerNo has no text: exit code 3 says it all.
type errAnswerNo struct{}

func (errAnswerNo) Error() string { return "" }
