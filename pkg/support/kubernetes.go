package support

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Kubernetes is what the cluster itself says.
type Kubernetes struct {
	Context  string   `json:"context"`
	Nodes    []Node   `json:"nodes"`
	Warnings []Event  `json:"warnings"` // newest first
	Dropped  int      `json:"warnings_left_out,omitempty"`
	NotReady []Pod    `json:"pods_not_ready"` // of the managed namespaces
	Missing  []string `json:"failed,omitempty"`
}

// Node is a machine of the cluster and the conditions it reports.
type Node struct {
	Name       string            `json:"name"`
	Created    time.Time         `json:"created"`
	Kubelet    string            `json:"kubelet"`
	Image      string            `json:"os"`
	Addresses  []string          `json:"addresses"`
	Cordoned   bool              `json:"cordoned"`
	Taints     []string          `json:"taints,omitempty"`
	Capacity   map[string]string `json:"capacity"`
	Conditions []Condition       `json:"conditions"`
}

// Condition is one of a node's or a pod's.
type Condition struct {
	Type    string    `json:"type"`
	Status  string    `json:"status"`
	Since   time.Time `json:"since"`
	Reason  string    `json:"reason,omitempty"`
	Message string    `json:"message,omitempty"`
}

// Event is a warning.
type Event struct {
	Last      time.Time `json:"last"`
	Count     int       `json:"count"`
	Namespace string    `json:"namespace"`
	Object    string    `json:"object"` // Kind/name
	Reason    string    `json:"reason"`
	Message   string    `json:"message"`
}

// Pod is one that is not ready, and why.
type Pod struct {
	Namespace  string      `json:"namespace"`
	Name       string      `json:"name"`
	Node       string      `json:"node"`
	Phase      string      `json:"phase"`
	Created    time.Time   `json:"created"`
	Conditions []Condition `json:"conditions"`
	Containers []Container `json:"containers"`
}

// Container is one of a pod's.
type Container struct {
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

// kubernetes asks for everything at once. Of its questions some may fail: one
// who may read pods need not be allowed to read nodes.
func (k Kubectl) kubernetes(ctx context.Context, address, uuid string) (*Kubernetes, error) {
	name, err := k.choose(ctx, address, uuid)
	if err != nil {
		return nil, err
	}
	result := &Kubernetes{Context: name, Nodes: []Node{}, Warnings: []Event{}, NotReady: []Pod{}}
	namespaces := managedNamespaces()
	pods := make([][]Pod, len(namespaces))
	questions := []func() error{
		func() error { return k.nodes(ctx, name, result) },
		func() error { return k.warnings(ctx, name, result) },
	}
	for i, namespace := range namespaces {
		questions = append(questions, func() (err error) {
			pods[i], err = k.pods(ctx, name, namespace)
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

// isLeftOut says whether err is no failure but a reason to leave a part out.
func isLeftOut(err error) bool {
	var reason leftOut
	return errors.As(err, &reason)
}
