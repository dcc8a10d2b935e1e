package cluster_test

import (
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func TestRotationOf(t *testing.T) {
	t.Parallel()
	const stack = "0b6d4d5e-9f33-4f0c-8f50-5a4e4a7c9b10"
	coreOS := &magnum.Template{ClusterDistro: "fedora-coreos"}
	for name, c := range map[string]struct {
		stack string
		from  *magnum.Template
		want  cluster.Rotation
	}{
		"Heat's driver for Fedora":              {stack, coreOS, cluster.Rotates},
		"a stack of another distribution":       {stack, &magnum.Template{ClusterDistro: "ubuntu"}, cluster.RotationUnknown},
		"a stack whose template is gone":        {stack, nil, cluster.RotationUnknown},
		"magnum-capi-helm":                      {"prod-wn63rwkni2qd", coreOS, cluster.NeverRotates},
		"magnum-cluster-api":                    {"kube-ab12c", nil, cluster.NeverRotates},
		"a cluster with which nothing was made": {"", coreOS, cluster.RotationUnknown},
	} {
		if got := cluster.RotationOf(&magnum.Cluster{StackID: c.stack}, c.from); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
