package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
)

// ReadFacts asks a cluster's API server for everything at the same time: a dozen
// small lists. What one may not read is named, never left out in silence.
func ReadFacts(ctx context.Context, api *apiserver.Client) *Facts {
	r := &reader{ctx: ctx, api: api}
	f := &Facts{}
	var wg sync.WaitGroup
	wg.Go(func() { f.Nodes = list[Node](r, "/api/v1/nodes", "nodes") })
	wg.Go(func() {
		f.Classes = list[StorageClass](r, "/apis/storage.k8s.io/v1/storageclasses", "storageclasses")
	})
	wg.Go(func() { f.Drivers = list[Object](r, "/apis/storage.k8s.io/v1/csidrivers", "csidrivers") })
	wg.Go(func() { f.CSINodes = list[CSINode](r, "/apis/storage.k8s.io/v1/csinodes", "csinodes") })
	wg.Go(func() { f.Workloads = r.workloads() })
	wg.Go(func() { f.Autoscaler = r.autoscaler() })
	wg.Wait()
	return f
}

type reader struct {
	ctx context.Context
	api *apiserver.Client
}

// list reads a list; what is how messages call it.
func list[T any](r *reader, path, what string) List[T] {
	items, err := apiserver.List[T](r.ctx, r.api, path)
	if err != nil {
		return List[T]{Unread: []string{what + ": " + reason(err)}}
	}
	return List[T]{Items: items}
}

// reason is why something could not be read, in few words.
func reason(err error) string {
	var e *apiserver.Error
	switch {
	case apiserver.Is(err, apiserver.Forbidden):
		return "you may not list them"
	case errors.As(err, &e):
		return e.Err.Error()
	}
	return err.Error()
}

// counted is how a DaemonSet, a Deployment and a StatefulSet count their pods.
type counted struct {
	Metadata Meta
	Spec     struct{ Replicas *int }
	Status   struct{ DesiredNumberScheduled, NumberReady, ReadyReplicas int }
}

func (c *counted) workload(kind string) Workload {
	w := Workload{Kind: kind, Meta: c.Metadata, Wanted: 1, Ready: c.Status.ReadyReplicas}
	switch {
	case kind == "DaemonSet":
		w.Wanted, w.Ready = c.Status.DesiredNumberScheduled, c.Status.NumberReady
	case c.Spec.Replicas != nil:
		w.Wanted = *c.Spec.Replicas
	}
	return w
}

// workloads reads what runs in the managed namespaces. One namespace that may
// not be read makes the answer incomplete.
func (r *reader) workloads() List[Workload] {
	type place struct{ namespace, kind string }
	var places []place
	for _, ns := range managedNamespaces() {
		for _, kind := range []string{"DaemonSet", "Deployment", "StatefulSet"} {
			places = append(places, place{ns, kind})
		}
	}
	answers := make([]List[counted], len(places))
	var wg sync.WaitGroup
	for i, p := range places {
		plural := strings.ToLower(p.kind) + "s"
		path := "/apis/apps/v1/namespaces/" + url.PathEscape(p.namespace) + "/" + plural
		wg.Go(func() {
			answers[i] = list[counted](r, path, fmt.Sprintf("%s in namespace %s", plural, p.namespace))
		})
	}
	wg.Wait()
	var all List[Workload]
	for i, a := range answers {
		for _, c := range a.Items {
			all.Items = append(all.Items, c.workload(places[i].kind))
		}
		all.Unread = append(all.Unread, a.Unread...)
	}
	return all
}

// autoscaler reads the status that cluster-autoscaler keeps in kube-system, from
// wherever it runs.
func (r *reader) autoscaler() List[ConfigMap] {
	const name = "cluster-autoscaler-status"
	var m ConfigMap
	_, err := r.api.Object(r.ctx, apiserver.Request{Path: "/api/v1/namespaces/kube-system/configmaps/" + name}, &m)
	switch {
	case err == nil:
		return List[ConfigMap]{Items: []ConfigMap{m}}
	case apiserver.Is(err, apiserver.Missing):
		return List[ConfigMap]{}
	}
	return List[ConfigMap]{Unread: []string{"configmap kube-system/" + name + ": " + reason(err)}}
}
