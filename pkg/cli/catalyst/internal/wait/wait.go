// Package wait waits for the end of an operation on a cluster and shows how it
// goes, for every command with --wait.
package wait

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// Default is what --wait means without a duration: Magnum gives up on a cluster
// after an hour itself.
const Default = time.Hour

// BindFlag adds --wait[=DURATION].
func BindFlag(fs *pflag.FlagSet, d *time.Duration, usage string) {
	fs.DurationVar(d, "wait", 0, usage)
	fs.Lookup("wait").NoOptDefVal = Default.String()
}

// ErrNegative is returned for a --wait of less than nothing.
var ErrNegative = clierr.New(clierr.Usage, "", "--wait takes a positive duration")

// Options say what is waited for, and where that is shown.
type Options struct {
	Operation cluster.Operation
	Resumed   bool // it was asked for earlier
	Limit     time.Duration
	Began     time.Time // zero: see cluster.Waiting
	Line      *cli.Line
	Events    io.Writer // gets each event as a line of JSON; nil: people are told instead

	onEvent func(cluster.Event) // is given each event too; may be nil
}

// askAPI returns what asks the API server of a cluster for its version, verified with
// the CA that Magnum names.
func askAPI(s *session.Session) func(context.Context, *magnum.Cluster) cluster.APIAnswer {
	var ca []byte
	return func(ctx context.Context, c *magnum.Cluster) cluster.APIAnswer {
		at, err := c.APIServer()
		if err == nil && ca == nil {
			ca, err = s.Magnum.CA(ctx, c.UUID)
		}
		if err != nil {
			return cluster.APIAnswer{ComingUp: cluster.IsTransient(err)} // without the CA nobody knows who answers
		}
		api := apiserver.Endpoint{Server: at.String(), CA: ca}
		version, err := api.Client(apiserver.Auth{}).Version(ctx)
		if apiserver.Is(err, apiserver.Private) {
			return cluster.APIAnswer{}
		}
		return cluster.APIAnswer{Version: version, Err: err,
			ComingUp: apiserver.Is(err, apiserver.Refused, apiserver.Unreachable, apiserver.NotKubernetes)}
	}
}

// For waits for the end of an operation.
func For(ctx context.Context, id *session.Identity, s *session.Session, o Options, c *magnum.Cluster) (*magnum.Cluster, error) {
	past := cluster.History{}
	if cache := id.Store(); cache != nil {
		past = cluster.History{Store: cache, Key: cluster.HistoryKey(s.Pin().AuthURL, s.User().ID, s.Region())}
	}
	now := id.Env.Now
	began := now()
	after, err := cluster.Wait(ctx, cluster.Waiting{
		Magnum: s.Magnum, Operation: o.Operation, Cluster: c, Resumed: o.Resumed, Began: o.Began, Limit: o.Limit,
		Estimate: past.Expect(o.Operation), API: askAPI(s), Now: now, After: id.Env.After, OnEvent: o.Display(now),
	})
	took := now().Sub(began)
	switch {
	case err != nil:
		return nil, err
	case o.Operation == cluster.Create && (c.Creating() || c.Status == ""):
		took = cluster.CreationTook(after)
	case o.Resumed || o.Operation == cluster.Create:
		return after, nil // what was not seen from its beginning teaches nothing
	}
	if err := past.Learn(ctx, o.Operation, took); err != nil {
		id.Debug(1, "how long it took is not remembered: "+err.Error())
	}
	return after, nil
}

// Follow is For with a display of its own. It warns of an API server that did not
// answer to the end.
func Follow(ctx context.Context, id *session.Identity, s *session.Session, o Options, c *magnum.Cluster) (*magnum.Cluster, error) {
	progress := id.Env.Progress()
	o.Line = progress.Line(c.Name)
	o.Line.Set("waiting for Magnum to begin")
	var last cluster.Event
	o.onEvent = func(e cluster.Event) { last = e }
	after, err := For(ctx, id, s, o, c)
	progress.Close()
	if err == nil && last.Message != "" && o.Events == nil {
		id.Env.Warn(last.Message, fmt.Sprintf("'kubectl catalyst doctor %s' finds out what is in the way", c.Name))
	}
	return after, err
}

// PrintEnd writes how a wait ended well, where a terminal has shown and erased it.
func PrintEnd(env cli.Env, name string, after *magnum.Cluster) {
	if after == nil {
		fmt.Fprintf(env.ErrOut, "cluster %q is deleted\n", clierr.Clean(name))
		return
	}
	fmt.Fprintf(env.ErrOut, "cluster %q is %s\n", clierr.Clean(name), clierr.Clean(after.Status))
}

// Display returns what shows each event of a wait.
func (o Options) Display(now func() time.Time) func(cluster.Event) {
	d := &display{line: o.Line, events: o.Events, now: now}
	if o.onEvent == nil {
		return d.show
	}
	return func(e cluster.Event) {
		o.onEvent(e)
		d.show(e)
	}
}

// display shows events: as lines that are redrawn, as one line per change,
// or as JSON.
type display struct {
	line   *cli.Line
	events io.Writer
	now    func() time.Time

	mu   sync.Mutex
	last cluster.Event
}

func (d *display) show(e cluster.Event) {
	d.mu.Lock()
	first := d.last.Type == ""
	d.last = e
	d.mu.Unlock()
	switch {
	case d.events != nil:
		_ = json.NewEncoder(d.events).Encode(e) // a reader that is gone is told of by the result
	case d.line.Live():
		if first {
			d.line.Show(d.render)
		}
	default:
		d.line.Announce(sentence(e))
	}
}

// sentence is an event on a line of its own.
func sentence(e cluster.Event) string {
	after := " after " + short(time.Duration(e.Elapsed)*time.Second)
	switch {
	case e.Type == cluster.Done:
		return "done" + after
	case e.Type == cluster.Failed:
		return "failed" + after
	case e.Elapsed == 0 && e.Estimate > 0:
		return e.String() + ", usually takes " + short(time.Duration(e.Estimate)*time.Second)
	case e.Elapsed == 0:
		return e.String()
	}
	return e.String() + "," + after
}

// render returns the lines of the last event at the present time.
func (d *display) render(width int) []string {
	d.mu.Lock()
	e := d.last
	d.mu.Unlock()
	elapsed := max(0, time.Duration(e.Elapsed)*time.Second+d.now().Round(0).Sub(e.Time.Round(0)))
	head := e.Cluster + ": " + e.Status
	if e.Status == "" {
		head = e.Cluster + ": waiting for Magnum to begin"
		if e.Type == cluster.Away {
			head = e.Cluster + ": not seen yet"
		}
	}
	lines := []string{head + "  " + clock(elapsed, time.Duration(e.Estimate)*time.Second)}
	if room := width - len([]rune(lines[0])) - 2; e.Estimate > 0 && room >= 10 {
		lines[0] += "  " + bar(elapsed.Seconds()/float64(e.Estimate), min(room, 40))
	}
	if e.Status != "" {
		machines := "  masters " + e.Masters.String() + ", nodes " + e.Nodes.String()
		if api := e.APIText(); api != "" {
			machines += ", " + api
		}
		if groups := e.GroupsText(); groups != "" {
			machines += ", " + groups
		}
		lines = append(lines, machines)
	}
	if health := e.HealthText(); health != "" {
		lines = append(lines, "  "+health)
	}
	if e.StatusReason != "" {
		lines = append(lines, "  "+e.StatusReason)
	}
	if e.Type == cluster.Away {
		lines = append(lines, "  "+e.String())
	}
	return lines
}

// clock returns how long it takes already, and how long it takes as a rule.
func clock(elapsed, estimate time.Duration) string {
	switch {
	case estimate == 0:
		return short(elapsed)
	case elapsed > estimate:
		return short(elapsed) + ", usually " + short(estimate)
	}
	return fmt.Sprintf("%s of about %s", short(elapsed), short(estimate))
}

// short writes a duration to the second, as in 3m20s.
func short(d time.Duration) string { return d.Round(time.Second).String() }

// bar is a progress bar of that many columns; it is full only at the very end.
func bar(part float64, columns int) string {
	full := min(int(part*float64(columns)), columns-1)
	out := make([]rune, columns)
	for i := range out {
		if out[i] = '░'; i < full {
			out[i] = '█'
		}
	}
	return string(out)
}
