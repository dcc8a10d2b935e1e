package lab_test

import (
	"context"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// TestClusterAPI checks what tests elsewhere rely on, in one bed of that cloud.
func TestClusterAPI(t *testing.T) {
	t.Parallel()
	lab.RequireClusterAPI(t)
	ctx, bed := startRequired(t, lab.Options{Cloud: lab.ClusterAPI})
	for name, check := range map[string]func(*testing.T, context.Context, *lab.Lab){
		"prod is made by the driver for Cluster API":   madeByTheDriver,
		"certificates that Magnum signs are accepted":  acceptsProd,
		"roles decide what tokens may do":              mapsRoles,
		"each user has a working cloud":                signsIn,
		"a refused rotation breaks what Magnum issues": breaksByRotation,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, ctx, bed)
		})
	}
}

func madeByTheDriver(t *testing.T, ctx context.Context, bed *lab.Lab) {
	out, err := bed.OpenStack(ctx, "carol", t.TempDir(), "coe", "cluster", "show", "prod", "-f", "value",
		"-c", "status", "-c", "stack_id", "-c", "coe_version", "-c", "node_addresses", "-c", "master_addresses")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"CREATE_COMPLETE", "prod-", "v1.36.3"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in %q", want, out)
		}
	}
	if strings.Contains(string(out), "10.0.") {
		t.Errorf("the driver told addresses: %q", out)
	}
	admin, err := bed.AdminKubeconfig(ctx, "prod")
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := kubectl(ctx, bed.Kubectl(), admin, "get", "nodes", "--no-headers")
	if err != nil || strings.Count(nodes, " Ready ") != 2 || strings.Count(nodes, "control-plane") != 2 { // a name and a role
		t.Errorf("the nodes are\n%s%v", nodes, err)
	}
}

func acceptsProd(t *testing.T, ctx context.Context, bed *lab.Lab) {
	newLogin(t, ctx, bed, "prod").withCertificate(t, ctx, bed, "prod").mustList(t, ctx)
}

// breaksByRotation holds Magnum to what makes "cluster rotate-ca" dangerous: it
// answers that the driver cannot rotate, and has replaced the CA already.
func breaksByRotation(t *testing.T, ctx context.Context, bed *lab.Lab) {
	if _, err := bed.OpenStack(ctx, "alice", t.TempDir(), "coe", "cluster", "create", "held-rotated",
		"--cluster-template", templateID(t, ctx, bed), "--node-count", "0"); err != nil {
		t.Fatal(err)
	}
	if err := bed.FinishOperations(ctx, "held-rotated"); err != nil {
		t.Fatal(err)
	}
	if shown := await(t, ctx, bed, "held-rotated"); shown.Status != "CREATE_COMPLETE" {
		t.Fatalf("the cluster is %+v", shown)
	}
	before := newLogin(t, ctx, bed, "held-rotated").withCertificate(t, ctx, bed, "held-rotated")
	before.mustList(t, ctx)
	if err := bed.RotateCA(ctx, "held-rotated"); err == nil || !strings.Contains(err.Error(), "'rotate_ca_certificate' is not supported by this driver.") {
		t.Fatalf("the rotation ended with %v", err)
	}
	if shown := await(t, ctx, bed, "held-rotated"); shown.Status != "UPDATE_FAILED" {
		t.Errorf("the cluster is %+v", shown)
	}
	after := newLogin(t, ctx, bed, "held-rotated").withCertificate(t, ctx, bed, "held-rotated")
	mixed, crossed := before, after
	mixed.certificate, mixed.privateKey = after.certificate, after.privateKey
	crossed.certificate, crossed.privateKey = before.certificate, before.privateKey
	before.mustList(t, ctx)
	for what, tt := range map[string]struct {
		login login
		says  string
	}{
		"new CA, new certificate": {after, "certificate signed by unknown authority"},
		"old CA, new certificate": {mixed, "asked for the client to provide credentials"},
		"new CA, old certificate": {crossed, "certificate signed by unknown authority"},
	} {
		tt.login.dir = t.TempDir()
		if out, err := tt.login.run(t, ctx, "get", "namespaces"); err == nil || !strings.Contains(out, tt.says) {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
}

// templateID returns the UUID of a template: this Magnum creates by no other name.
func templateID(t *testing.T, ctx context.Context, bed *lab.Lab) string {
	t.Helper()
	out, err := bed.OpenStack(ctx, "alice", t.TempDir(), "coe", "cluster", "template", "show", "kubernetes-v1.36.3", "-f", "value", "-c", "uuid")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
