package doctor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/doctor"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// decode reads what an API server would have sent.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func class(t *testing.T, name, provisioner, annotation string) doctor.StorageClass {
	t.Helper()
	return decode[doctor.StorageClass](t, fmt.Sprintf(`{"metadata":{"name":%q,"annotations":{%q:"true"}},"provisioner":%q}`, name, annotation, provisioner))
}

// node is one with a provider id, taint and annotation, or "".
func node(t *testing.T, name, provider, taint, annotation string) doctor.Node {
	t.Helper()
	return decode[doctor.Node](t, fmt.Sprintf(`{"metadata":{"name":%q,"creationTimestamp":"2026-11-20T11:00:00Z","annotations":{%q:"x"}},
		"spec":{"providerID":%q,"taints":[{"key":%q}]}}`, name, annotation, provider, taint))
}

func csiNode(t *testing.T, name, driver string) doctor.CSINode {
	t.Helper()
	return decode[doctor.CSINode](t, fmt.Sprintf(`{"metadata":{"name":%q},"spec":{"drivers":[{"name":%q}]}}`, name, driver))
}

func workload(kind, name string, wanted, ready int) doctor.Workload {
	return doctor.Workload{Kind: kind, Meta: doctor.Meta{Name: name, Namespace: "kube-system"}, Wanted: wanted, Ready: ready}
}

const (
	defaultClass = "storageclass.kubernetes.io/is-default-class"
	taint        = "node.cloudprovider.kubernetes.io/uninitialized"
	server       = "openstack:///5c1d0f6e-0b6c-4d6c-9a53-0f0a4a0d7d01"
)

// healthy is a cluster as Catalyst Cloud makes them.
func healthy(t *testing.T) *doctor.Facts {
	t.Helper()
	f := &doctor.Facts{}
	f.Nodes.Items = []doctor.Node{node(t, "a", server, "", ""), node(t, "b", server, "", "")}
	f.Classes.Items = []doctor.StorageClass{class(t, "b1.standard", doctor.CinderDriver, defaultClass), class(t, "b1.fast", doctor.CinderDriver, "")}
	f.Drivers.Items = []doctor.Object{{Meta: doctor.Meta{Name: doctor.CinderDriver}}}
	f.CSINodes.Items = []doctor.CSINode{csiNode(t, "a", doctor.CinderDriver), csiNode(t, "b", doctor.CinderDriver)}
	f.Workloads.Items = []doctor.Workload{
		workload("Deployment", "openstack-cinder-csi-controllerplugin", 1, 1), workload("DaemonSet", "openstack-cinder-csi-nodeplugin", 2, 2),
		workload("DaemonSet", "openstack-cloud-controller-manager", 1, 1),
	}
	return f
}

// stepCase is a step after a change in a healthy cluster.
type stepCase struct {
	name    string
	change  func(f *doctor.Facts)
	verdict string
	says    string
}

func checkSteps(t *testing.T, step func(*doctor.Facts) doctor.Step, all []stepCase) {
	t.Helper()
	for _, j := range all {
		f := healthy(t)
		j.change(f)
		is(t, j.name, step(f), j.verdict, j.says)
	}
}

func nothing(*doctor.Facts) {}

func TestDefaultClass(t *testing.T) {
	t.Parallel()
	checkSteps(t, doctor.DefaultClass, []stepCase{
		{"good", nothing, doctor.OK, "the default is b1.standard (cinder.csi.openstack.org)"},
		{"by the older annotation", func(f *doctor.Facts) {
			f.Classes.Items = []doctor.StorageClass{class(t, "old", "kubernetes.io/cinder", "storageclass.beta.kubernetes.io/is-default-class")}
		}, doctor.OK, "old (kubernetes.io/cinder)"},
		{"no default", func(f *doctor.Facts) { f.Classes.Items = f.Classes.Items[1:] }, doctor.Wrong,
			"kubectl annotate storageclass b1.fast storageclass.kubernetes.io/is-default-class=true"},
		{"two defaults", func(f *doctor.Facts) {
			f.Classes.Items = append(f.Classes.Items, class(t, "mine", "example.org/nfs", defaultClass))
		}, doctor.Warning, "of which the newest counts: b1.standard (cinder.csi.openstack.org), mine"},
		{"none at all", func(f *doctor.Facts) { f.Classes.Items = nil }, doctor.Wrong, "there is none for Cinder"},
		{"not readable", func(f *doctor.Facts) {
			f.Classes = doctor.List[doctor.StorageClass]{Unread: []string{"storageclasses: you may not list them"}}
		}, doctor.Unknown, "could not read storageclasses: you may not list them"},
	})
}

func TestCinderCSI(t *testing.T) {
	t.Parallel()
	drop := func(part string) func(f *doctor.Facts) {
		return func(f *doctor.Facts) {
			var rest []doctor.Workload
			for _, w := range f.Workloads.Items {
				if !strings.Contains(w.Meta.Name, part) {
					rest = append(rest, w)
				}
			}
			f.Workloads.Items = rest
		}
	}
	checkSteps(t, doctor.CinderCSI, []stepCase{
		{"good", nothing, doctor.OK, "registered on 2 of 2 nodes; Deployment kube-system/openstack-cinder-csi-controllerplugin is ready on 1 of 1"},
		{"no driver object", func(f *doctor.Facts) { f.Drivers.Items = nil }, doctor.Wrong, "no CSIDriver cinder.csi.openstack.org"},
		{"on no node", func(f *doctor.Facts) {
			f.CSINodes.Items = []doctor.CSINode{csiNode(t, "a", "other"), csiNode(t, "b", "other")}
		}, doctor.Wrong, "registered on no node"},
		{"missing on one", func(f *doctor.Facts) { f.CSINodes.Items[1] = csiNode(t, "b", "other") }, doctor.Warning, "1 of 2 nodes, not on b"},
		{"missing on a new one", func(f *doctor.Facts) {
			f.Nodes.Items = append(f.Nodes.Items, node(t, "new", server, "", ""))
		}, doctor.Warning, "2 of 3 nodes, not on new"},
		{"no nodes", func(f *doctor.Facts) { f.CSINodes.Items, f.Nodes.Items = nil, nil }, doctor.Unknown, "no node it could be on"},
		{"no controller", drop("controllerplugin"), doctor.Wrong, "no controller of Cinder CSI in kube-system or openstack-system"},
		{"no node plugin", drop("nodeplugin"), doctor.Wrong, "no node plugin of Cinder CSI"},
		{"controller down", func(f *doctor.Facts) { f.Workloads.Items[0].Ready = 0 }, doctor.Wrong,
			"kubectl -n kube-system describe deployment openstack-cinder-csi-controllerplugin"},
		{"node plugin half up", func(f *doctor.Facts) { f.Workloads.Items[1].Ready = 1 }, doctor.Warning, "is ready on 1 of 2"},
		{"a role that sees nodes only", func(f *doctor.Facts) {
			f.Workloads = doctor.List[doctor.Workload]{Unread: []string{"daemonsets in namespace kube-system: you may not list them"}}
		}, doctor.Unknown, "registered on 2 of 2 nodes; whether the controller of Cinder CSI runs is not known: could not read daemonsets in namespace kube-system"},
		{"one namespace is not readable, and has nothing", func(f *doctor.Facts) {
			f.Workloads.Unread = []string{"daemonsets in namespace openstack-system: you may not list them"}
		}, doctor.OK, ""},
		{"nothing readable", func(f *doctor.Facts) {
			f.Drivers.Unread, f.CSINodes.Unread, f.Workloads = []string{"csidrivers: no"}, []string{"csinodes: no"}, doctor.List[doctor.Workload]{Unread: []string{"daemonsets: no"}}
		}, doctor.Unknown, "could not read csidrivers: no; could not read csinodes: no"},
	})
}

func TestCloudController(t *testing.T) {
	t.Parallel()
	checkSteps(t, func(f *doctor.Facts) doctor.Step { return doctor.CloudController(f, now) }, []stepCase{
		{"good", nothing, doctor.OK, "2 of 2 nodes are known to be servers of OpenStack; DaemonSet kube-system/openstack-cloud-controller-manager"},
		{"a node waits", func(f *doctor.Facts) { f.Nodes.Items[1] = node(t, "b", server, taint, "") }, doctor.Wrong, "b wait for the cloud controller"},
		{"a new node waits", func(f *doctor.Facts) {
			f.Nodes.Items[1] = node(t, "b", server, taint, "")
			f.Nodes.Items[1].Meta.Created = now.Add(-time.Minute)
		}, doctor.Warning, "b wait for the cloud controller"},
		{"strangers", func(f *doctor.Facts) {
			f.Nodes.Items = []doctor.Node{node(t, "a", "", "", ""), node(t, "b", "kind://b", "", "")}
		}, doctor.Wrong, "no node is known"},
		{"one stranger", func(f *doctor.Facts) { f.Nodes.Items[0] = node(t, "a", "", "", "") }, doctor.Warning, "1 of 2 nodes are not known to be servers of OpenStack (providerID): a"},
		{"not there", func(f *doctor.Facts) { f.Workloads.Items = f.Workloads.Items[:2] }, doctor.Wrong, "no openstack-cloud-controller-manager in"},
		{"nowhere", func(f *doctor.Facts) {
			f.Workloads.Items[2] = workload("DaemonSet", "openstack-cloud-controller-manager", 0, 0)
		}, doctor.Wrong, "runs nowhere"},
		{"no nodes", func(f *doctor.Facts) { f.Nodes.Items = nil }, doctor.Unknown, "no nodes"},
		{"nodes not readable", func(f *doctor.Facts) { f.Nodes = doctor.List[doctor.Node]{Unread: []string{"nodes: no"}} }, doctor.Unknown, "could not read nodes: no"},
		{"a role that sees nodes only", func(f *doctor.Facts) {
			f.Workloads = doctor.List[doctor.Workload]{Unread: []string{"daemonsets in namespace kube-system: no"}}
		}, doctor.Unknown, "2 of 2 nodes are known"},
	})
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	verdict := func(v string) enforce.Verdict { return enforce.Verdict{Verdict: v, Evidence: []string{"seen"}} }
	is(t, "enforced", doctor.Policies(verdict(enforce.Enforced), -1, nil), doctor.OK, "enforced: seen")
	is(t, "policies without effect", doctor.Policies(verdict(enforce.NotEnforced), 2, nil), doctor.Wrong, "no effect")
	is(t, "none to enforce", doctor.Policies(verdict(enforce.NotEnforced), 0, nil), doctor.Warning, "there are no policies")
	blind := verdict(enforce.Unknown)
	blind.Unreadable = []string{"daemonsets in namespace kube-system: you may not list them"}
	is(t, "not known", doctor.Policies(blind, 2, nil), doctor.Unknown, "could not read daemonsets in namespace kube-system")
	is(t, "not asked", doctor.Policies(enforce.Verdict{}, 0, errors.New("reset")), doctor.Unknown, "reset")
}

// scaled is a cluster whose labels ask for both helpers.
func scaled() *magnum.Cluster {
	return &magnum.Cluster{Name: "prod", Labels: magnum.Labels{"auto_scaling_enabled": "True", "auto_healing_enabled": "true", "min_node_count": "1", "max_node_count": "5"}}
}

// status is what cluster-autoscaler wrote that long ago.
func status(ago time.Duration, text string) doctor.List[doctor.ConfigMap] {
	return doctor.List[doctor.ConfigMap]{Items: []doctor.ConfigMap{{Data: map[string]string{"status": text},
		Meta: doctor.Meta{Annotations: map[string]string{"cluster-autoscaler.kubernetes.io/last-updated": now.Add(-ago).String()}}}}}
}

const (
	healthyText = "Cluster-wide:\n  Health:      Healthy (ready=4 unready=0)\n"
	healthyYAML = "autoscalerStatus: Running\nclusterWide:\n  health:\n    lastProbeTime: \"x\"\n    nodeCounts: {}\n    status: Healthy\n"
)

func TestAutoscaler(t *testing.T) {
	t.Parallel()
	outside := func(f *doctor.Facts) {
		f.Nodes.Items = []doctor.Node{node(t, "a", server, "", "cluster.x-k8s.io/machine")}
	}
	within := func(ready int) func(f *doctor.Facts) {
		return func(f *doctor.Facts) {
			f.Workloads.Items = append(f.Workloads.Items, workload("Deployment", "cluster-autoscaler", 1, ready))
		}
	}
	blind := func(f *doctor.Facts) {
		f.Workloads = doctor.List[doctor.Workload]{Unread: []string{"deployments in namespace kube-system: no"}}
		f.Autoscaler.Unread = []string{"configmap kube-system/cluster-autoscaler-status: no"}
	}
	both := func(all ...func(*doctor.Facts)) func(*doctor.Facts) {
		return func(f *doctor.Facts) {
			for _, c := range all {
				c(f)
			}
		}
	}
	says := func(ago time.Duration, text string) func(*doctor.Facts) {
		return func(f *doctor.Facts) { f.Autoscaler = status(ago, text) }
	}
	checkSteps(t, func(f *doctor.Facts) doctor.Step { return doctor.Autoscaler(scaled(), nil, f, now) }, []stepCase{
		{"in the cluster", within(1), doctor.OK, "asked for, from 1 to 5 nodes; Deployment kube-system/cluster-autoscaler is ready on 1 of 1"},
		{"with its status", both(within(1), says(20*time.Second, healthyText)), doctor.OK, "its last status is 20s old"},
		{"down", within(0), doctor.Wrong, "describe deployment cluster-autoscaler"},
		{"missing", nothing, doctor.Wrong, "there is no cluster-autoscaler in"},
		{"stuck", both(within(1), says(time.Hour, healthyText)), doctor.Wrong, "its last status is 1h0m0s old"},
		{"not healthy", both(within(1), says(time.Second, "Cluster-wide:\n  Health:      Unhealthy (ready=1)\n")), doctor.Warning, "not healthy"},
		{"not healthy, as newer ones say it", both(within(1), says(time.Second, strings.Replace(healthyYAML, "Healthy", "Unhealthy", 1))), doctor.Warning, "not healthy"},
		{"outside, with a status", both(outside, says(time.Second, healthyYAML)), doctor.OK, "its last status is 1s old"},
		{"outside, stopped", both(outside, says(time.Hour, healthyYAML)), doctor.Wrong, "1h0m0s old"},
		{"outside, silent", outside, doctor.Warning, "left no status"},
		{"not readable", blind, doctor.Unknown, "whether the autoscaler runs is not known"},
		{"not readable but for its status", both(blind, says(time.Second, healthyYAML)), doctor.OK, "its last status is 1s old"},
	})
	is(t, "not asked for", doctor.Autoscaler(&magnum.Cluster{}, nil, healthy(t), now), doctor.OK, "not asked for (label auto_scaling_enabled)")
	odd := scaled()
	odd.Labels["min_node_count"] = "few"
	is(t, "odd labels", doctor.Autoscaler(odd, nil, healthy(t), now), doctor.Wrong, "min_node_count")

	// The limits of a group count before the labels.
	nine := 9
	groups := []magnum.NodeGroup{{Name: "default-master", Role: "master", IsDefault: true},
		{Name: "default-worker", Role: "worker", IsDefault: true, MinNodeCount: 2, MaxNodeCount: &nine},
		{Name: "gpu", Role: "worker", MaxNodeCount: &nine}, {Name: "fixed", Role: "worker"}}
	f := healthy(t)
	within(1)(f)
	is(t, "groups", doctor.Autoscaler(scaled(), groups, f, now), doctor.OK, "asked for, from 2 to 9 nodes, from 0 to 9 nodes in gpu;")
}

func TestNodes(t *testing.T) {
	t.Parallel()
	c := &magnum.Cluster{Name: "prod", Status: "UPDATE_COMPLETE", MasterCount: 1, NodeCount: 2}
	f := &doctor.Facts{Nodes: doctor.List[doctor.Node]{Items: make([]doctor.Node, 3)}}
	is(t, "as many", doctor.Nodes(c, f), doctor.OK, "3, as Magnum counts")
	c.NodeCount = 4
	is(t, "fewer", doctor.Nodes(c, f), doctor.Warning, "the cluster has 3, Magnum counts 5 (1 masters, 4 nodes)")
	c.Labels = magnum.Labels{"auto_scaling_enabled": "true"}
	is(t, "scaled", doctor.Nodes(c, f), doctor.OK, "the cluster has 3, Magnum counts 5")
	f.Nodes = doctor.List[doctor.Node]{Unread: []string{"nodes: no"}}
	is(t, "not readable", doctor.Nodes(c, f), doctor.Unknown, "could not read nodes: no")
}

func TestAutoHealer(t *testing.T) {
	t.Parallel()
	checkSteps(t, func(f *doctor.Facts) doctor.Step { return doctor.AutoHealer(scaled(), f) }, []stepCase{
		{"good", func(f *doctor.Facts) {
			f.Workloads.Items = append(f.Workloads.Items, workload("DaemonSet", "magnum-auto-healer", 3, 3))
		}, doctor.OK, "asked for; DaemonSet kube-system/magnum-auto-healer is ready on 3 of 3"},
		{"down", func(f *doctor.Facts) {
			f.Workloads.Items = append(f.Workloads.Items, workload("DaemonSet", "magnum-auto-healer", 3, 0))
		}, doctor.Wrong, "describe daemonset magnum-auto-healer"},
		{"missing", nothing, doctor.Wrong, "there is no magnum-auto-healer in"},
		{"outside", func(f *doctor.Facts) {
			f.Nodes.Items = []doctor.Node{node(t, "a", server, "", "cluster.x-k8s.io/machine")}
		}, doctor.Unknown, "from outside the cluster"},
		{"not readable", func(f *doctor.Facts) { f.Workloads.Unread = []string{"daemonsets: no"} }, doctor.Unknown, "whether the auto-healer runs"},
	})
	is(t, "not asked for", doctor.AutoHealer(&magnum.Cluster{Labels: magnum.Labels{"auto_healing_enabled": "false"}}, healthy(t)), doctor.OK, "not asked for")
}

func TestUnseen(t *testing.T) {
	t.Parallel()
	for _, s := range doctor.Unseen("it does not answer") {
		is(t, s.Name, s, doctor.Unknown, "it does not answer")
	}
}
