package wait

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
)

func creatingEvent(at time.Time) cluster.Event {
	return cluster.Event{Time: at, Type: cluster.State, Cluster: "prod", Status: "CREATE_IN_PROGRESS", Health: "UNKNOWN",
		HealthReason: map[string]string{"nodegroup": "Waiting", "controlplane": "Ready"}, Masters: cluster.Count{Up: 1, All: 3},
		Nodes: cluster.Count{All: 5}, Groups: []cluster.Group{{Name: "default-master", Status: "CREATE_COMPLETE"}},
		Elapsed: 170, Estimate: 720}
}

func TestRenderedWait(t *testing.T) {
	t.Parallel()
	at := time.Now()
	d := &display{now: func() time.Time { return at.Add(10 * time.Second) }, last: creatingEvent(at)}
	want := []string{
		"prod: CREATE_IN_PROGRESS  3m0s of about 12m0s  ████████░░░░░░░░░░░░░░░░░░░░░░░░",
		"  masters 1/3, nodes 0/5, default-master CREATE_COMPLETE",
		"  health UNKNOWN (controlplane=Ready nodegroup=Waiting)",
	}
	if diff := cmp.Diff(want, d.render(79)); diff != "" {
		t.Error(diff)
	}
	if got := utf8.RuneCountInString(d.render(199)[0]); got != 45+2+40 {
		t.Errorf("%d columns of 200", got)
	}
	if got := d.render(40)[0]; strings.ContainsAny(got, "█░") {
		t.Errorf("a bar where there is no room: %q", got)
	}
	d.last.Type, d.last.Message, d.last.Elapsed = cluster.Away, "refused", 800
	lines := d.render(79)
	if !strings.Contains(lines[0], "13m30s, usually 12m0s") || !strings.Contains(lines[3], "does not answer, asking again: refused") {
		t.Errorf("%q", lines)
	}
}

// Without a terminal every change is a line.
func TestWaitWithoutATerminal(t *testing.T) {
	t.Parallel()
	var errOut bytes.Buffer
	env := cli.Env{IOStreams: genericiooptions.IOStreams{ErrOut: &errOut}, Now: time.Now}
	progress := env.Progress()
	d := &display{line: progress.Line("prod"), now: time.Now}
	e := creatingEvent(time.Now())
	e.StatusReason = "a\x1b[2Jb"
	d.show(e)
	e.Type = cluster.Done
	d.show(e)
	progress.Close()
	want := `prod: CREATE_IN_PROGRESS, masters 1/3, nodes 0/5, default-master CREATE_COMPLETE, health UNKNOWN (controlplane=Ready nodegroup=Waiting), a\u001b[2Jb, after 2m50s
prod: done after 2m50s
`
	if diff := cmp.Diff(want, errOut.String()); diff != "" {
		t.Error(diff)
	}
}
