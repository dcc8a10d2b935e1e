package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeapi"
)

// oneRequest bounds a request that must not be broken off in the middle.
const oneRequest = 30 * time.Second

// session is one probe at work: it remembers what it has put into the cluster.
type session struct {
	api  *kubeapi.Client
	say  func(string)
	made []*Object // in the order of creation

	debug    func(string)
	farewell time.Duration
}

// create puts an object into the cluster and returns its UID. An interruption
// waits for the answer: a request broken off might still be obeyed, after all has
// been taken away.
func (s *session) create(ctx context.Context, o *Object) (uid string, err error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	s.made = append(s.made, o)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), oneRequest)
	defer cancel()
	s.debug("creating " + o.Ref().String())
	var got podObject
	_, err = s.api.Object(ctx, kubeapi.Request{Method: http.MethodPost, Path: o.path(""), Body: o}, &got)
	if kubeapi.Is(err, http.StatusConflict) {
		// Nobody else has the name: an answer got lost, and the request was sent again.
		_, err = s.api.Object(ctx, kubeapi.Request{Path: o.path(o.Metadata.Name)}, &got)
	}
	if err != nil {
		return "", refusal(o, err)
	}
	return got.Metadata.UID, altered(o, &got)
}

// altered says what an admission webhook has made of a pod, when it is no longer
// the probe that was sent.
func altered(sent *Object, got *podObject) error {
	spec, ok := sent.Spec.(*PodSpec)
	if !ok {
		return nil
	}
	var what string
	switch {
	case len(got.Spec.Containers) != len(spec.Containers) || len(got.Spec.InitContainers) > 0:
		what = "added containers to it"
	case got.Spec.NodeName != spec.NodeName:
		what = "put it on another node"
	case !subset(sent.Metadata.Labels, got.Metadata.Labels):
		what = "changed its labels"
	default:
		return nil
	}
	return clierr.Errorf("exempt pods with the label "+Label+" from the webhook",
		"an admission webhook changed probe %s: it %s, so its connections would prove nothing", sent.Ref(), what)
}

// refusals are what the API server says when it does not take a pod, with the
// next step.
var refusals = []struct{ says, hint string }{
	{"violates PodSecurity", "the pod meets the restricted standard, so the namespace forbids more than that: ask who looks after it"},
	{"exceeded quota", "a probe needs a ConfigMap, a pod or two, 10m of CPU and 32Mi of memory each: make room in the namespace's ResourceQuota"},
	{"failed quota", "the namespace's ResourceQuota asks for values that a probe does not set: see the message"},
	{"admission webhook", "the cluster's own admission policy refuses the pod; if it is about the image, name one it accepts with --image"},
	{"ValidatingAdmissionPolicy", "the cluster's own admission policy refuses the pod; if it is about the image, name one it accepts with --image"},
	{"serviceaccount", "the workload's service account is missing"},
	{"limit", "the namespace's LimitRange does not fit a pod of 10m to 200m of CPU and 32Mi to 128Mi of memory"},
}

func refusal(o *Object, err error) error {
	hint := ""
	for _, r := range refusals {
		if kubeapi.Is(err, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusBadRequest) && hint == "" && strings.Contains(err.Error(), r.says) {
			hint = r.hint
		}
	}
	if kubeapi.Is(err, http.StatusUnauthorized) {
		return clierr.New(clierr.SignIn, "log in with 'kubectl catalyst login CLUSTER'", "the API server does not accept your credential: %w", err)
	}
	return clierr.WithHint(fmt.Errorf("creating %s: %w", o.Ref(), err), hint)
}

// remove deletes an object; one that is gone is as good.
func (s *session) remove(ctx context.Context, o *Object) error {
	s.debug("removing " + o.Ref().String())
	_, err := s.api.Object(ctx, kubeapi.Request{Method: http.MethodDelete, Path: o.path(o.Metadata.Name)}, nil)
	if err != nil && !kubeapi.Is(err, http.StatusNotFound) {
		return fmt.Errorf("removing %s: %w", o.Ref(), err)
	}
	return nil
}

// close takes away all that was made, whatever ended the probe, and waits for the
// kubelets to confirm that the pods are gone. The pods go before their owners,
// because a cluster's garbage collection is slower.
func (s *session) close(ctx context.Context) error {
	if len(s.made) == 0 {
		return nil
	}
	s.say("removing the probe's pods")
	ctx = context.WithoutCancel(ctx)
	err := errors.Join(s.removeAll(ctx, true), s.gone(ctx), s.removeAll(ctx, false))
	return clierr.WithHint(err, "'kubectl catalyst network-policy probe --clean' removes what was left")
}

// removeAll deletes the pods, or all else, the last first.
func (s *session) removeAll(ctx context.Context, pods bool) error {
	ctx, cancel := context.WithTimeout(ctx, oneRequest)
	defer cancel()
	var failed []error
	for _, o := range slices.Backward(s.made) {
		if (o.Kind == "Pod") == pods {
			failed = append(failed, s.remove(ctx, o))
		}
	}
	return errors.Join(failed...)
}

// gone waits until no pod is there any more.
func (s *session) gone(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.farewell, errTooSlow)
	defer cancel()
	beat := pace{}
	for _, o := range s.made {
		if o.Kind != "Pod" {
			continue
		}
		for {
			_, err := s.api.Object(ctx, kubeapi.Request{Path: o.path(o.Metadata.Name)}, nil)
			if kubeapi.Is(err, http.StatusNotFound) {
				break
			}
			if err == nil {
				err = beat.wait(ctx)
			}
			if errors.Is(err, errTooSlow) {
				return clierr.Errorf("it goes when the node answers again; 'kubectl catalyst network-policy probe --clean' shows whether it is gone",
					"probe %s is deleted, but node %q has not confirmed that it has ended", o.Ref(), o.Spec.(*PodSpec).NodeName)
			}
			if err != nil {
				return fmt.Errorf("waiting for %s to go: %w", o.Ref(), err)
			}
		}
	}
	return nil
}

// pace is how long to wait before looking again: often at first, once a second
// later.
type pace struct{ last time.Duration }

func (p *pace) wait(ctx context.Context) error {
	p.last = min(p.last*3/2+100*time.Millisecond, time.Second)
	t := time.NewTimer(p.last)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
