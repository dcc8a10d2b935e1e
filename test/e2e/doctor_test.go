package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// steps are the verdicts and findings of doctor, by step.
type steps map[string]struct{ Verdict, Found, Fix string }

func (p *person) doctor(cluster string) steps {
	p.t.Helper()
	r := p.run(p.path("kubectl-catalyst"), "doctor", cluster, "-o", "json")
	var report struct {
		OK    bool
		Steps []struct{ Step, Verdict, Found, Fix string }
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		p.t.Fatalf("%v in %s%s", err, r.stdout, r.stderr)
	}
	if report.OK != (r.code == 0) || !report.OK && r.code != 3 {
		p.t.Errorf("exit code %d, ok is %v", r.code, report.OK)
	}
	all := steps{}
	for _, s := range report.Steps {
		all[s.Step] = struct{ Verdict, Found, Fix string }{s.Verdict, s.Found, s.Fix}
	}
	return all
}

// want checks steps against "verdict part of what was found".
func (s steps) want(t *testing.T, what string, expected map[string]string) {
	t.Helper()
	for name, e := range expected {
		verdict, says, _ := strings.Cut(e, " ")
		if got := s[name]; got.Verdict != verdict || !strings.Contains(got.Found+" "+got.Fix, says) {
			t.Errorf("%s: %s is %s, want %s: %s (%s)", what, name, got.Verdict, e, got.Found, got.Fix)
		}
	}
	if t.Failed() {
		t.Logf("%s: %+v", what, s)
	}
}

// ailing is a cluster with what a healthy one holds, and its administrator.
func ailing(t *testing.T) (alice, admin *person) {
	t.Helper()
	alice, admin = somebody(t, "alice"), somebody(t, "")
	alice.catalyst("cluster", "create", "ailing", "--template", "v1.36", "--autoscale", "1:3", "--label", "auto_healing_enabled=true", "--wait")
	alice.catalyst("login", "ailing")
	config, err := admin.bed.AdminKubeconfig(t.Context(), "ailing")
	if err != nil {
		t.Fatal(err)
	}
	admin.kubeconfig = config
	alice.doctor("ailing").want(t, "a cluster without anything", map[string]string{
		"storage class": "wrong there is none for Cinder", "Cinder CSI": "wrong there is no CSIDriver", "cloud controller": "wrong there is no openstack-cloud-controller-manager",
		"network policies": "warning not enforced", "autoscaler": "wrong asked for, from 1 to 3 nodes; there is no cluster-autoscaler", "auto-healer": "wrong there is no magnum-auto-healer",
	})
	admin.kubectl("apply", "-f", material(t, "doctor-good.yaml"))
	admin.kubectl("create", "-f", material(t, "doctor-status.yaml"))
	admin.kubectl("replace", "--subresource=status", "-f", material(t, "doctor-status.yaml"))
	admin.probed(0)
	return alice, admin
}

// probed lets the autoscaler have written its status that long ago.
func (p *person) probed(ago time.Duration) {
	p.t.Helper()
	p.kubectl("-n", "kube-system", "annotate", "--overwrite", "configmap", "cluster-autoscaler-status",
		"cluster-autoscaler.kubernetes.io/last-updated="+time.Now().Add(-ago).UTC().Round(time.Millisecond).String())
}

// Doctor looks into a cluster on a real API server: all is well, then one thing
// after the other is not.
func TestDoctorLooksIntoTheCluster(t *testing.T) {
	t.Parallel()
	alice, admin := ailing(t)
	alice.doctor("ailing").want(t, "a healthy cluster", map[string]string{
		"API server": "ok Kubernetes v1.36", "identity": "ok alice may list pods", "kubeconfig": "ok context ailing",
		"storage class": "ok the default is b1.standard", "Cinder CSI": "ok the driver has registered on 2 of 2 nodes; Deployment openstack-system/",
		"cloud controller": "ok 2 of 2 nodes are known", "network policies": "ok enforced: DaemonSet kube-system/calico-node",
		"autoscaler": "ok its last status is", "auto-healer": "ok magnum-auto-healer is ready on 1 of 1",
	})
	admin.kubectl("annotate", "storageclass", "b1.standard", "storageclass.kubernetes.io/is-default-class-")
	admin.kubectl("delete", "csinode", "w")
	admin.kubectl("taint", "node", "w", "node.cloudprovider.kubernetes.io/uninitialized=true:PreferNoSchedule")
	admin.kubectl("-n", "kube-system", "delete", "daemonset", "calico-node")
	admin.kubectl("patch", "node/m", "node/w", "--subresource=status", "-p", `{"status":{"conditions":[{"type":"NetworkUnavailable","status":"False","reason":"FlannelIsUp"}]}}`)
	admin.kubectl("create", "-f", admin.file("policy.yaml", []byte(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: default}
spec: {podSelector: {}}
`)))
	admin.probed(time.Hour)
	admin.kubectl("-n", "kube-system", "patch", "daemonset", "magnum-auto-healer", "--subresource=status", "--type=merge", "-p", `{"status":{"numberReady":0}}`)
	alice.doctor("ailing").want(t, "a sick cluster", map[string]string{
		"storage class": "wrong kubectl annotate storageclass b1.standard", "Cinder CSI": "warning registered on 1 of 2 nodes, not on w",
		"cloud controller": "warning w wait for the cloud controller", "network policies": "wrong not enforced",
		"autoscaler": "wrong its last status is 1h", "auto-healer": "wrong is ready on 0 of 1",
	})
	t.Run("viewer", func(t *testing.T) { doctorForAViewer(t, alice, admin) })
}

// Somebody who may read nodes and nothing in managed namespaces is told what
// they could not see, and never that it is well.
func doctorForAViewer(t *testing.T, alice, admin *person) {
	admin.kubectl("delete", "clusterrolebinding", "catalyst:readers")
	admin.kubectl("create", "clusterrole", "narrow", "--verb=get,list", "--resource=nodes,namespaces,storageclasses,csinodes,csidrivers")
	admin.kubectl("create", "clusterrolebinding", "narrow", "--clusterrole=narrow", "--group=keystone:k8s_viewer")
	alice.catalyst("login", "ailing", "--auth", "keystone", "--output-kubeconfig", "shared.yaml")
	carol := somebody(t, "carol")
	carol.catalyst("login", "--from-file", alice.home+"/shared.yaml")
	carol.doctor("ailing").want(t, "a viewer", map[string]string{
		"certificates": "unknown that of your kubeconfig is used", "API server": "ok v1.36", "identity": "ok carol may list nodes",
		"storage class": "wrong kubectl annotate", "Cinder CSI": "warning could not read daemonsets in namespace kube-system: you may not list them",
		"cloud controller": "warning could not read", "network policies": "unknown could not read",
		"autoscaler": "unknown whether the autoscaler runs is not known", "auto-healer": "unknown whether the auto-healer runs is not known",
	})
}
