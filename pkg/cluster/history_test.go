package cluster_test

import (
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	cache := store.Open(t.TempDir())
	h := cluster.History{Store: cache, Key: cluster.HistoryKey("https://keystone", "alice", "RegionOne")}
	if got := h.Expect(cluster.Create); got != 0 {
		t.Errorf("nothing was learnt, and %s expected", got)
	}
	for _, minutes := range []time.Duration{600, 12, 11, 40, 12, 13, 14, 10, 12, 11} { // the first is forgotten
		if err := h.Learn(t.Context(), cluster.Create, minutes*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Learn(t.Context(), cluster.Delete, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := h.Expect(cluster.Create); got != 12*time.Minute {
		t.Errorf("%s expected, want the median", got)
	}
	other := cluster.History{Store: cache, Key: cluster.HistoryKey("https://keystone", "bob", "RegionOne")}
	if got := other.Expect(cluster.Create); got != 0 {
		t.Errorf("bob expects %s of what alice saw", got)
	}
	if err := cache.Set(h.Key, []byte("garbage")); err != nil {
		t.Fatal(err)
	}
	if got := h.Expect(cluster.Create); got != 0 {
		t.Errorf("%s expected of garbage", got)
	}
	if err := (cluster.History{}).Learn(t.Context(), cluster.Create, time.Minute); err != nil {
		t.Error("without a cache:", err)
	}
}

func TestCreationTook(t *testing.T) {
	t.Parallel()
	c := magnum.Cluster{CreatedAt: "2026-11-20T14:19:44.829380+00:00", UpdatedAt: "2026-11-20T14:32:44.829380+00:00"}
	if got := cluster.CreationTook(&c); got != 13*time.Minute {
		t.Error(got)
	}
	for _, c := range []magnum.Cluster{{}, {CreatedAt: c.CreatedAt}, {CreatedAt: c.UpdatedAt, UpdatedAt: c.CreatedAt}} {
		if got := cluster.CreationTook(&c); got != 0 {
			t.Error(got)
		}
	}
}
