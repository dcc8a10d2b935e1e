package load

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// workload is a kube.Workload whose pods are to be made.
type workload struct{ *kube.Workload }

// workloadKinds are the kinds that make pods, in the order of their stand-ins.
var workloadKinds = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob"}

// maxPods is how many pods Kubernetes supports in a cluster; more stand-ins are
// not made.
const maxPods = 150_000

// generated stands in label values for what a controller makes up at run time: a
// hash, a uid, a time. It is not a valid label value, so no selector can name it;
// selectors that ask whether the label exists see it.
const generated = "*"

// pods returns what the workload's template makes. Pods that differ in nothing
// that policies can see are one Pod with its Replicas.
func (w workload) pods(nodes, budget int) ([]kube.Pod, error) {
	t, jobName := w.Spec.Template, w.Meta.Name
	if w.Spec.JobTemplate != nil {
		j := &w.Spec.JobTemplate.Spec
		t, jobName = j.Template, w.Meta.Name+"-"+generated
		w.Spec.Parallelism, w.Spec.Completions, w.Spec.CompletionMode = j.Parallelism, j.Completions, j.CompletionMode
	}
	if t == nil {
		return nil, fmt.Errorf("spec.template is missing")
	}
	n := w.replicas(nodes)
	if n <= 0 {
		return nil, nil
	}
	pod := kube.Pod{Meta: t.Meta, Spec: t.Spec, Origin: w.Origin, Replicas: n}
	pod.Owner = kube.Ref{Kind: w.Kind, Namespace: w.Meta.Namespace, Name: w.Meta.Name}
	pod.Meta.Namespace, pod.Meta.Name = w.Meta.Namespace, w.Kind+"/"+w.Meta.Name
	labels := maps.Clone(t.Meta.Labels)
	if labels == nil {
		labels = make(map[string]string)
	}
	pod.Meta.Labels = labels
	for key, value := range madeLabels[w.Kind] {
		labels[key] = strings.ReplaceAll(value, "NAME", w.Meta.Name)
	}
	switch w.Kind {
	case "StatefulSet":
		return w.ordinals(pod, n, budget)
	case "Job", "CronJob":
		for _, prefix := range []string{"", "batch.kubernetes.io/"} {
			labels[prefix+"job-name"] = jobName
			labels[prefix+"controller-uid"] = generated
		}
		if w.Spec.CompletionMode == "Indexed" {
			return w.indexed(pod, budget)
		}
	}
	return []kube.Pod{pod}, nil
}

// replicas returns how many pods run at a time.
func (w workload) replicas(nodes int) int {
	count := func(p *int32) int {
		if p == nil {
			return 1
		}
		return int(*p)
	}
	switch w.Kind {
	case "DaemonSet":
		if nodes > 0 {
			return nodes
		}
		return 2 // on how many nodes is not known; on more than one, usually
	case "Job", "CronJob":
		if w.Status.CompletionTime != "" {
			return 0
		}
		n := count(w.Spec.Parallelism)
		if w.Spec.Completions != nil {
			n = min(n, int(*w.Spec.Completions))
		}
		return n
	}
	return count(w.Spec.Replicas)
}

// ordinals gives each pod of a StatefulSet its own name and labels.
func (w workload) ordinals(pod kube.Pod, n, budget int) ([]kube.Pod, error) {
	if n > budget {
		return nil, fmt.Errorf("spec.replicas: %d replicas are more than the %d pods a cluster can hold", n, maxPods)
	}
	start := 0
	if w.Spec.Ordinals != nil {
		start = int(w.Spec.Ordinals.Start)
	}
	return numbered(pod, start, n, func(p *kube.Pod, ordinal string) {
		p.Meta.Name = w.Meta.Name + "-" + ordinal
		p.Meta.Labels["statefulset.kubernetes.io/pod-name"] = p.Meta.Name
		p.Meta.Labels["apps.kubernetes.io/pod-index"] = ordinal
	}), nil
}

// indexed gives each pod of an Indexed job its own label. All indexes are there
// in the end, though not at once.
func (w workload) indexed(pod kube.Pod, budget int) ([]kube.Pod, error) {
	n := 1
	if w.Spec.Completions != nil {
		n = int(*w.Spec.Completions)
	}
	if n > budget {
		return nil, fmt.Errorf("spec.completions: %d pods are more than the %d a cluster can hold", n, maxPods)
	}
	return numbered(pod, 0, n, func(p *kube.Pod, index string) {
		p.Meta.Name += "-" + index
		p.Meta.Labels["batch.kubernetes.io/job-completion-index"] = index
	}), nil
}

func numbered(pod kube.Pod, start, n int, name func(*kube.Pod, string)) []kube.Pod {
	out := make([]kube.Pod, max(n, 0))
	for i := range out {
		out[i] = pod
		out[i].Replicas = 1
		out[i].Meta.Labels = maps.Clone(pod.Meta.Labels)
		name(&out[i], strconv.Itoa(start+i))
	}
	return out
}

// owners resolves whom pods belong to, and which workloads have pods of their own.
type owners struct {
	parents map[kube.Ref]kube.Ref // ReplicaSet → Deployment, Job → CronJob
	busy    map[kube.Ref]bool     // workloads with pods of their own
}

func controller(m *kube.Meta) (kube.Ref, bool) {
	for _, o := range m.OwnerReferences {
		if o.Controller || len(m.OwnerReferences) == 1 {
			return kube.Ref{Kind: o.Kind, Namespace: m.Namespace, Name: o.Name}, true
		}
	}
	return kube.Ref{}, false
}

// makePods turns workloads into pods and gives every pod its owner.
func (in *Input) makePods() {
	in.noteAgents()
	if in.Cluster == nil {
		for _, k := range kinds.All() {
			k.DropRepeated(&in.Objects)
		}
	}
	workloads := kube.ListOf[kube.Workload](&in.Objects)
	kube.SetList[kube.Workload](&in.Objects, nil)
	o := owners{parents: make(map[kube.Ref]kube.Ref), busy: make(map[kube.Ref]bool)}
	for i := range workloads {
		if parent, ok := controller(&workloads[i].Meta); ok {
			o.parents[workloads[i].Ref()] = parent
		}
	}
	for i := range in.Objects.Pods {
		o.resolveOwner(&in.Objects.Pods[i])
	}
	if in.Cluster == nil { // of a cluster the pods themselves were read
		in.addStandIns(workloads, &o)
	}
}

// noteAgents keeps what the DaemonSets say of themselves.
func (in *Input) noteAgents() {
	agents := kube.ListOf[kube.Agent](&in.Objects)
	for _, w := range kube.ListOf[kube.Workload](&in.Objects) {
		if w.Kind == "DaemonSet" {
			agents = append(agents, kube.Agent{Meta: w.Meta, Status: w.Status, Origin: w.Origin})
		}
	}
	kube.SetList(&in.Objects, agents)
}

// addStandIns adds the pods of the workloads that have none of their own.
func (in *Input) addStandIns(workloads []kube.Workload, o *owners) {
	slices.SortStableFunc(workloads, func(a, b kube.Workload) int {
		return cmp.Compare(slices.Index(workloadKinds, a.Kind), slices.Index(workloadKinds, b.Kind))
	})
	budget := maxPods - len(in.Objects.Pods)
	for i := range workloads {
		w := workload{&workloads[i]}
		ref := w.Ref()
		if _, made := o.parents[ref]; made || o.busy[ref] {
			continue
		}
		pods, err := w.pods(len(in.Objects.Nodes), budget)
		if err != nil {
			path, msg, found := strings.Cut(err.Error(), ": ")
			if !found {
				path, msg = "spec", err.Error()
			}
			in.Refused = append(in.Refused, Refusal{File: w.Origin.File, Line: w.Origin.Line, Ref: ref, Path: path, Msg: msg})
			continue
		}
		budget -= len(pods)
		in.Objects.Pods = append(in.Objects.Pods, pods...)
	}
}

// resolveOwner finds the workload that people know the pod by. Where the ReplicaSet
// was not read, the label that every Deployment adds to it gives the name away.
func (o *owners) resolveOwner(p *kube.Pod) {
	ref, ok := controller(&p.Meta)
	p.Meta.OwnerReferences = nil
	if !ok || ref.Kind == "Node" {
		return // a static pod stands for itself
	}
	o.busy[ref] = true
	if parent, ok := o.parents[ref]; ok {
		ref = parent
		o.busy[ref] = true
	} else if hash := p.Meta.Labels["pod-template-hash"]; ref.Kind == "ReplicaSet" && hash != "" {
		if name, cut := strings.CutSuffix(ref.Name, "-"+hash); cut {
			ref = kube.Ref{Kind: "Deployment", Namespace: ref.Namespace, Name: name}
			o.busy[ref] = true
		}
	}
	p.Owner = ref
}
