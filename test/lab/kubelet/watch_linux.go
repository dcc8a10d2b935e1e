package kubelet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// Kubelet is at work until it is closed.
type Kubelet struct {
	Options
	api    *apiserver.Client
	cancel context.CancelFunc
	all    sync.WaitGroup

	mu   sync.Mutex
	pods map[string]chan<- struct{} // by UID: closed when the pod is to go
}

// Start begins to look after the node's pods.
func Start(ctx context.Context, o Options) (*Kubelet, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.Kubeconfig)
	if err != nil {
		return nil, err
	}
	api, err := apiserver.New(config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	k := &Kubelet{Options: o, api: api, cancel: cancel, pods: map[string]chan<- struct{}{}}
	resp, err := api.Do(httpbound.Watch(ctx), apiserver.Request{Path: "/api/v1/pods", Query: url.Values{
		"watch": {"true"}, "fieldSelector": {"spec.nodeName=" + o.Node}}})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("watching pods: %w", err)
	}
	k.all.Go(func() { k.watch(ctx, resp) })
	return k, nil
}

// Close ends all containers and returns when none is left.
func (k *Kubelet) Close() {
	k.cancel()
	k.all.Wait()
}

func (k *Kubelet) watch(ctx context.Context, resp *http.Response) {
	defer resp.Body.Close()
	lines := json.NewDecoder(resp.Body)
	for {
		var e event
		if err := lines.Decode(&e); err != nil {
			if ctx.Err() == nil {
				k.Log("the kubelet lost its watch: " + err.Error())
			}
			return
		}
		p := &pod{}
		if err := json.Unmarshal(e.Object, p); err != nil {
			k.Log("the kubelet cannot read a pod: " + err.Error())
			continue
		}
		k.see(ctx, e.Type, p)
	}
}

// see takes up a pod that is new, and tells the one who looks after it when it is
// to go.
func (k *Kubelet) see(ctx context.Context, what string, p *pod) {
	k.mu.Lock()
	defer k.mu.Unlock()
	gone, known := k.pods[p.Metadata.UID]
	leaving := what == "DELETED" || p.Metadata.Deleted != nil
	switch {
	case known && leaving && gone != nil:
		close(gone)
		k.pods[p.Metadata.UID] = nil
	case known:
	case p.Status.Phase == "Running": // wired by somebody else
		k.pods[p.Metadata.UID] = nil
	case !leaving:
		leave := make(chan struct{})
		k.pods[p.Metadata.UID] = leave
		k.all.Go(func() {
			if err := k.run(ctx, p, leave); err != nil && ctx.Err() == nil {
				k.Log(fmt.Sprintf("the kubelet and pod %s: %v", p.key(), err))
			}
		})
	}
}

// writeStatus writes a pod's status.
func (k *Kubelet) writeStatus(ctx context.Context, p *pod, status map[string]any) error {
	for {
		var o map[string]any
		if _, err := k.api.Object(ctx, apiserver.Request{Path: p.path()}, &o); err != nil {
			return ignoreGone(err)
		}
		o["status"] = status
		_, err := k.api.Object(ctx, apiserver.Request{Method: http.MethodPut, Path: p.path() + "/status", Body: o}, nil)
		if !apiserver.Is(err, apiserver.Conflict) {
			return ignoreGone(err)
		}
	}
}

// let has the API server forget a pod whose containers have ended.
func (k *Kubelet) let(ctx context.Context, p *pod) error {
	body := map[string]any{"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
		"preconditions": map[string]any{"uid": p.Metadata.UID}}
	_, err := k.api.Object(ctx, apiserver.Request{Method: http.MethodDelete, Path: p.path(), Body: body}, nil)
	return ignoreGone(err)
}

func ignoreGone(err error) error {
	if apiserver.Is(err, apiserver.Missing) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
