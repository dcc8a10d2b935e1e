package cluster_test

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func TestResizeRules(t *testing.T) {
	t.Parallel()
	five := 5
	groups := []magnum.NodeGroup{{Name: "default-master", Role: "master", IsDefault: true, NodeCount: 1},
		{Name: "default-worker", Role: "worker", IsDefault: true, NodeCount: 2, MinNodeCount: 1},
		{Name: "gpu", UUID: "gpu-uuid", Role: "worker", NodeCount: 1, MaxNodeCount: &five}}
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
		{"CREATE_COMPLETE", "", "default-master", 3, 0, "masters"},
		{"CREATE_COMPLETE", "", "nope", 3, 0, "there is default-worker, gpu"},
		{"CREATE_COMPLETE", "1:3", "", 4, 0, "4 nodes are more than the autoscaler allows, 3"},
		{"CREATE_COMPLETE", "1:3", "gpu", 4, 1, ""},
		{"UPDATE_IN_PROGRESS", "", "", 4, 0, "cluster wait prod"},
		{"CREATE_FAILED", "", "", 4, 0, "not usable"},
		{"DELETE_IN_PROGRESS", "", "", 4, 0, "not usable"},
	} {
		cl := prod(c.status, "")
		if least, most, ok := strings.Cut(c.labels, ":"); ok {
			cl.Labels = magnum.Labels{"auto_scaling_enabled": "true", "min_node_count": least, "max_node_count": most}
		}
		now, err := cluster.Resize(&cl, groups, c.group, c.nodes)
		if now != c.now || (err == nil) != (c.says == "") || !strings.Contains(shown(err), c.says) {
			t.Errorf("%+v: %d, %s", c, now, shown(err))
		}
	}
	cl := prod("CREATE_COMPLETE", "")
	if now, err := cluster.Resize(&cl, nil, "", 4); now != 2 || err != nil {
		t.Errorf("without node groups: %d, %v", now, err)
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
