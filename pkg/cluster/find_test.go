package cluster_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// finds runs Find in a bubble of its own time.
func finds(t *testing.T, limit time.Duration, ask func(context.Context, time.Duration) (*magnum.Cluster, error), check func(told []string, took time.Duration, c *magnum.Cluster, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var told []string
		c, err := cluster.Find(t.Context(), limit, "prod", nil, func(e cluster.Event) { told = append(told, e.Type+" "+e.Cluster+e.Status) },
			func(ctx context.Context) (*magnum.Cluster, error) { return ask(ctx, time.Since(began)) })
		check(told, time.Since(began), c, err)
	})
}

func TestFindSurvivesACloudThatIsAway(t *testing.T) {
	t.Parallel()
	away := &magnum.Unavailable{Endpoint: "there", Err: errors.New("refused")}
	found := prod("CREATE_IN_PROGRESS", "")
	finds(t, 0, func(ctx context.Context, since time.Duration) (*magnum.Cluster, error) {
		switch {
		case since < 20*time.Second:
			return nil, away
		case since < 100*time.Second: // a connection that is dead and does not say so
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return &found, nil
	}, func(told []string, took time.Duration, c *magnum.Cluster, err error) {
		if err != nil || c != &found || took > 4*time.Minute {
			t.Errorf("%+v, %v after %s", c, err, took)
		}
		if diff := cmp.Diff([]string{"away prod", "back prodCREATE_IN_PROGRESS"}, told); diff != "" {
			t.Error(diff)
		}
	})
	for limit, want := range map[time.Duration]time.Duration{0: 5 * time.Minute, time.Minute: time.Minute, time.Hour: 5 * time.Minute} {
		finds(t, limit, func(context.Context, time.Duration) (*magnum.Cluster, error) { return nil, away }, func(_ []string, took time.Duration, _ *magnum.Cluster, err error) {
			if !errors.Is(err, away) || took != want {
				t.Errorf("limit %s: %v after %s", limit, err, took)
			}
		})
	}
	finds(t, time.Millisecond, func(ctx context.Context, _ time.Duration) (*magnum.Cluster, error) {
		time.Sleep(time.Second)
		return &found, ctx.Err()
	}, func(_ []string, _ time.Duration, c *magnum.Cluster, err error) {
		if err != nil || c != &found {
			t.Errorf("a first look longer than the limit: %v", err)
		}
	})
	no := &magnum.NotFound{What: "cluster", Ref: "prod"}
	finds(t, 0, func(context.Context, time.Duration) (*magnum.Cluster, error) { return nil, no }, func(told []string, took time.Duration, _ *magnum.Cluster, err error) {
		if !errors.Is(err, no) || took != 0 || len(told) > 0 {
			t.Errorf("%v after %s, %q", err, took, told)
		}
	})
}

func TestFindEndsWithCtrlC(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancelCause(t.Context())
		why := errors.New("interrupted")
		time.AfterFunc(12*time.Second, func() { interrupt(why) })
		_, err := cluster.Find(ctx, 0, "prod", nil, func(cluster.Event) {}, func(context.Context) (*magnum.Cluster, error) {
			return nil, &magnum.Unavailable{Endpoint: "there", Err: errors.New("refused")}
		})
		if !errors.Is(err, why) {
			t.Error(err)
		}
	})
}

// A computer sleeps in the middle of a wait: timers and the monotonic clock
// stand still for two hours, the wall clock and the cluster do not, and the
// connection in use is dead without saying so.
func TestWaitThroughALaptopsSleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var slept time.Duration
		asked := 0
		c := prod("CREATE_IN_PROGRESS", "")
		m := asks(func(ctx context.Context) (*magnum.Cluster, error) {
			asked++
			if asked == 3 {
				slept = 2 * time.Hour
				<-ctx.Done()
				return nil, ctx.Err()
			}
			got := prod("CREATE_IN_PROGRESS", "")
			if slept > 0 && time.Since(began) > 3*time.Minute {
				got = prod("CREATE_COMPLETE", "")
			}
			return &got, nil
		})
		var told []cluster.Event
		got, err := cluster.Wait(t.Context(), cluster.Waiting{Magnum: m, Operation: cluster.Create, Cluster: &c, Estimate: 15 * time.Minute,
			Now: func() time.Time { return time.Now().Round(0).Add(slept) }, OnEvent: func(e cluster.Event) { told = append(told, e) }})
		if err != nil || got.Status != "CREATE_COMPLETE" {
			t.Fatalf("%+v, %v", got, err)
		}
		if took := time.Since(began); took > 6*time.Minute {
			t.Errorf("%s awake: the dead connection held it up", took)
		}
		var types []string
		for _, e := range told {
			types = append(types, e.Type)
		}
		if diff := cmp.Diff([]string{"state", "away", "back", "state", "done"}, types); diff != "" {
			t.Error(diff)
		}
		last := told[len(told)-1]
		if e := time.Duration(last.Elapsed) * time.Second; e < 2*time.Hour || e > 2*time.Hour+6*time.Minute {
			t.Errorf("it says that it took %s", e)
		}
	})
}

// asks is a Magnum without node groups.
type asks func(context.Context) (*magnum.Cluster, error)

func (a asks) Cluster(ctx context.Context, _ string) (*magnum.Cluster, error) { return a(ctx) }

func (a asks) NodeGroups(context.Context, string) ([]magnum.NodeGroup, error) {
	return nil, &magnum.TooOld{}
}
