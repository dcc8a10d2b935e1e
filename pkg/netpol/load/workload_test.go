package load_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

func TestWorkloadsBecomeThePodsTheyMake(t *testing.T) {
	const template = "template: {metadata: {labels: {app: a}}, spec: {hostNetwork: true, containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}}"
	type pod struct {
		Name     string
		Replicas int
		Labels   map[string]string
	}
	job := func(name string, more ...string) map[string]string {
		m := map[string]string{"app": "a", "job-name": name, "batch.kubernetes.io/job-name": name,
			"controller-uid": "*", "batch.kubernetes.io/controller-uid": "*"}
		for i := 0; i+1 < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	set := func(name, index string) map[string]string {
		return map[string]string{"app": "a", "controller-revision-hash": "*",
			"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": index}
	}
	daemon := map[string]string{"app": "a", "controller-revision-hash": "*", "pod-template-generation": "*"}
	for name, test := range map[string]struct {
		kind, spec string
		want       []pod
	}{
		"Deployment":                {"apps/v1/Deployment", "replicas: 3", []pod{{"Deployment/w", 3, map[string]string{"app": "a", "pod-template-hash": "*"}}}},
		"Deployment by default":     {"apps/v1/Deployment", "", []pod{{"Deployment/w", 1, map[string]string{"app": "a", "pod-template-hash": "*"}}}},
		"Deployment scaled to none": {"apps/v1/Deployment", "replicas: 0", nil},
		"ReplicaSet":                {"apps/v1/ReplicaSet", "replicas: 2", []pod{{"ReplicaSet/w", 2, map[string]string{"app": "a"}}}},
		"ReplicationController":     {"v1/ReplicationController", "", []pod{{"ReplicationController/w", 1, map[string]string{"app": "a"}}}},
		"DaemonSet":                 {"apps/v1/DaemonSet", "", []pod{{"DaemonSet/w", 2, daemon}}},
		"StatefulSet":               {"apps/v1/StatefulSet", "replicas: 2", []pod{{"w-0", 1, set("w-0", "0")}, {"w-1", 1, set("w-1", "1")}}},
		"StatefulSet from five":     {"apps/v1/StatefulSet", "ordinals: {start: 5}", []pod{{"w-5", 1, set("w-5", "5")}}},
		"Job":                       {"batch/v1/Job", "parallelism: 4, completions: 2", []pod{{"Job/w", 2, job("w")}}},
		"indexed Job": {"batch/v1/Job", "completionMode: Indexed, completions: 2", []pod{
			{"Job/w-0", 1, job("w", "batch.kubernetes.io/job-completion-index", "0")},
			{"Job/w-1", 1, job("w", "batch.kubernetes.io/job-completion-index", "1")}}},
		"CronJob": {"batch/v1/CronJob", "", []pod{{"CronJob/w", 1, job("w-*")}}},
	} {
		t.Run(name, func(t *testing.T) {
			slash := strings.LastIndexByte(test.kind, '/')
			kind, spec := test.kind[slash+1:], template
			if test.spec != "" {
				spec = test.spec + ", " + template
			}
			if kind == "CronJob" {
				spec = "jobTemplate: {spec: {" + spec + "}}"
			}
			in := accepted(t, "apiVersion: "+test.kind[:slash]+"\nkind: "+kind+"\nmetadata: {name: w, namespace: shop}\nspec: {"+spec+"}\n")
			var got []pod
			for _, p := range in.Objects.Pods {
				got = append(got, pod{p.Meta.Name, p.Replicas, p.Meta.Labels})
				if want := (kube.Ref{Kind: kind, Namespace: "shop", Name: "w"}); p.Owner != want {
					t.Errorf("owner %v, want %v", p.Owner, want)
				}
				if p.Meta.Namespace != "shop" || !p.Spec.HostNetwork || p.Spec.Containers[0].Ports[0].Name != "http" || p.Origin.File != "-" {
					t.Errorf("the template is lost: %+v", p)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWorkloadsOfOtherKinds: what has a template of pods where all workloads have
// it makes pods, and what makes pods otherwise is named.
func TestWorkloadsOfOtherKinds(t *testing.T) {
	const template = "template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}}"
	for name, test := range map[string]struct {
		kind, spec string
		owner      string // of the pods; "" when none are made
		label      string
		incomplete string
	}{
		"Rollout":          {"argoproj.io/v1alpha1/Rollout", "replicas: 3, " + template, "Rollout shop/w", "rollouts-pod-template-hash", ""},
		"DeploymentConfig": {"apps.openshift.io/v1/DeploymentConfig", template, "DeploymentConfig shop/w", "deploymentconfig", ""},
		"CloneSet":         {"apps.kruise.io/v1alpha1/CloneSet", template, "CloneSet shop/w", "controller-revision-hash", ""},
		"made-up kind":     {"example.org/v1/Widget", template, "Widget shop/w", "app", ""},
		"Knative":          {"serving.knative.dev/v1/Service", "template: {spec: {containers: [{image: i}]}}", "Revision shop/w", "serving.knative.dev/service", ""},
		"virtual machine":  {"kubevirt.io/v1/VirtualMachine", "template: {metadata: {labels: {app: a}}, spec: {domain: {devices: {}}}}", "VirtualMachine shop/w", "kubevirt.io", ""},
		"no labels":        {"example.org/v1/Widget", "template: {spec: {containers: []}}", "", "", ""},
		"other template":   {"example.org/v1/Widget", "template: {metadata: {labels: {app: a}}, spec: {x: 1}}", "", "", ""},
		"of another form": {"example.org/v1/Widget", "replicas: many, " + template, "", "",
			"Widget shop/w (example.org/v1) makes pods that are not known here: line 4: spec.replicas: want an integer, not a string (\"many\")"},
		"Rollout of a Deployment":  {"argoproj.io/v1alpha1/Rollout", "workloadRef: {kind: Deployment, name: w}", "", "", "Rollout shop/w (argoproj.io/v1alpha1) makes pods that are not known here"},
		"Prometheus":               {"monitoring.coreos.com/v1/Prometheus", "replicas: 2", "", "", "Prometheus shop/w (monitoring.coreos.com/v1) makes pods that are not known here"},
		"Cluster of CloudNativePG": {"postgresql.cnpg.io/v1/Cluster", "instances: 3", "", "", "Cluster shop/w (postgresql.cnpg.io/v1) makes pods that are not known here"},
		"Cluster of Cluster API":   {"cluster.x-k8s.io/v1beta1/Cluster", "paused: true", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			slash := strings.LastIndexByte(test.kind, '/')
			in := accepted(t, "apiVersion: "+test.kind[:slash]+"\nkind: "+test.kind[slash+1:]+"\nmetadata: {name: w, namespace: shop}\nspec: {"+test.spec+"}\n")
			if test.owner == "" {
				if len(in.Objects.Pods) > 0 {
					t.Errorf("pods %v", in.Objects.Pods)
				}
			} else if len(in.Objects.Pods) != 1 || in.Objects.Pods[0].Owner.String() != test.owner || in.Objects.Pods[0].Meta.Labels[test.label] == "" {
				t.Errorf("pods %+v, want those of %s with the label %s", in.Objects.Pods, test.owner, test.label)
			}
			if got := strings.Join(in.Incomplete(), "; "); got != test.incomplete {
				t.Errorf("incomplete: %s\nwant %s", got, test.incomplete)
			}
		})
	}
}

func TestPodsOfACountedWorkloadAreNotCountedTwice(t *testing.T) {
	in := accepted(t, `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 2, template: {metadata: {labels: {app: web}}, spec: {}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-abc, namespace: shop, ownerReferences: [{kind: Deployment, name: web, controller: true}]}
spec: {replicas: 2, template: {metadata: {labels: {app: web}}, spec: {}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-abc-1, namespace: shop, ownerReferences: [{kind: ReplicaSet, name: web-abc, controller: true}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api-xyz-1, namespace: shop, labels: {pod-template-hash: xyz}, ownerReferences: [{kind: ReplicaSet, name: api-xyz, controller: true}]}
---
apiVersion: v1
kind: Pod
metadata: {name: kube-proxy, namespace: shop, ownerReferences: [{kind: Node, name: n1, controller: true}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: backup-29, namespace: shop, ownerReferences: [{kind: CronJob, name: backup, controller: true}]}
spec: {template: {metadata: {}, spec: {}}}
---
apiVersion: v1
kind: Pod
metadata: {name: backup-29-x, namespace: shop, ownerReferences: [{kind: Job, name: backup-29, controller: true}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup, namespace: shop}
spec: {jobTemplate: {spec: {template: {metadata: {}, spec: {}}}}}
`)
	got := map[string]string{}
	for _, p := range in.Objects.Pods {
		got[p.Meta.Name] = p.Owner.String()
	}
	want := map[string]string{"web-abc-1": "Deployment shop/web", "api-xyz-1": "Deployment shop/api", "kube-proxy": " ", "backup-29-x": "CronJob shop/backup"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsSaidTwiceCountsOnce(t *testing.T) {
	const text = `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {}, ingress: [{}]}
---
`
	o := accepted(t, text+text).Objects
	if len(o.Namespaces) != 1 || len(o.Pods) != 1 || len(o.NetworkPolicies) != 1 {
		t.Errorf("%d namespaces, %d pods, %d policies", len(o.Namespaces), len(o.Pods), len(o.NetworkPolicies))
	}
	o = accepted(t, text+strings.ReplaceAll(text, "ingress: [{}]", "ingress: []")).Objects
	if len(o.NetworkPolicies) != 2 {
		t.Error("two policies that differ became one")
	}
}

func TestAJobThatHasEndedMakesNoPod(t *testing.T) {
	in := accepted(t, "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {template: {metadata: {}, spec: {}}}\nstatus: {succeeded: 1, completionTime: '2026-01-01T00:00:00Z'}\n")
	if len(in.Objects.Pods) != 0 {
		t.Errorf("pods %v", in.Objects.Pods)
	}
}
