package cluster_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func TestResizeRules(t *testing.T) {
	t.Parallel()
	five := 5
	groups := []magnum.NodeGroup{{Name: "default-master", Role: "master", IsDefault: true, NodeCount: 1},
		{Name: "default-worker", Role: "worker", IsDefault: true, NodeCount: 2, MinNodeCount: 1},
		{Name: "gpu", UUID: "gpu-uuid", Role: "worker", NodeCount: 1, MaxNodeCount: &five},
		{Name: "scaled", Role: "worker", IsDefault: true, NodeCount: 4, MinNodeCount: 2, MaxNodeCount: &five}}
	for _, c := range []struct {
		status, labels, group string
		nodes, now            int
		says                  string
	}{
		{"CREATE_COMPLETE", "", "", 4, 2, ""},
		{"UPDATE_FAILED", "", "", 2, 2, ""}, // a resize heals
		{"CREATE_COMPLETE", "", "gpu", 5, 1, ""},
		{"CREATE_COMPLETE", "", "gpu-uuid", 0, 1, ""},
		{"CREATE_COMPLETE", "", "gpu", 6, 0, `"gpu" may have 0 to 5 nodes, not 6`},
		{"CREATE_COMPLETE", "", "", 0, 0, "1 nodes or more"},
		{"CREATE_COMPLETE", "", "default-master", 3, 1, ""},
		{"CREATE_COMPLETE", "", "default-master", 2, 0, "1, 3, 5 or 7 masters, not 2"},
		{"CREATE_COMPLETE", "", "nope", 3, 0, "there is default-master, default-worker, gpu, scaled"},
		{"CREATE_COMPLETE", "1:3", "", 4, 0, "4 nodes are more than the autoscaler allows, 3"},
		{"CREATE_COMPLETE", "1:3", "gpu", 4, 1, ""},
		{"CREATE_COMPLETE", "1:3", "scaled", 4, 4, ""}, // the group's own limits, not the labels'
		{"CREATE_COMPLETE", "1:3", "scaled", 9, 0, "nodegroup update prod scaled --autoscale"},
		{"UPDATE_IN_PROGRESS", "", "", 4, 0, "cluster wait prod"},
		{"CREATE_FAILED", "", "", 4, 0, "not usable"},
		{"DELETE_IN_PROGRESS", "", "", 4, 0, "not usable"},
	} {
		cl := prod(c.status, "")
		if least, most, ok := strings.Cut(c.labels, ":"); ok {
			cl.Labels = magnum.Labels{"auto_scaling_enabled": "true", "min_node_count": least, "max_node_count": most}
		}
		now := 0
		g, err := cluster.Resize(&cl, groups, c.group, c.nodes)
		if err == nil {
			now = g.NodeCount
		}
		if now != c.now || (err == nil) != (c.says == "") || !strings.Contains(shown(err), c.says) {
			t.Errorf("%+v: %d, %s", c, now, shown(err))
		}
	}
	cl := prod("CREATE_COMPLETE", "")
	if g, err := cluster.Resize(&cl, nil, "", 4); err != nil || g.NodeCount != 2 {
		t.Errorf("without node groups: %+v, %v", g, err)
	}
}

func TestUpgradeTo(t *testing.T) {
	t.Parallel()
	untagged := template("kubernetes-v1.35.99-20270101", "", "")
	all := append(templates(), untagged)
	for _, c := range []struct{ status, version, ref, want, says string }{
		{"CREATE_COMPLETE", "v1.34.2", "v1.35", "kubernetes-v1.35.10-20260901", ""},
		{"CREATE_COMPLETE", "v1.34.2", "kubernetes-v1.35.6-20260710", "kubernetes-v1.35.6-20260710", ""},
		{"UPDATE_COMPLETE", "v1.35.6", "v1.35", "kubernetes-v1.35.10-20260901", ""},
		{"CREATE_COMPLETE", "v1.34.2", "v1.36", "", "only v1.35 is next"},
		{"CREATE_COMPLETE", "v1.36.3", "v1.35", "", "nothing goes down"},
		{"CREATE_COMPLETE", "v1.36.3", "v1.36", "", "already"},
		{"CREATE_COMPLETE", "v1.26.3", "v1.35", "", "only those newer than v1.27"},
		{"CREATE_COMPLETE", "v1.34.2", "kubernetes-v1.35.99-20270101", "", "no label kube_tag"},
		{"CREATE_COMPLETE", "v1.35.6", "no-tls", "", "TLS disabled"},
		{"CREATE_COMPLETE", "v1.34.2", "nope", "", "no template is called"},
		{"CREATE_COMPLETE", "v1.34.2", "", "", "hint: it can be upgraded to kubernetes-v1.35.10-20260901, kubernetes-v1.35.6-20260801, kubernetes-v1.35.6-20260710"},
		{"CREATE_COMPLETE", "v1.36.3", "", "", "nothing newer"},
		{"UPDATE_FAILED", "v1.34.2", "v1.35", "", "resize prod --nodes 2"},
		{"UPDATE_IN_PROGRESS", "v1.34.2", "v1.35", "", "cluster wait prod"},
	} {
		cl := prod(c.status, "")
		cl.COEVersion = c.version
		got, err := cluster.UpgradeTo(&cl, all, c.ref)
		if err == nil && got.Name != c.want || (err == nil) != (c.says == "") || !strings.Contains(shown(err), c.says) {
			t.Errorf("%+v: %v, %s", c, got, shown(err))
		}
		if err != nil && c.ref == "" && clierr.Code(err) != clierr.Usage {
			t.Error("no --template is not a mistake on the command line")
		}
	}
}

// What an upgrade to an image without a version leaves behind no resize heals.
func TestDeadEnd(t *testing.T) {
	t.Parallel()
	cl := prod("UPDATE_FAILED", "Image 4444 does not have a kube_version property.")
	_, err := cluster.Resize(&cl, nil, "", 2)
	if err == nil || !strings.Contains(shown(err), "nothing can be changed about it") || !strings.Contains(clierr.Hint(err), "openstack-coe-helper support prod") {
		t.Errorf("resize: %s", shown(err))
	}
	if _, err := cluster.UpgradeTo(&cl, templates(), "v1.35"); err == nil || !strings.Contains(shown(err), "nothing can be changed about it") {
		t.Errorf("upgrade: %s", shown(err))
	}
}

// Heat's driver never changes the number of masters.
func TestMastersOfHeat(t *testing.T) {
	t.Parallel()
	cl := prod("CREATE_COMPLETE", "")
	cl.StackID = "0b6d4d5e-9f33-4f0c-8f50-5a4e4a7c9b10"
	groups := []magnum.NodeGroup{{Name: "default-master", Role: "master", IsDefault: true, NodeCount: 1}}
	if _, err := cluster.Resize(&cl, groups, "default-master", 3); err == nil || !strings.Contains(err.Error(), "Heat's driver cannot change") {
		t.Error(err)
	}
}

func TestGroupSpec(t *testing.T) {
	t.Parallel()
	s := cluster.GroupSpec{Name: "gpu", Flavor: "g1", Nodes: -1, Autoscale: "0-4", NodeLabels: []string{"example.org/pool=gpu"}, Taints: []string{"nvidia.com/gpu=present:NoSchedule", "spot:NoExecute"}}
	n, err := s.Request()
	if err != nil {
		t.Fatal(err)
	}
	four := 4
	want := magnum.NewNodeGroup{Name: "gpu", FlavorID: "g1", MaxNodeCount: &four, NodeLabels: magnum.Labels{"example.org/pool": "gpu"},
		NodeTaints: []magnum.Taint{{Key: "nvidia.com/gpu", Value: "present", Effect: "NoSchedule"}, {Key: "spot", Effect: "NoExecute"}}}
	if diff := cmp.Diff(want, n); diff != "" {
		t.Error(diff)
	}
	for says, s := range map[string]cluster.GroupSpec{
		"cannot be the name of a node group":     {Name: "1st"},
		"nobody can add a node group of masters": {Name: "m", Role: "master"},
		`--autoscale "4-2" is not MIN-MAX`:       {Name: "g", Autoscale: "4-2"},
		"9 nodes are more than":                  {Name: "g", Nodes: 9, Autoscale: "1-3"},
		`--node-label "a b=c" is not a label`:    {Name: "g", NodeLabels: []string{"a b=c"}},
		`--taint "a=b:Never" is not`:             {Name: "g", Taints: []string{"a=b:Never"}},
		"more than 50 nodes need":                {Name: "g", Nodes: 51},
		`--label "nonsense" is not KEY=VALUE`:    {Name: "g", Labels: []string{"nonsense"}},
	} {
		if _, err := s.Request(); err == nil || !strings.Contains(err.Error(), says) || clierr.Code(err) != clierr.Usage {
			t.Errorf("%+v: %v, want %q", s, err, says)
		}
	}
}
