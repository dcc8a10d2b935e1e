package cluster

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func view(name, status string) cluster.View {
	return cluster.View{Cluster: magnum.Cluster{UUID: name, Name: name, Status: status}}
}

// Only what is new is printed, and a cloud that is away for a moment is warned
// about once.
func TestWatchShowsWhatChanges(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	away := &magnum.Unavailable{Endpoint: "there", Err: errors.New("refused")}
	answers := []struct {
		views []cluster.View
		err   error
	}{
		{views: []cluster.View{view("a", "CREATE_IN_PROGRESS"), view("b", "CREATE_COMPLETE")}},
		{views: []cluster.View{view("a", "CREATE_IN_PROGRESS"), view("b", "CREATE_COMPLETE")}},
		{err: away},
		{err: away},
		{views: []cluster.View{view("a", "CREATE_COMPLETE")}},
	}
	asked := 0
	var out, errOut bytes.Buffer
	table := cli.NewTable(&out, false, cli.Column[cluster.View]{Title: "NAME", Cell: nameOf},
		cli.Column[cluster.View]{Title: "STATUS", Cell: func(v cluster.View) string { return v.Status }})
	w := watcher{
		env: cli.Env{IOStreams: genericiooptions.IOStreams{Out: &out, ErrOut: &errOut}}, every: time.Microsecond,
		print: func(changed []cluster.View) error { return table.Print(changed...) },
		ask: func(context.Context) ([]cluster.View, error) {
			if asked == len(answers) {
				cancel()
				return nil, ctx.Err()
			}
			asked++
			return answers[asked-1].views, answers[asked-1].err
		},
	}
	if err := w.run(ctx); err != nil {
		t.Fatal(err)
	}
	const want = "NAME   STATUS\na      CREATE_IN_PROGRESS\nb      CREATE_COMPLETE\na      CREATE_COMPLETE\nb      DELETE_COMPLETE\n"
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
	if n := strings.Count(errOut.String(), "warning: "); n != 1 {
		t.Errorf("%d warnings: %s", n, errOut.String())
	}
}

func TestWatchEndsWhereTheFirstAnswerIsNo(t *testing.T) {
	t.Parallel()
	w := watcher{every: time.Hour, ask: func(context.Context) ([]cluster.View, error) { return nil, &magnum.Forbidden{} }}
	if err := w.run(t.Context()); err == nil {
		t.Error("no error")
	}
}
