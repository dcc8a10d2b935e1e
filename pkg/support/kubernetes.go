package support

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// kubernetesReport is the cluster's own view of itself.
type kubernetesReport struct {
	Context  string        `json:"context"`
	Nodes    []nodeReport  `json:"nodes"`
	Warnings []eventReport `json:"warnings"` // newest first
	Dropped  int           `json:"warnings_left_out,omitempty"`
	NotReady []podReport   `json:"pods_not_ready"` // of the managed namespaces
	Missing  []string      `json:"failed,omitempty"`
}

// nodeReport is a machine of the cluster and the conditions it reports.
type nodeReport struct {
	Name       string            `json:"name"`
	Created    time.Time         `json:"created"`
	Kubelet    string            `json:"kubelet"`
	Image      string            `json:"os"`
	Addresses  []string          `json:"addresses"`
	Cordoned   bool              `json:"cordoned"`
	Taints     []string          `json:"taints,omitempty"`
	Capacity   map[string]string `json:"capacity"`
	Conditions []conditionReport `json:"conditions"`
}

// conditionReport is one of a node's or a pod's.
type conditionReport struct {
	Type    string    `json:"type"`
	Status  string    `json:"status"`
	Since   time.Time `json:"since"`
	Reason  string    `json:"reason,omitempty"`
	Message string    `json:"message,omitempty"`
}

// eventReport is a warning.
type eventReport struct {
	Last      time.Time `json:"last"`
	Count     int       `json:"count"`
	Namespace string    `json:"namespace"`
	Object    string    `json:"object"` // Kind/name
	Reason    string    `json:"reason"`
	Message   string    `json:"message"`
}

// podReport is one that is not ready, and why.
type podReport struct {
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	Node       string            `json:"node"`
	Phase      string            `json:"phase"`
	Created    time.Time         `json:"created"`
	Conditions []conditionReport `json:"conditions"`
	Containers []containerReport `json:"containers"`
}

// containerReport is one of a pod's.
type containerReport struct {
	Name     string `json:"name"`
	Image    string `json:"image"`
	Ready    bool   `json:"ready"`
	Restarts int    `json:"restarts"`
	State    string `json:"state"`
	Last     string `json:"last_state,omitempty"`
}

// maxWarnings is what a reader of a ticket will look at.
const maxWarnings = 50

// managedNamespaces are those that Catalyst Cloud runs.
func managedNamespaces() []string {
	return []string{"kube-system", "openstack-system", "tigera-operator", "calico-apiserver", "calico-system"}
}

// readKubernetes asks for everything at once. Of its questions some may fail: one
// who may read pods need not be allowed to read nodes.
func (k Kubectl) readKubernetes(ctx context.Context, address, uuid string) (*kubernetesReport, error) {
	name, err := k.chooseContext(ctx, address, uuid)
	if err != nil {
		return nil, err
	}
	result := &kubernetesReport{Context: name, Nodes: []nodeReport{}, Warnings: []eventReport{}, NotReady: []podReport{}}
	namespaces := managedNamespaces()
	pods := make([][]podReport, len(namespaces))
	questions := []func() error{
		func() error { return k.readNodes(ctx, name, result) },
		func() error { return k.readWarnings(ctx, name, result) },
	}
	for i, namespace := range namespaces {
		questions = append(questions, func() (err error) {
			pods[i], err = k.readPods(ctx, name, namespace)
			return err
		})
	}
	failures := atOnce(questions)
	if len(failures) == len(questions) {
		return nil, failures[0] // nothing worked, and it is likely the same everywhere
	}
	for _, err := range failures {
		result.Missing = append(result.Missing, err.Error())
	}
	result.NotReady = append(result.NotReady, slices.Concat(pods...)...)
	return result, nil
}

// atOnce asks all questions at the same time and returns the errors, in order.
func atOnce(questions []func() error) []error {
	errs := make([]error, len(questions))
	var all sync.WaitGroup
	for i, ask := range questions {
		all.Go(func() { errs[i] = ask() })
	}
	all.Wait()
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

func (k Kubectl) readNodes(ctx context.Context, name string, into *kubernetesReport) error {
	var list struct{ Items []nodeObject }
	if err := k.run(ctx, &list, "get", "nodes", "--context", name); err != nil {
		return err
	}
	for _, o := range list.Items {
		n := nodeReport{
			Name: o.Metadata.Name, Created: o.Metadata.CreationTimestamp, Kubelet: o.Status.NodeInfo.KubeletVersion,
			Image: o.Status.NodeInfo.OSImage, Cordoned: o.Spec.Unschedulable, Capacity: o.Status.Capacity,
			Conditions: conditions(o.Status.Conditions), Addresses: []string{},
		}
		for _, t := range o.Spec.Taints {
			n.Taints = append(n.Taints, t.Key+"="+t.Value+":"+t.Effect)
		}
		for _, a := range o.Status.Addresses {
			n.Addresses = append(n.Addresses, a.Type+" "+a.Address)
		}
		into.Nodes = append(into.Nodes, n)
	}
	return nil
}

func (k Kubectl) readWarnings(ctx context.Context, name string, into *kubernetesReport) error {
	var list struct{ Items []eventObject }
	if err := k.run(ctx, &list, "get", "events", "--context", name, "-A", "--field-selector", "type=Warning"); err != nil {
		return err
	}
	for _, o := range list.Items {
		into.Warnings = append(into.Warnings, eventReport{
			Last: o.last(), Count: o.count(), Namespace: o.Metadata.Namespace,
			Object: o.InvolvedObject.Kind + "/" + o.InvolvedObject.Name, Reason: o.Reason, Message: o.Message,
		})
	}
	slices.SortStableFunc(into.Warnings, func(a, b eventReport) int { return b.Last.Compare(a.Last) })
	if n := len(into.Warnings); n > maxWarnings {
		into.Warnings, into.Dropped = into.Warnings[:maxWarnings], n-maxWarnings
	}
	return nil
}

func (k Kubectl) readPods(ctx context.Context, name, namespace string) ([]podReport, error) {
	var list struct{ Items []podObject }
	if err := k.run(ctx, &list, "get", "pods", "--context", name, "-n", namespace); err != nil {
		return nil, err
	}
	var pods []podReport
	for _, o := range list.Items {
		if o.ready() {
			continue
		}
		p := podReport{
			Namespace: namespace, Name: o.Metadata.Name, Node: o.Spec.NodeName, Phase: o.Status.Phase,
			Created: o.Metadata.CreationTimestamp, Conditions: conditions(o.Status.Conditions), Containers: []containerReport{},
		}
		for _, c := range slices.Concat(o.Status.InitContainerStatuses, o.Status.ContainerStatuses) {
			p.Containers = append(p.Containers, containerReport{c.Name, c.Image, c.Ready, c.RestartCount, c.State.text(), c.LastState.text()})
		}
		pods = append(pods, p)
	}
	return pods, nil
}

// The parts of Kubernetes objects that are read, in the API's names.

type meta struct {
	Name              string
	Namespace         string
	CreationTimestamp time.Time
}

type condition struct {
	Type, Status, Reason, Message string
	LastTransitionTime            time.Time
}

type nodeObject struct {
	Metadata meta
	Spec     struct {
		Unschedulable bool
		Taints        []struct{ Key, Value, Effect string }
	}
	Status struct {
		Capacity   map[string]string
		Conditions []condition
		Addresses  []struct{ Type, Address string }
		NodeInfo   struct{ KubeletVersion, OSImage string }
	}
}

type eventObject struct {
	Metadata       meta
	InvolvedObject struct{ Kind, Name string }
	Reason         string
	Message        string
	Count          int
	LastTimestamp  *time.Time
	EventTime      *time.Time
	Series         *struct {
		Count            int
		LastObservedTime *time.Time
	}
}

type podObject struct {
	Metadata meta
	Spec     struct{ NodeName string }
	Status   struct {
		Phase                 string
		Conditions            []condition
		InitContainerStatuses []containerStatus
		ContainerStatuses     []containerStatus
	}
}

type containerStatus struct {
	Name, Image      string
	Ready            bool
	RestartCount     int
	State, LastState containerState
}

type containerState struct {
	Waiting    *struct{ Reason, Message string }
	Running    *struct{ StartedAt time.Time }
	Terminated *struct {
		Reason, Message string
		ExitCode        int
	}
}

// last returns when an event was seen last; where that is kept has changed over time.
func (o eventObject) last() time.Time {
	times := []*time.Time{o.LastTimestamp, o.EventTime, &o.Metadata.CreationTimestamp}
	if o.Series != nil {
		times = slices.Insert(times, 0, o.Series.LastObservedTime)
	}
	for _, t := range times {
		if t != nil && !t.IsZero() {
			return *t
		}
	}
	return time.Time{}
}

func (o eventObject) count() int {
	if o.Series != nil {
		return o.Series.Count
	}
	return max(o.Count, 1)
}

// ready reports whether a pod does its work, or has done it.
func (o podObject) ready() bool {
	if o.Status.Phase == "Succeeded" {
		return true
	}
	for _, c := range o.Status.Conditions {
		if c.Type == "Ready" {
			return c.Status == "True"
		}
	}
	return false
}

func (s containerState) text() string {
	switch {
	case s.Waiting != nil:
		return joined("waiting", s.Waiting.Reason, s.Waiting.Message)
	case s.Terminated != nil:
		return joined(fmt.Sprintf("ended with %d", s.Terminated.ExitCode), s.Terminated.Reason, s.Terminated.Message)
	case s.Running != nil:
		return "running since " + s.Running.StartedAt.UTC().Format(time.RFC3339)
	}
	return ""
}

func joined(first string, more ...string) string {
	for _, m := range more {
		if m != "" {
			first += ": " + m
		}
	}
	return first
}

func conditions(list []condition) []conditionReport {
	all := []conditionReport{}
	for _, c := range list {
		all = append(all, conditionReport{c.Type, c.Status, c.LastTransitionTime, c.Reason, c.Message})
	}
	return all
}
