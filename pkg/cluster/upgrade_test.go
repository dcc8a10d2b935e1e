package cluster_test

import (
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func TestCompareTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cluster, template, want string }{
		{"v1.35.6", "v1.36.3", cluster.Offered}, {"v1.35.6", "v1.35.6", cluster.Same}, {"v1.35.6", "v1.35.9", cluster.Offered},
		{"v1.35.6", "v1.34.0", cluster.Older}, {"v1.34.0", "v1.36.3", cluster.Later}, {"v1.26.1", "v1.27.8", cluster.Later},
		{"", "v1.36.3", ""}, {"v1.36.3", "", ""},
	} {
		tmpl := template("t", c.template, "")
		if got := cluster.CompareTo(&magnum.Cluster{COEVersion: c.cluster}, &tmpl); got != c.want {
			t.Errorf("%s with %s: %q, want %q", c.cluster, c.template, got, c.want)
		}
	}
	// A version that only the name tells does not let Magnum upgrade to it.
	named := template("kubernetes-v1.36.3-20261010", "", "")
	if got := cluster.CompareTo(&magnum.Cluster{COEVersion: "v1.35.6"}, &named); got == cluster.Offered {
		t.Error("a template without kube_tag is offered")
	}
}

func TestSupport(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]string{"": "", "stable": "", "stable, Deprecated": "deprecated", "unsupported": "unsupported"} {
		if got := cluster.Support(&magnum.Template{Tags: tags}); got != want {
			t.Errorf("%q: %q", tags, got)
		}
	}
	if got := cluster.Support(&magnum.Template{Hidden: true}); got != "hidden" {
		t.Errorf("hidden: %q", got)
	}
}
