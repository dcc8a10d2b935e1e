package support

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

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

func (k Kubectl) nodes(ctx context.Context, name string, into *Kubernetes) error {
	var list struct{ Items []nodeObject }
	if err := k.run(ctx, &list, "get", "nodes", "--context", name); err != nil {
		return err
	}
	for _, o := range list.Items {
		n := Node{
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

func (k Kubectl) warnings(ctx context.Context, name string, into *Kubernetes) error {
	var list struct{ Items []eventObject }
	if err := k.run(ctx, &list, "get", "events", "--context", name, "-A", "--field-selector", "type=Warning"); err != nil {
		return err
	}
	for _, o := range list.Items {
		into.Warnings = append(into.Warnings, Event{
			Last: o.last(), Count: o.count(), Namespace: o.Metadata.Namespace,
			Object: o.InvolvedObject.Kind + "/" + o.InvolvedObject.Name, Reason: o.Reason, Message: o.Message,
		})
	}
	slices.SortStableFunc(into.Warnings, func(a, b Event) int { return b.Last.Compare(a.Last) })
	if n := len(into.Warnings); n > maxWarnings {
		into.Warnings, into.Dropped = into.Warnings[:maxWarnings], n-maxWarnings
	}
	return nil
}

// last is when an event was seen last; where that is kept has changed over time.
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

func (k Kubectl) pods(ctx context.Context, name, namespace string) ([]Pod, error) {
	var list struct{ Items []podObject }
	if err := k.run(ctx, &list, "get", "pods", "--context", name, "-n", namespace); err != nil {
		return nil, err
	}
	var pods []Pod
	for _, o := range list.Items {
		if o.ready() {
			continue
		}
		p := Pod{
			Namespace: namespace, Name: o.Metadata.Name, Node: o.Spec.NodeName, Phase: o.Status.Phase,
			Created: o.Metadata.CreationTimestamp, Conditions: conditions(o.Status.Conditions), Containers: []Container{},
		}
		for _, c := range slices.Concat(o.Status.InitContainerStatuses, o.Status.ContainerStatuses) {
			p.Containers = append(p.Containers, Container{c.Name, c.Image, c.Ready, c.RestartCount, c.State.text(), c.LastState.text()})
		}
		pods = append(pods, p)
	}
	return pods, nil
}

// ready says whether a pod does its work, or has done it.
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

func conditions(list []condition) []Condition {
	all := []Condition{}
	for _, c := range list {
		all = append(all, Condition{c.Type, c.Status, c.LastTransitionTime, c.Reason, c.Message})
	}
	return all
}

// compareText orders by the first pair that differs.
func compareText(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		if c := cmp.Compare(pairs[i], pairs[i+1]); c != 0 {
			return c
		}
	}
	return 0
}
