package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// The whole life of a cluster of today: the driver lists no machines, the API has
// an address before it answers, and Magnum cannot rotate the CA.
func TestTheLifeOfAClusterOfClusterAPI(t *testing.T) {
	t.Parallel()
	p := somebodyAt(t, lab.ClusterAPI, "alice")
	if out := p.catalyst("template", "list").stdout; !strings.Contains(out, "kubernetes-v1.35.6") {
		t.Errorf("the templates are\n%s", out)
	}
	p.catalyst("cluster", "create", "life", "--template", "v1.35", "--nodes", "1")
	if r := p.catalyst("cluster", "wait", "life"); !strings.Contains(r.stderr, "CREATE_COMPLETE") {
		t.Errorf("the wait said\n%s", r.stderr)
	}
	p.catalyst("login", "life", "--auth", "certificate")
	if out := p.kubectl("get", "nodes", "--no-headers"); strings.Count(out, " Ready ") != 2 || !strings.Contains(out, "v1.35.6") {
		t.Errorf("the nodes are\n%s", out)
	}
	p.catalyst("cluster", "resize", "life", "--nodes", "3", "--wait")
	if out := p.catalyst("cluster", "nodegroup", "list", "life").stdout; !strings.Contains(out, "default-master") || !strings.Contains(out, "default-worker") {
		t.Errorf("the node groups are\n%s", out)
	}
	p.catalyst("cluster", "upgrade", "life", "--template", "v1.36", "--wait")
	var shown struct {
		Status string
		Nodes  int `json:"node_count"`
		Groups []struct {
			Name, Role string
			Count      int `json:"node_count"`
		} `json:"node_groups"`
	}
	if err := json.Unmarshal([]byte(p.catalyst("cluster", "show", "life", "-o", "json").stdout), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Status != "UPDATE_COMPLETE" || shown.Nodes != 3 || len(shown.Groups) != 2 {
		t.Errorf("the cluster is %+v", shown)
	}
	p.refused(1, []string{"life"}, "cluster", "rotate-ca", "life", "--yes")
	if out := p.kubectl("get", "nodes", "--no-headers"); strings.Count(out, " Ready ") != 4 || !strings.Contains(out, "v1.36.3") {
		t.Errorf("after the refused rotation the nodes are\n%s", out)
	}
	p.catalyst("login", "life", "--auth", "certificate") // what Magnum issues is as good as before
	p.kubectl("get", "namespaces")
	p.catalyst("cluster", "delete", "life", "--yes", "--wait")
	patience.Until(t, "Magnum forgets the cluster, which it shows as DELETE_COMPLETE for a moment", func() bool {
		r := p.run(p.path("kubectl-catalyst"), "cluster", "show", "life")
		return r.code == 1 && strings.Contains(r.stderr, `"life" not found`)
	})
}
