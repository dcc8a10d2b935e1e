package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// cloud is a Magnum whose answers depend on the time since the test began.
type cloud struct {
	t       *testing.T
	began   time.Time
	answer  func(since time.Duration) (magnum.Cluster, error)
	asked   []time.Duration
	groups  int
	noGroup error
}

func (c *cloud) note() time.Duration {
	since := time.Since(c.began)
	if n := len(c.asked); n > 0 && since-c.asked[n-1] < 5*time.Second {
		c.t.Errorf("two questions within %s", since-c.asked[n-1])
	}
	c.asked = append(c.asked, since)
	return since
}

func (c *cloud) Cluster(context.Context, string) (*magnum.Cluster, error) {
	got, err := c.answer(c.note())
	if err != nil {
		return nil, err
	}
	return &got, nil
}

func (c *cloud) NodeGroups(context.Context, string) ([]magnum.NodeGroup, error) {
	c.note()
	c.groups++
	return []magnum.NodeGroup{{Name: "default-worker", Role: "worker", Status: "CREATE_COMPLETE"}}, c.noGroup
}

func prod(status, reason string) magnum.Cluster {
	return magnum.Cluster{UUID: "0b6d4d5e-9f33-4f0c-8f50-5a4e4a7c9b10", Name: "prod", Status: status, StatusReason: reason, MasterCount: 1, NodeCount: 2}
}

// waits runs Wait in a bubble of its own time.
func waits(t *testing.T, w cluster.Waiting, answer func(time.Duration) (magnum.Cluster, error), check func(*cloud, []string, *magnum.Cluster, error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{t: t, began: time.Now(), answer: answer}
		var told []string
		w.Magnum, w.Now = c, time.Now
		w.OnEvent = func(e cluster.Event) { told = append(told, e.Type+" "+e.Status) }
		got, err := cluster.Wait(t.Context(), w)
		check(c, told, got, err)
	})
}

func creatingUntil(end time.Duration, status, reason string) func(time.Duration) (magnum.Cluster, error) {
	return func(since time.Duration) (magnum.Cluster, error) {
		if since < end {
			return prod("CREATE_IN_PROGRESS", ""), nil
		}
		return prod(status, reason), nil
	}
}

func TestWaitForACreation(t *testing.T) {
	t.Parallel()
	c := prod("CREATE_IN_PROGRESS", "")
	waits(t, cluster.Waiting{Operation: cluster.Create, Cluster: &c, Estimate: 15 * time.Minute}, creatingUntil(20*time.Minute, "CREATE_COMPLETE", ""),
		func(c *cloud, told []string, got *magnum.Cluster, err error) {
			if err != nil || got.Status != "CREATE_COMPLETE" {
				t.Errorf("%+v, %v", got, err)
			}
			want := []string{"state CREATE_IN_PROGRESS", "state CREATE_IN_PROGRESS", "state CREATE_COMPLETE", "done CREATE_COMPLETE"}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Error(diff)
			}
			if n := len(c.asked); n < 60 || n > 200 || c.groups < n/4 {
				t.Errorf("%d questions in 20 minutes, %d for node groups", n, c.groups)
			}
			if last := c.asked[len(c.asked)-1]; last > 20*time.Minute+20*time.Second {
				t.Errorf("the end was seen %s late", last-20*time.Minute)
			}
		})
}

// A network that is lost, a gateway that answers in Magnum's place and a
// Keystone that is away do not end the wait, and the questions become fewer.
func TestWaitSurvivesACloudThatIsAway(t *testing.T) {
	t.Parallel()
	c := prod("CREATE_IN_PROGRESS", "")
	errs := []error{&magnum.Unavailable{Endpoint: "there", Err: errors.New("refused")}, &magnum.Malformed{Reason: "HTML"}, context.DeadlineExceeded}
	n := 0
	waits(t, cluster.Waiting{Operation: cluster.Create, Cluster: &c}, func(since time.Duration) (magnum.Cluster, error) {
		if since > time.Minute && since < 10*time.Minute {
			n++
			return magnum.Cluster{}, fmt.Errorf("asking: %w", errs[n%len(errs)])
		}
		return creatingUntil(11*time.Minute, "CREATE_COMPLETE", "")(since)
	}, func(_ *cloud, told []string, _ *magnum.Cluster, err error) {
		if err != nil {
			t.Error(err)
		}
		want := []string{"state CREATE_IN_PROGRESS", "state CREATE_IN_PROGRESS", "away CREATE_IN_PROGRESS", "back CREATE_IN_PROGRESS",
			"state CREATE_COMPLETE", "done CREATE_COMPLETE"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
		if n > 15 {
			t.Errorf("%d questions to a cloud that was away for 9 minutes", n)
		}
	})
}

func TestWaitEndsInFailure(t *testing.T) {
	t.Parallel()
	c := prod("CREATE_IN_PROGRESS", "")
	waits(t, cluster.Waiting{Operation: cluster.Create, Cluster: &c}, func(since time.Duration) (magnum.Cluster, error) {
		got, err := creatingUntil(time.Minute, "CREATE_FAILED", "no valid host")(since)
		got.Faults = magnum.Labels{"default-worker": "quota exceeded", "default-master": ""}
		return got, err
	}, func(_ *cloud, told []string, _ *magnum.Cluster, err error) {
		var failed *cluster.FailedError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), "no valid host (default-worker: quota exceeded)") {
			t.Error(err)
		}
		if !strings.Contains(clierr.Hint(err), "openstack-coe-helper support prod") {
			t.Error(clierr.Hint(err))
		}
		if last := told[len(told)-1]; last != "failed CREATE_FAILED" {
			t.Error(last)
		}
	})
}

// Magnum needs a moment to write down what it has accepted.
func TestWaitForWhatHasNotBegun(t *testing.T) {
	t.Parallel()
	missing := &magnum.NotFound{What: "cluster", Ref: "prod"}
	waits(t, cluster.Waiting{Operation: cluster.Create, Cluster: &magnum.Cluster{UUID: "x", Name: "prod"}}, func(since time.Duration) (magnum.Cluster, error) {
		if since < 12*time.Second {
			return magnum.Cluster{}, missing
		}
		return prod("CREATE_COMPLETE", ""), nil
	}, func(_ *cloud, _ []string, _ *magnum.Cluster, err error) {
		if err != nil {
			t.Error(err)
		}
	})
	waits(t, cluster.Waiting{Operation: cluster.Create, Cluster: &magnum.Cluster{UUID: "x", Name: "prod"}}, func(time.Duration) (magnum.Cluster, error) {
		return magnum.Cluster{}, missing
	}, func(_ *cloud, _ []string, _ *magnum.Cluster, err error) {
		if !errors.Is(err, missing) {
			t.Error(err)
		}
	})
	// A resize that has not begun looks as if it were over.
	before := prod("CREATE_COMPLETE", "")
	waits(t, cluster.Waiting{Operation: cluster.Update, Cluster: &before}, func(since time.Duration) (magnum.Cluster, error) {
		switch {
		case since < 12*time.Second:
			return before, nil
		case since < 30*time.Second:
			return prod("UPDATE_IN_PROGRESS", ""), nil
		}
		return prod("UPDATE_COMPLETE", ""), nil
	}, func(_ *cloud, _ []string, got *magnum.Cluster, err error) {
		if err != nil || got.Status != "UPDATE_COMPLETE" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestWaitForADeletion(t *testing.T) {
	t.Parallel()
	before := prod("CREATE_FAILED", "")
	before.UpdatedAt = "then"
	waits(t, cluster.Waiting{Operation: cluster.Delete, Cluster: &before}, func(since time.Duration) (magnum.Cluster, error) {
		switch {
		case since < 8*time.Second:
			return before, nil
		case since < time.Minute:
			return prod("DELETE_IN_PROGRESS", ""), nil
		}
		return magnum.Cluster{}, &magnum.NotFound{What: "cluster", Ref: "prod"}
	}, func(_ *cloud, told []string, got *magnum.Cluster, err error) {
		if err != nil || got != nil || told[len(told)-1] != "done DELETE_COMPLETE" {
			t.Errorf("%+v, %v, %v", got, told, err)
		}
	})
	waits(t, cluster.Waiting{Operation: cluster.Delete, Cluster: &before}, func(time.Duration) (magnum.Cluster, error) {
		return prod("DELETE_FAILED", "in use"), nil
	}, func(_ *cloud, _ []string, _ *magnum.Cluster, err error) {
		if err == nil || !strings.Contains(err.Error(), "DELETE_FAILED: in use") {
			t.Error(err)
		}
	})
}

func TestWaitStopsAndSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	c := prod("CREATE_IN_PROGRESS", "")
	waits(t, cluster.Waiting{Operation: cluster.Create, Cluster: &c, Limit: time.Minute}, creatingUntil(time.Hour, "", ""),
		func(_ *cloud, _ []string, _ *magnum.Cluster, err error) {
			if !strings.Contains(shown(err), `cluster "prod" is still CREATE_IN_PROGRESS after 1m0s`) || !strings.Contains(clierr.Hint(err), "kubectl catalyst cluster wait prod") {
				t.Error(shown(err))
			}
		})
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(30*time.Second, interrupt)
		_, err := cluster.Wait(ctx, cluster.Waiting{Operation: cluster.Create, Cluster: &c, Now: time.Now, OnEvent: func(cluster.Event) {},
			Magnum: &cloud{t: t, began: time.Now(), answer: creatingUntil(time.Hour, "", "")}})
		var unfinished *cluster.UnfinishedError
		if !errors.As(err, &unfinished) || !strings.HasPrefix(err.Error(), "stopped waiting: ") {
			t.Error(err)
		}
	})
}

// An answer that says no is final.
func TestWaitEndsWhereTheAnswerIsNo(t *testing.T) {
	t.Parallel()
	c := prod("CREATE_IN_PROGRESS", "")
	no := clierr.New(clierr.SignIn, "sign in again", "%w", &magnum.Unauthorized{})
	waits(t, cluster.Waiting{Operation: cluster.Create, Cluster: &c}, func(time.Duration) (magnum.Cluster, error) { return magnum.Cluster{}, no },
		func(_ *cloud, _ []string, _ *magnum.Cluster, err error) {
			if clierr.Code(err) != clierr.SignIn {
				t.Error(err)
			}
		})
}

// Magnum names the address of an API server long before it answers, and calls a
// cluster complete when it pleases: the end is when the API server itself answers.
func TestWaitForTheAPIServer(t *testing.T) {
	t.Parallel()
	refused := cluster.APIAnswer{Err: errors.New("connection refused"), ComingUp: true}
	private := cluster.APIAnswer{}
	for name, c := range map[string]struct {
		answers time.Duration     // from when on
		before  cluster.APIAnswer // until then
		end     time.Duration     // of the wait
		want    []string          // State with the first answer, and Done
		message string
	}{
		"before Magnum notices": {5 * time.Minute, refused, 10 * time.Minute, []string{"state CREATE_IN_PROGRESS v1.33.1", "done CREATE_COMPLETE v1.33.1"}, ""},
		"after Magnum":          {10*time.Minute + 20*time.Second, refused, 10*time.Minute + 20*time.Second, []string{"state CREATE_COMPLETE v1.33.1", "done CREATE_COMPLETE v1.33.1"}, ""},
		"never":                 {time.Hour, refused, 11 * time.Minute, []string{"done CREATE_COMPLETE "}, `Magnum calls cluster "prod" complete, and its API server has not answered from here: connection refused`},
		"not from here":         {time.Hour, private, 10 * time.Minute, []string{"done CREATE_COMPLETE "}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				m := &cloud{t: t, began: began, answer: func(since time.Duration) (magnum.Cluster, error) {
					got := prod("CREATE_IN_PROGRESS", "")
					if got.APIAddress = "https://203.0.113.7:6443"; since >= 10*time.Minute {
						got.Status = "CREATE_COMPLETE"
					}
					return got, nil
				}}
				var told []string
				var last cluster.Event
				start := prod("CREATE_IN_PROGRESS", "")
				_, err := cluster.Wait(t.Context(), cluster.Waiting{Magnum: m, Operation: cluster.Create, Cluster: &start, Now: time.Now,
					OnEvent: func(e cluster.Event) {
						if e.API != last.API || e.Type == cluster.Done {
							told = append(told, e.Type+" "+e.Status+" "+e.API)
						}
						last = e
					},
					API: func(context.Context, *magnum.Cluster) cluster.APIAnswer {
						if time.Since(began) < c.answers {
							return c.before
						}
						return cluster.APIAnswer{Version: "v1.33.1"}
					}})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, told); diff != "" {
					t.Error(diff)
				}
				if took := time.Since(began); took < c.end || took > c.end+20*time.Second {
					t.Errorf("it took %s, want about %s", took, c.end)
				}
				if last.Message != c.message {
					t.Errorf("the end says %q", last.Message)
				}
			})
		})
	}
}

// Drivers of Cluster API list no addresses: machines are counted by their groups.
func TestWaitCountsMachinesWithoutAddresses(t *testing.T) {
	t.Parallel()
	start := prod("CREATE_IN_PROGRESS", "")
	synctest.Test(t, func(t *testing.T) {
		m := &groupsOnly{cloud{t: t, began: time.Now(), answer: creatingUntil(2*time.Minute, "CREATE_COMPLETE", "")}}
		var counts []string
		_, err := cluster.Wait(t.Context(), cluster.Waiting{Magnum: m, Operation: cluster.Create, Cluster: &start, Now: time.Now,
			OnEvent: func(e cluster.Event) {
				if now := e.Masters.String() + " " + e.Nodes.String(); len(counts) == 0 || counts[len(counts)-1] != now {
					counts = append(counts, now)
				}
			}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"0/1 0/2", "1/1 0/2", "1/1 2/2"}, counts); diff != "" {
			t.Error(diff)
		}
	})
}

// groupsOnly is a cloud whose masters are there after a minute.
type groupsOnly struct{ cloud }

func (c *groupsOnly) NodeGroups(context.Context, string) ([]magnum.NodeGroup, error) {
	master := magnum.NodeGroup{Name: "default-master", Role: "master", NodeCount: 1, Status: "CREATE_IN_PROGRESS"}
	if c.note() > time.Minute {
		master.Status = "CREATE_COMPLETE"
	}
	return []magnum.NodeGroup{master, {Name: "default-worker", Role: "worker", NodeCount: 2, Status: "CREATE_IN_PROGRESS"}}, nil
}
