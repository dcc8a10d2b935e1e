package support_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/support"
)

const (
	clusterUUID  = "07cd7e03-2ff6-44c2-b185-b4a1ed50a557"
	templateUUID = "86e0d5fe-c38b-4674-a7d1-2d429f984567"
	password     = "correct-horse-battery"
)

// fakeOpenStack answers from maps; a part without an answer is refused.
type fakeOpenStack struct {
	cluster, template map[string]any
	groups            []map[string]any
	ca                []byte
}

var errRefused = clierr.Errorf("ask its owner", "Magnum refused")

func (f fakeOpenStack) ClusterFields(_ context.Context, ref string) (map[string]any, error) {
	if f.cluster == nil || ref != "prod" {
		return nil, errRefused
	}
	return f.cluster, nil
}

func (f fakeOpenStack) TemplateFields(_ context.Context, ref string) (map[string]any, error) {
	if f.template == nil || ref != templateUUID {
		return nil, errRefused
	}
	return f.template, nil
}

func (f fakeOpenStack) NodeGroupFields(_ context.Context, ref string) ([]map[string]any, error) {
	if f.groups == nil || ref != clusterUUID {
		return nil, errRefused
	}
	return f.groups, nil
}

func (f fakeOpenStack) CA(_ context.Context, ref string) ([]byte, error) {
	if f.ca == nil || ref != clusterUUID {
		return nil, errRefused
	}
	return f.ca, nil
}

// apiServer is a TLS server and the PEM of the only authority that vouches for it.
func apiServer(t *testing.T) (address string, ca []byte) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that do not trust it
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func whole(t *testing.T) fakeOpenStack {
	address, ca := apiServer(t)
	return fakeOpenStack{
		cluster: map[string]any{
			"uuid": clusterUUID, "name": "prod", "status": "UPDATE_FAILED", "health_status": "UNHEALTHY",
			"status_reason": "password=" + password + " was refused for alice@example.com",
			"api_address":   address, "cluster_template_id": templateUUID, "stack_id": "34ded2a4-cbf0-49d2-88d0-867066bb5e80",
			"labels": map[string]any{"grafana_admin_passwd": "hunter2", "kube_tag": "v1.35.6"}, "keypair": nil,
			"discovery_url": "https://discovery.etcd.io/0a1b2c3d4e", "create_timeout": 60, "user_id": "a1f44eed8c4744628a67b2f22bf31eed",
			"created_at": "2026-11-20T14:19:14.946199+00:00", "updated_at": "2026-11-20T15:00:00+00:00",
			"links": []any{map[string]any{"href": "http://magnum/x"}},
		},
		template: map[string]any{"uuid": templateUUID, "name": "kubernetes-v1.35.6", "created_at": "2026-01-01T00:00:00+00:00", "links": []any{}},
		groups:   []map[string]any{{"name": "default-worker", "role": "worker", "node_count": 2, "status": "UPDATE_FAILED", "status_reason": "no quota"}},
		ca:       ca,
	}
}

func options(source support.ClusterSource) support.Options {
	return support.Options{
		Cluster: "prod", Build: map[string]string{"version": "v1.2.3"}, Now: time.Now,
		Connect: func(context.Context) (support.ClusterSource, support.Place, error) {
			return source, support.Place{AuthURL: "https://keystone.example.com/v3", Region: "nz-por-1"}, nil
		},
		Check: func(context.Context) (prereq.Report, error) {
			return prereq.Report{OK: true, Answer: prereq.Met, Magnumclient: prereq.Magnumclient{Version: "4.9.0"}}, nil
		},
		Secrets: func() []string { return []string{password} },
	}
}

func parts(b *support.Bundle) map[string]support.PartStatus {
	m := map[string]support.PartStatus{}
	for _, p := range b.Manifest().Parts {
		m[p.Name] = p
	}
	return m
}

// decoded is the bundle as somebody who gets it reads it.
func decoded(t *testing.T, b *support.Bundle) map[string]any {
	t.Helper()
	data, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWholeBundle(t *testing.T) {
	t.Parallel()
	b, err := support.Collect(t.Context(), options(whole(t)))
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range parts(b) {
		want := support.Collected
		if name == "kubernetes" {
			want = support.LeftOut
		}
		if p.Status != want {
			t.Errorf("%s: %s (%s), want %s", name, p.Status, p.Why, want)
		}
	}
	all := decoded(t, b)
	cluster := all["cluster"].(map[string]any)
	for name, want := range map[string]any{
		"uuid": clusterUUID, "keypair": nil, "faults": "", "create_timeout": 60.0,
		"stack_id": "34ded2a4-cbf0-49d2-88d0-867066bb5e80", "cluster_id": "34ded2a4-cbf0-49d2-88d0-867066bb5e80",
		"user_id":       "a1f44eed8c4744628a67b2f22bf31eed",
		"status_reason": "password=[secret removed] was refused for [e-mail address removed]",
		"discovery_url": "https://discovery.etcd.io/[token removed]",
		"labels":        map[string]any{"grafana_admin_passwd": "[secret removed]", "kube_tag": "v1.35.6"},
	} {
		got, there := cluster[name]
		if d := cmp.Diff(want, got); d != "" || !there {
			t.Errorf("cluster.%s, there %v: %s", name, there, d)
		}
	}
	if _, there := cluster["links"]; there {
		t.Error("links are in the cluster")
	}
	network := all["network"].(map[string]any)
	if network["lookup"] != "ok" || network["connect"] != "ok" || network["tls"] != "ok" || network["private"] != true {
		t.Errorf("network: %v", network)
	}
	if certificates := network["certificates"].([]any); len(certificates) != 1 {
		t.Errorf("%d certificates", len(certificates))
	}
	health := all["health"].(map[string]any)
	if group := health["nodegroups"].([]any)[0].(map[string]any); group["status_reason"] != "no quota" {
		t.Errorf("health: %v", health)
	}
}

// TestClusterComesInOpenStacksOrder: people lay two tickets side by side.
func TestClusterComesInOpenStacksOrder(t *testing.T) {
	t.Parallel()
	b, err := support.Collect(t.Context(), options(whole(t)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, name := range []string{`"manifest":`, `"cluster":`, `"status":`, `"health_status":`, `"node_addresses":`, `"stack_id":`, `"project_id":`, `"cluster_id":`, `"health":`} {
		at := bytes.Index(data[max(last, 0):], []byte(name))
		if at < 0 {
			t.Fatalf("%s does not follow what comes before it", name)
		}
		last = max(last, 0) + at
	}
}

// TestBothSpellingsOfTheStack: whichever a cloud uses, tickets have both.
func TestBothSpellingsOfTheStack(t *testing.T) {
	t.Parallel()
	f := whole(t)
	delete(f.cluster, "stack_id")
	f.cluster["cluster_id"] = "the-stack"
	b, err := support.Collect(t.Context(), options(f))
	if err != nil {
		t.Fatal(err)
	}
	cluster := decoded(t, b)["cluster"].(map[string]any)
	if cluster["stack_id"] != "the-stack" || cluster["cluster_id"] != "the-stack" {
		t.Errorf("stack_id %v, cluster_id %v", cluster["stack_id"], cluster["cluster_id"])
	}
}

func TestTimelineIsInOrder(t *testing.T) {
	t.Parallel()
	b, err := support.Collect(t.Context(), options(whole(t)))
	if err != nil {
		t.Fatal(err)
	}
	var times, what []string
	for _, m := range decoded(t, b)["timeline"].([]any) {
		times = append(times, m.(map[string]any)["time"].(string))
		what = append(what, m.(map[string]any)["what"].(string))
	}
	if !slices.IsSortedFunc(times, func(a, b string) int {
		x, _ := time.Parse(time.RFC3339, a)
		y, _ := time.Parse(time.RFC3339, b)
		return x.Compare(y)
	}) {
		t.Errorf("not in order: %v", times)
	}
	for _, want := range []string{"template created", "cluster created", "cluster last changed, now UPDATE_FAILED", "API server's certificate ends", "this report"} {
		if !slices.Contains(what, want) {
			t.Errorf("%q is missing in %q", want, what)
		}
	}
}

// TestOnePartFails: whatever it is, the others are there and it is named.
func TestOnePartFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breakIt func(*fakeOpenStack, *support.Options)
		part    string
		status  string
		why     string
	}{
		"template":       {func(f *fakeOpenStack, _ *support.Options) { f.template = nil }, "template", support.Failed, "Magnum refused (ask its owner)"},
		"node groups":    {func(f *fakeOpenStack, _ *support.Options) { f.groups = nil }, "nodegroups", support.Failed, "Magnum refused"},
		"no address yet": {func(f *fakeOpenStack, _ *support.Options) { f.cluster["api_address"] = nil }, "network", support.LeftOut, "no api_address yet"},
		"check": {func(_ *fakeOpenStack, o *support.Options) {
			o.Check = func(context.Context) (prereq.Report, error) { return prereq.Report{}, errors.New("no working folder") }
		}, "check", support.Failed, "no working folder"},
		"kubernetes": {func(_ *fakeOpenStack, o *support.Options) { o.Kubernetes = true }, "kubernetes", support.LeftOut, "no kubectl on PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := whole(t)
			o := options(nil)
			c.breakIt(&f, &o)
			o.Connect = func(context.Context) (support.ClusterSource, support.Place, error) { return f, support.Place{}, nil }
			b, err := support.Collect(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			for n, p := range parts(b) {
				if n == c.part {
					if p.Status != c.status || !strings.Contains(p.Why, c.why) {
						t.Errorf("%s: %s (%s)", n, p.Status, p.Why)
					}
				} else if p.Status != support.Collected && n != "kubernetes" {
					t.Errorf("%s: %s (%s)", n, p.Status, p.Why)
				}
			}
			if all := decoded(t, b); all[c.part] != nil {
				t.Errorf("%s is in the bundle: %v", c.part, all[c.part])
			}
		})
	}
}

func TestClusterCannotBeRead(t *testing.T) {
	t.Parallel()
	o := options(nil)
	signIn := clierr.New(clierr.SignIn, "set OS_PASSWORD", "Keystone refused %s", password)
	o.Connect = func(context.Context) (support.ClusterSource, support.Place, error) {
		return nil, support.Place{}, signIn
	}
	b, err := support.Collect(t.Context(), o)
	if clierr.Code(err) != clierr.SignIn {
		t.Errorf("error %v", err)
	}
	p := parts(b)
	if p["cluster"].Status != support.Failed || p["template"].Status != support.LeftOut || p["check"].Status != support.Collected {
		t.Errorf("parts: %v", p)
	}
	var text bytes.Buffer
	if err := b.Text(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), password) || !strings.Contains(text.String(), "set OS_PASSWORD") {
		t.Errorf("text:\n%s", text.String())
	}
}
