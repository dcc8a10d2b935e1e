package support

import (
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
