package probe_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

const (
	pods       = "/api/v1/namespaces/shop/pods"
	configMaps = "/api/v1/namespaces/shop/configmaps"
)

func leftover(name, life string) object {
	return object{"metadata": object{"name": "catalyst-probe-" + name, "namespace": "shop", "labels": object{probe.Label: name},
		"annotations": object{probe.LifetimeAnnotation: life}}}
}

// A new probe removes what is long over, and leaves others at work alone.
func TestStaleLeftoversGoWithTheNextProbe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.putObject(pods, 5*time.Minute, leftover("old", "3m"))
	w.putObject(configMaps, 5*time.Minute, leftover("old", "3m"))
	w.putObject(pods, time.Minute, leftover("young", "3m"))
	w.putObject(pods, time.Hour, leftover("strange", "soon"))
	w.putObject(pods, time.Hour, object{"metadata": object{"name": "web", "namespace": "shop", "labels": object{"app": "web"}}})
	if _, err := w.prober().Run(t.Context(), plan(probe.Options{})); err != nil {
		t.Fatal(err)
	}
	want := []string{pods + "/catalyst-probe-strange", pods + "/catalyst-probe-young", pods + "/web"}
	if diff := cmp.Diff(want, w.leftObjects()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestCleanRemovesWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{false, true} {
		w := newWorld(t)
		w.putObject(pods, 5*time.Minute, leftover("old", "3m"))
		w.putObject(pods, time.Minute, leftover("young", "3m"))
		w.putObject("/api/v1/namespaces", time.Hour, object{"metadata": object{"name": "catalyst-probe-x", "labels": object{probe.Label: "x"},
			"annotations": object{probe.LifetimeAnnotation: "5m"}}})
		bakery := leftover("x", "1m") // somebody copied the label
		bakery["metadata"].(object)["name"] = "bakery"
		w.putObject("/api/v1/namespaces", time.Hour, bakery)
		p := w.prober()
		found, err := p.Leftovers(t.Context(), "")
		if err != nil || len(found) != 3 {
			t.Fatalf("found %+v, %v", found, err)
		}
		if _, err := p.Remove(t.Context(), found, all); err != nil {
			t.Fatal(err)
		}
		want := []string{"/api/v1/namespaces/bakery", pods + "/catalyst-probe-young"}
		if all {
			want = want[:1]
		}
		if diff := cmp.Diff(want, w.leftObjects()); diff != "" {
			t.Errorf("all %v: left (-want +got):\n%s", all, diff)
		}
	}
}
