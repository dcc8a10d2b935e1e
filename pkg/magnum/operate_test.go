package magnum_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// What each operation sends, as the openstack client sends it.
func TestOperationsOnTheWire(t *testing.T) {
	t.Parallel()
	yes := true
	for name, c := range map[string]struct {
		do   func(context.Context, *magnum.Client) error
		want string // method, path and body
	}{
		"create": {func(ctx context.Context, c *magnum.Client) error {
			uuid, err := c.Create(ctx, magnum.NewCluster{Name: "new", TemplateID: "t", MasterCount: 3, NodeCount: 0, MasterLBEnabled: &yes, Labels: magnum.Labels{"a": "b"}})
			if err == nil && uuid != prodUUID {
				err = errors.New(uuid)
			}
			return err
		}, `POST /v1/clusters {"name":"new","cluster_template_id":"t","master_count":3,"node_count":0,"master_lb_enabled":true,"labels":{"a":"b"},"merge_labels":true}`},
		"create without labels": {func(ctx context.Context, c *magnum.Client) error {
			_, err := c.Create(ctx, magnum.NewCluster{Name: "new", TemplateID: "t", MasterCount: 1, NodeCount: 1})
			return err
		}, `POST /v1/clusters {"name":"new","cluster_template_id":"t","master_count":1,"node_count":1}`},
		"resize": {func(ctx context.Context, c *magnum.Client) error { return c.Resize(ctx, "prod", "", 0) },
			`POST /v1/clusters/prod/actions/resize {"node_count":0}`},
		"resize a group": {func(ctx context.Context, c *magnum.Client) error { return c.Resize(ctx, "prod", "gpu", 2) },
			`POST /v1/clusters/prod/actions/resize {"node_count":2,"nodegroup":"gpu"}`},
		"upgrade": {func(ctx context.Context, c *magnum.Client) error { return c.Upgrade(ctx, "prod", "t") },
			`POST /v1/clusters/prod/actions/upgrade {"cluster_template":"t","max_batch_size":1}`},
		"rotate":                {func(ctx context.Context, c *magnum.Client) error { return c.RotateCA(ctx, "prod") }, `PATCH /v1/certificates/prod `},
		"rotate the credential": {func(ctx context.Context, c *magnum.Client) error { return c.RotateCredential(ctx, "prod") }, `PATCH /v1/credentials/prod `},
		"create a group": {func(ctx context.Context, c *magnum.Client) error {
			return c.CreateNodeGroup(ctx, "prod", magnum.NewNodeGroup{Name: "gpu", FlavorID: "g1", NodeCount: 0, NodeTaints: []magnum.Taint{{Key: "a", Effect: "NoSchedule"}}, Labels: magnum.Labels{"a": "b"}})
		}, `POST /v1/clusters/prod/nodegroups {"name":"gpu","flavor_id":"g1","node_count":0,"min_node_count":0,"labels":{"a":"b"},"node_taints":[{"key":"a","effect":"NoSchedule"}],"merge_labels":true}`},
		"change a group": {func(ctx context.Context, c *magnum.Client) error {
			zero := 0
			return c.UpdateNodeGroup(ctx, "prod", "gpu", magnum.NodeGroupChange{MinNodeCount: &zero, NoMaximum: true})
		}, `PATCH /v1/clusters/prod/nodegroups/gpu [{"op":"replace","path":"/min_node_count","value":0},{"op":"replace","path":"/max_node_count","value":null}]`},
		"delete a group": {func(ctx context.Context, c *magnum.Client) error { return c.DeleteNodeGroup(ctx, "prod", "gpu") }, `DELETE /v1/clusters/prod/nodegroups/gpu `},
		"delete":         {func(ctx context.Context, c *magnum.Client) error { return c.Delete(ctx, "prod") }, `DELETE /v1/clusters/prod `},
	} {
		var got string
		_, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Method == http.MethodGet { // whether the new cluster is there
				_, _ = io.WriteString(w, `{"uuid": "`+prodUUID+`"}`)
				return
			}
			got = r.Method + " " + r.URL.Path + " " + string(body)
			if r.Method == http.MethodDelete {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"uuid": "`+prodUUID+`"}`)
		})
		if err := c.do(t.Context(), client); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, strings.TrimRight(got, "\n")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Magnum's conductor writes a new cluster down after it was accepted: whoever asks for
// one can ask about it as soon as Create returns.
func TestCreateReturnsWhenTheClusterIsThere(t *testing.T) {
	t.Parallel()
	asked := 0
	_, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusAccepted)
		case asked < 2:
			asked++
			always(404, refusal(404, "Cluster "+prodUUID+" could not be found."))(w, r)
			return
		default:
			asked++
		}
		_, _ = io.WriteString(w, `{"uuid": "`+prodUUID+`"}`)
	})
	if uuid, err := client.Create(t.Context(), magnum.NewCluster{Name: "new"}); err != nil || uuid != prodUUID || asked != 3 {
		t.Errorf("%q, %v after %d questions", uuid, err, asked)
	}
}

// An operation is never sent twice, whatever becomes of its answer.
func TestOperationsAreNotRepeated(t *testing.T) {
	t.Parallel()
	w, client := serve(t, always(http.StatusBadGateway, `{"errors": []}`))
	for _, err := range []error{
		func() error { _, err := client.Create(t.Context(), magnum.NewCluster{Name: "new"}); return err }(),
		client.Resize(t.Context(), "prod", "", 1), client.Upgrade(t.Context(), "prod", "t"),
		client.RotateCA(t.Context(), "prod"), client.Delete(t.Context(), "prod"),
	} {
		_ = is[*magnum.Unavailable](t, err)
	}
	if n := len(w.requests()); n != 5 {
		t.Errorf("%d requests for 5 operations", n)
	}
}

func TestOperationsRefused(t *testing.T) {
	t.Parallel()
	_, client := serve(t, always(403, refusal(403, "Resource limit exceeded: You have reached the maximum clusters per project, 20. You may delete a cluster to make room for a new one.")))
	_, err := client.Create(t.Context(), magnum.NewCluster{Name: "new"})
	wants(t, err, "maximum clusters per project, 20", "hint: delete a cluster, or ask")
	_, client = serve(t, always(404, refusal(404, "ClusterTemplate t could not be found.")))
	wants(t, client.Upgrade(t.Context(), "prod", "t"), "template list")
	_, client = serve(t, always(202, `{"uuid": "../x"}`))
	_, err = client.Create(t.Context(), magnum.NewCluster{Name: "new"})
	wants(t, err, "not a UUID")
	w, client := serve(t, always(200, `{}`))
	for _, err := range []error{client.Resize(t.Context(), "../x", "", 1), client.Upgrade(t.Context(), "..", "t"), client.RotateCA(t.Context(), "a/b"), client.Delete(t.Context(), "")} {
		if err == nil {
			t.Error("a name that is a path was sent")
		}
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestClusterLimit(t *testing.T) {
	t.Parallel()
	w, client := serve(t, always(200, `{"hard_limit": 20, "project_id": "p", "resource": "Cluster"}`))
	if got, err := client.ClusterLimit(t.Context(), "p"); got != 20 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	if diff := cmp.Diff([]string{"GET /v1/quotas/p/Cluster"}, w.requests()); diff != "" {
		t.Error(diff)
	}
	_, client = serve(t, always(403, refusal(403, "no")))
	if _, err := client.ClusterLimit(t.Context(), "p"); clierr.Code(err) == clierr.OK {
		t.Error("no error")
	}
}

// A cluster that is gone is not looked for among its siblings: nobody mistypes a UUID.
func TestAMissingUUIDCostsOneRequest(t *testing.T) {
	t.Parallel()
	w, client := serve(t, always(404, refusal(404, "Cluster "+prodUUID+" could not be found.")))
	_, err := client.Cluster(t.Context(), prodUUID)
	_ = is[*magnum.NotFound](t, err)
	if n := len(w.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}
