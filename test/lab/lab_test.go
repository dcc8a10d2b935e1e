package lab_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// limit bounds every test here, each of which waits for many servers.
const limit = 3 * patience.Limit

func start(t *testing.T, o lab.Options) (context.Context, *lab.Lab) {
	t.Helper()
	lab.Require(t)
	return startRequired(t, o)
}

func startRequired(t *testing.T, o lab.Options) (context.Context, *lab.Lab) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	begin := time.Now()
	bed, err := lab.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the bed was up after %v", time.Since(begin).Round(time.Millisecond))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(bed.Logs())
		}
		bed.Close()
	})
	return ctx, bed
}

// TestLab checks what tests elsewhere rely on, in one bed.
func TestLab(t *testing.T) {
	t.Parallel()
	ctx, bed := start(t, lab.Options{Kube: true, Nodes: 2})
	for name, check := range map[string]func(*testing.T, context.Context, *lab.Lab){
		"the real client lists the clusters":            lists,
		"the real client's kubeconfig works":            configures,
		"certificates signed by the clusters' CAs work": acceptsCertificates,
		"roles decide what tokens may do":               mapsRoles,
		"a new cluster ends in a working API server":    creates,
		"a creation can be made to fail":                fails,
		"a rotated CA replaces the old one":             rotates,
		"each user has a working cloud":                 signsIn,
		"a deployment becomes running pods":             runsPods,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, ctx, bed)
		})
	}
}

func lists(t *testing.T, ctx context.Context, bed *lab.Lab) {
	out, err := bed.OpenStack(ctx, "carol", t.TempDir(), "coe", "cluster", "list", "-f", "value", "-c", "name")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(string(out))
	for _, want := range []string{"prod", "blue", "green", "twin", "notls", "creating", "creating-certs", "failed", "bobs"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing from %q", want, got)
		}
	}
	if slices.Contains(got, "elsewhere") {
		t.Errorf("the cluster of another project is in %q", got)
	}
}

func configures(t *testing.T, ctx context.Context, bed *lab.Lab) {
	dir := t.TempDir()
	if _, err := bed.OpenStack(ctx, "alice", dir, "coe", "cluster", "config", "prod"); err != nil {
		t.Fatal(err)
	}
	out, err := kubectl(ctx, bed.Kubectl(), filepath.Join(dir, "config"), "get", "namespaces")
	if err != nil {
		t.Fatalf("kubectl get namespaces: %v\n%s", err, out)
	}
}

func acceptsCertificates(t *testing.T, ctx context.Context, bed *lab.Lab) {
	for _, cluster := range []string{"prod", "blue"} {
		newLogin(t, ctx, bed, cluster).withCertificate(t, ctx, bed, cluster).mustList(t, ctx)
	}
	foreign := newLogin(t, ctx, bed, "prod").withCertificate(t, ctx, bed, "blue")
	if out, err := foreign.run(t, ctx, "get", "namespaces"); err == nil {
		t.Errorf("prod accepts a certificate of blue's CA:\n%s", out)
	}
}

func mapsRoles(t *testing.T, ctx context.Context, bed *lab.Lab) {
	prod := newLogin(t, ctx, bed, "prod")
	for user, mayCreate := range map[string]bool{"alice": true, "bob": false, "carol": false} {
		token, err := bed.Token(ctx, user)
		if err != nil {
			t.Fatal(err)
		}
		its := prod.withToken(token)
		its.mustList(t, ctx)
		out, err := its.run(t, ctx, "create", "namespace", "of-"+user)
		if (err == nil) != mayCreate {
			t.Errorf("%s creates a namespace: %v\n%s", user, err, out)
		}
	}
	if out, err := prod.withToken("gAAAAA-not-a-token").run(t, ctx, "get", "namespaces"); err == nil {
		t.Errorf("a made-up token is accepted:\n%s", out)
	}
}

func creates(t *testing.T, ctx context.Context, bed *lab.Lab) {
	dir := t.TempDir()
	if _, err := bed.OpenStack(ctx, "alice", dir, "coe", "cluster", "create", "fresh",
		"--cluster-template", "kubernetes-v1.36.3", "--labels", "lab_delay=held", "--merge-labels"); err != nil {
		t.Fatal(err)
	}
	if err := bed.FinishOperations(ctx, "fresh"); err != nil {
		t.Fatal(err)
	}
	shown := await(t, ctx, bed, "fresh")
	if shown.Status != "CREATE_COMPLETE" {
		t.Fatalf("fresh is %s: %s", shown.Status, shown.StatusReason)
	}
	fresh := newLogin(t, ctx, bed, "fresh").withCertificate(t, ctx, bed, "fresh")
	if shown.APIAddress != fresh.server {
		t.Errorf("Magnum reports %q, the API server is at %q", shown.APIAddress, fresh.server)
	}
	fresh.mustList(t, ctx)
}

func fails(t *testing.T, ctx context.Context, bed *lab.Lab) {
	if _, err := bed.OpenStack(ctx, "alice", t.TempDir(), "coe", "cluster", "create", "doomed",
		"--cluster-template", "kubernetes-v1.36.3", "--labels", "lab_outcome=FAILED", "--merge-labels"); err != nil {
		t.Fatal(err)
	}
	if shown := await(t, ctx, bed, "doomed"); shown.Status != "CREATE_FAILED" {
		t.Errorf("doomed is %s", shown.Status)
	}
}

func rotates(t *testing.T, ctx context.Context, bed *lab.Lab) {
	before := newLogin(t, ctx, bed, "green").withCertificate(t, ctx, bed, "green")
	before.mustList(t, ctx)
	if err := bed.RotateCA(ctx, "green"); err != nil {
		t.Fatal(err)
	}
	if out, err := before.run(t, ctx, "get", "namespaces"); err == nil {
		t.Errorf("the old login still works:\n%s", out)
	}
	after := newLogin(t, ctx, bed, "green").withCertificate(t, ctx, bed, "green")
	if after.server != before.server {
		t.Errorf("the API server moved from %q to %q", before.server, after.server)
	}
	after.mustList(t, ctx)
}

func signsIn(t *testing.T, ctx context.Context, bed *lab.Lab) {
	for _, cloud := range []string{"alice", "bob", "carol", "admin", "appcred", "appcred-unrestricted"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "clouds.yaml"), bed.CloudsYAML(), 0o600); err != nil {
			t.Fatal(err)
		}
		ways := map[string][]string{"clouds.yaml": {"OS_CLOUD=" + cloud}}
		if strings.HasPrefix(cloud, "appcred") { // the users' openrcs are what the other tests sign in with
			ways["openrc"] = bed.Env(cloud)
		}
		for how, env := range ways {
			cmd := bed.OpenStackCmd(ctx, cloud, dir, "token", "issue", "-f", "value", "-c", "user_id")
			cmd.Env = append(slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "OS_") }), env...)
			out, err := cmd.Output()
			want := bed.ID(cloud)
			if strings.HasPrefix(cloud, "appcred") {
				want = bed.ID("alice")
			}
			if got := strings.TrimSpace(string(out)); err != nil || got == "" || want != "" && got != want {
				t.Errorf("%s by %s: %q, want %q, %v", cloud, how, got, want, err)
			}
		}
	}
}

// cluster is what the real client tells of one.
type cluster struct {
	Status       string `json:"status"`
	StatusReason string `json:"status_reason"`
	APIAddress   string `json:"api_address"`
}

// await asks until no operation is in progress.
func await(t *testing.T, ctx context.Context, bed *lab.Lab, name string) (c cluster) {
	t.Helper()
	for ctx.Err() == nil {
		out, err := bed.OpenStack(ctx, "alice", t.TempDir(), "coe", "cluster", "show", name, "-f", "json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &c); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(c.Status, "IN_PROGRESS") {
			return c
		}
	}
	t.Fatalf("%s stays %s", name, c.Status)
	return c
}
