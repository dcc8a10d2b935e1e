package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// Operation is an operation on a cluster.
type Operation string

// The operations on a cluster; resize, upgrade and rotation are updates.
const (
	Create Operation = "create"
	Update Operation = "update"
	Delete Operation = "delete"
)

// UnderWay returns the operation that a cluster's status speaks of.
func UnderWay(c *magnum.Cluster) Operation {
	switch {
	case strings.HasPrefix(c.Status, "DELETE_"):
		return Delete
	case strings.HasPrefix(c.Status, "CREATE_"):
		return Create
	}
	return Update
}

// Magnum answers the questions of Wait; *magnum.Client does.
type Magnum interface {
	Cluster(ctx context.Context, ref string) (*magnum.Cluster, error)
	NodeGroups(ctx context.Context, ref string) ([]magnum.NodeGroup, error)
}

// Waiting is an operation whose end is waited for.
type Waiting struct {
	Magnum    Magnum
	Operation Operation
	// Cluster is how it was seen last, before the operation for Update. Of a
	// cluster that was asked for just now UUID and Name are enough.
	Cluster  *magnum.Cluster
	Resumed  bool          // it was asked for earlier, and Cluster is how it is now
	Began    time.Time     // of the operation; zero: when a cluster that is being created was, else now
	Limit    time.Duration // how long to wait; 0: without end
	Estimate time.Duration // how long such an operation takes; 0 when nobody knows
	// API asks the API server of a cluster that is being created. Magnum names its
	// address long before anything answers there. nil: nobody asks.
	API     func(context.Context, *magnum.Cluster) APIAnswer
	Now     func() time.Time
	After   Timer       // of the pause between two questions; nil: time.After
	OnEvent func(Event) // may not be nil
}

// APIAnswer is what came of asking an API server for its version. The zero value says
// that it is not to be reached from here.
type APIAnswer struct {
	Version  string // "": it does not answer
	Err      error  // why not, where that is worth a warning
	ComingUp bool   // Err looks like a server that has yet to start
}

// beginTime is how long Magnum may take to begin with what it has accepted.
const beginTime = time.Minute

// apiTime is how long the API server may take to answer once Magnum calls the cluster
// complete. It may be one that nobody reaches from here.
const apiTime = time.Minute

// apiTimeout bounds one question to an API server.
const apiTimeout = 3 * time.Second

// askTimeout bounds one question: a connection that a sleeping computer lost
// does not say so. Somebody asked for a password has to manage in this time.
const askTimeout = time.Minute

// Wait asks until the operation has ended and returns the cluster, nil when it
// is deleted. At most one question every five seconds is under way, fewer where
// the end is far. What gets lost on the way is asked again; a cluster that
// failed is a *FailedError, and a wait that ended early an *UnfinishedError.
func Wait(ctx context.Context, w Waiting) (*magnum.Cluster, error) {
	if w.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.Limit, errTooLong)
		defer cancel()
	}
	r := w.begin()
	for {
		if ended, err := r.ended(); ended {
			return r.last, err
		}
		if !r.pace.pause(ctx, r.elapsed(), w.Estimate) {
			return nil, r.unfinished(context.Cause(ctx))
		}
		if err := r.ask(ctx); err != nil {
			if ctx.Err() != nil {
				err = r.unfinished(context.Cause(ctx))
			}
			return nil, err
		}
	}
}

// running is a Waiting under way.
type running struct {
	Waiting
	pace     pace
	last     *magnum.Cluster
	event    Event
	reported *Event
	turns    int
	began    time.Time // of waiting
	busy     bool      // the operation was seen under way
	gone     bool
	noGroup  bool      // Magnum is too old for node groups
	api      APIAnswer // the last one
	apiAsked bool
	complete time.Time // when Magnum first called the new cluster complete
}

func (w Waiting) begin() *running {
	r := &running{Waiting: w, pace: pace{after: w.After}, last: w.Cluster, began: w.Now(), busy: w.Resumed || w.Cluster.Busy()}
	if r.Began.IsZero() {
		r.Began = r.began
		if made, err := time.Parse(time.RFC3339, w.Cluster.CreatedAt); err == nil && w.Cluster.Creating() && made.Before(r.began) {
			r.Began = made
		}
	}
	r.event.readCluster(w.Cluster)
	if w.Operation == Create || w.Resumed {
		r.report(State)
	}
	return r
}

// elapsed is measured on the wall: a monotonic clock stops while the computer
// sleeps, and the cloud does not.
func (r *running) elapsed() time.Duration {
	return max(0, r.Now().Round(0).Sub(r.Began.Round(0)))
}

// ask asks one question: for the cluster, and each third time for its node
// groups.
func (r *running) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	r.turns++
	var err error
	if r.turns%3 == 0 && !r.noGroup && r.busy && r.pace.failures == 0 && r.Operation != Delete {
		err = r.askGroups(ctx)
	} else {
		err = r.askCluster(ctx)
	}
	if err == nil {
		r.askAPI(ctx)
	}
	switch {
	case err == nil:
		r.answered()
		return nil
	case IsTransient(err):
		r.event.Message = err.Error()
		if r.pace.failed(); r.pace.failures == 1 {
			r.report(Away)
		}
		return nil
	}
	return err
}

func (r *running) askCluster(ctx context.Context) error {
	c, err := r.Magnum.Cluster(ctx, r.last.UUID)
	var missing *magnum.NotFound
	switch {
	case err == nil:
		r.last = c
		r.busy = r.busy || c.Busy()
		r.event.readCluster(c)
	case errors.As(err, &missing) && r.Operation == Delete:
		r.gone = true
		r.event.Status = "DELETE_COMPLETE"
	case errors.As(err, &missing) && r.last.Status == "" && r.Now().Sub(r.began) < beginTime:
		return nil // accepted, and not there yet
	default:
		return err
	}
	return nil
}

// askAPI asks the API server of a cluster that is being created, until it answers.
func (r *running) askAPI(ctx context.Context) {
	seenFromTheStart := r.busy || r.Cluster.Status == ""
	if r.API == nil || r.Operation != Create || !seenFromTheStart || r.event.API != "" || r.last.APIAddress == "" || r.last.Failed() {
		return
	}
	if r.apiAsked && !r.api.ComingUp && r.last.Busy() {
		return // it is not to be reached from here; once more at the end
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	r.api, r.apiAsked = r.API(ctx, r.last), true
	r.event.API = r.api.Version
}

// awaitsAPI reports whether the API server of a cluster that Magnum calls complete is
// still given time to answer.
func (r *running) awaitsAPI() bool {
	if !r.api.ComingUp {
		return false
	}
	if r.complete.IsZero() {
		r.complete = r.Now()
	}
	return r.Now().Sub(r.complete) < apiTime
}

func (r *running) askGroups(ctx context.Context) error {
	groups, err := r.Magnum.NodeGroups(ctx, r.last.UUID)
	var old *magnum.TooOld
	if errors.As(err, &old) {
		r.noGroup = true
		return nil
	}
	if err == nil {
		r.event.readGroups(groups)
		r.event.readCluster(r.last)
	}
	return err
}

// answered reports what is new.
func (r *running) answered() {
	if r.pace.failures > 0 {
		r.pace.failures, r.event.Message = 0, ""
		r.report(Back)
		return
	}
	if r.reported == nil || !r.event.same(r.reported) {
		r.report(State)
	}
}

func (r *running) report(kind string) {
	e := r.event
	e.Type, e.Time = kind, r.Now()
	e.Elapsed, e.Estimate = int(r.elapsed().Seconds()), int(r.Estimate.Seconds())
	r.reported = &e
	r.OnEvent(e)
}

// ended reports whether the operation is over, and with what.
func (r *running) ended() (bool, error) {
	switch {
	case r.gone || r.Operation == Delete && r.last.Status == "DELETE_COMPLETE":
		r.last = nil
		r.report(Done)
		return true, nil
	case r.last.Failed() && (r.begun() || r.Operation == Create):
		r.report(Failed)
		return true, r.failure()
	case r.last.Status == "" || r.last.Busy() && !(r.Operation == Create && r.last.Deleting()):
		return false, nil
	case r.Operation == Delete:
		if r.Now().Sub(r.began) > beginTime && r.turns > 0 {
			return true, clierr.Errorf("delete it again", "Magnum has not begun to delete cluster %q", r.event.Cluster)
		}
		return false, nil
	case r.last.Deleting():
		return true, r.last.Usable()
	case r.Operation == Update && !r.begun(), r.awaitsAPI():
		return false, nil
	}
	if r.api.Err != nil {
		r.event.Message = fmt.Sprintf("Magnum calls cluster %q complete, and its API server has not answered from here: %v", r.event.Cluster, r.api.Err)
	}
	r.report(Done)
	return true, nil
}

// begun reports whether Magnum has begun with an operation that it accepted: it
// was seen busy, or has written something down since, or had its time.
func (r *running) begun() bool {
	return r.busy || r.turns > 0 && (r.last.UpdatedAt != r.Cluster.UpdatedAt || r.Now().Sub(r.began) > beginTime)
}

var errTooLong = errors.New("the time for waiting is over")

func (r *running) failure() error {
	reason := r.last.StatusReason
	for _, group := range sorted(r.last.Faults) {
		if why := r.last.Faults[group]; why != "" && why != reason {
			reason += fmt.Sprintf(" (%s: %s)", group, why)
		}
	}
	return clierr.Errorf(fmt.Sprintf("'openstack-coe-helper support %s' gathers what a support ticket needs", r.event.Cluster),
		"%w", &FailedError{Name: r.event.Cluster, Status: r.last.Status, Reason: reason})
}

func (r *running) unfinished(why error) error {
	verb := map[Operation]string{Create: "being created", Update: "being changed", Delete: "being deleted"}[r.Operation]
	hint := fmt.Sprintf("it goes on %s; see how with 'kubectl catalyst cluster wait %s'", verb, r.event.Cluster)
	for _, g := range r.event.Groups {
		if g.Status == "DELETE_IN_PROGRESS" && r.Operation == Update {
			hint = fmt.Sprintf("node group %q is still being deleted, which some drivers never end: if it is so for long, send what 'openstack-coe-helper support %s' collects to the cloud's support", g.Name, r.event.Cluster)
		}
	}
	code := clierr.Failure
	if errors.Is(why, errTooLong) {
		code = clierr.Pending
	}
	return clierr.New(code, hint, "%w", &UnfinishedError{Name: r.event.Cluster, Status: r.event.Status, Elapsed: r.elapsed().Round(time.Second), Err: why})
}
