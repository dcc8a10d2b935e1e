package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Prober carries out plans in one cluster.
type Prober struct {
	API *apiserver.Client
	// Progress is called with what is going on, for a person who waits.
	Progress func(string)
	// Debug is called with what is created and deleted; may be nil.
	Debug func(string)
	// AcceptTraffic continues although a Service would send its clients to the
	// probe's pods.
	AcceptTraffic bool
	// RemovalTimeout bounds how long to wait for the nodes to confirm that the probe's
	// pods are gone; 0 is half a minute.
	RemovalTimeout time.Duration
}

func (p *Prober) session() *session {
	s := &session{api: p.API, progress: p.Progress, debug: p.Debug, removalTimeout: p.RemovalTimeout}
	if s.debug == nil {
		s.debug = func(string) {}
	}
	if s.removalTimeout == 0 {
		s.removalTimeout = 30 * time.Second
	}
	return s
}

// oneRequest bounds a request that must not be broken off in the middle.
const oneRequest = 30 * time.Second

// session is one probe at work: it remembers what it has put into the cluster.
type session struct {
	api      *apiserver.Client
	progress func(string)
	made     []*Object // in the order of creation

	debug          func(string)
	removalTimeout time.Duration
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
	_, err = s.api.Object(ctx, apiserver.Request{Method: http.MethodPost, Path: o.path(""), Body: o}, &got)
	if apiserver.Is(err, apiserver.Conflict) {
		// Nobody else has the name: an answer got lost, and the request was sent again.
		_, err = s.api.Object(ctx, apiserver.Request{Path: o.path(o.Metadata.Name)}, &got)
	}
	if err != nil {
		return "", refusal(o, err)
	}
	return got.Metadata.UID, altered(o, &got)
}

// altered returns what an admission webhook has made of a pod, when it is no longer
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

// refusals are messages of an API server that does not take a pod, with the
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
		if apiserver.Is(err, apiserver.Forbidden, apiserver.Invalid) && hint == "" && strings.Contains(err.Error(), r.says) {
			hint = r.hint
		}
	}
	if apiserver.Is(err, apiserver.Unauthorized) {
		return clierr.New(clierr.SignIn, "log in with 'kubectl catalyst login CLUSTER'", "the API server does not accept your credential: %w", err)
	}
	return clierr.WithHint(fmt.Errorf("creating %s: %w", o.Ref(), err), hint)
}

// remove deletes an object; one that is gone is as good.
func (s *session) remove(ctx context.Context, o *Object) error {
	s.debug("removing " + o.Ref().String())
	_, err := s.api.Object(ctx, apiserver.Request{Method: http.MethodDelete, Path: o.path(o.Metadata.Name)}, nil)
	if err != nil && !apiserver.Is(err, apiserver.Missing) {
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
	s.progress("removing the probe's pods")
	ctx = context.WithoutCancel(ctx)
	err := errors.Join(s.removeAll(ctx, true), s.awaitRemoval(ctx), s.removeAll(ctx, false))
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

// awaitRemoval waits until no pod is there any more.
func (s *session) awaitRemoval(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.removalTimeout, errTooSlow)
	defer cancel()
	beat := pace{}
	for _, o := range s.made {
		if o.Kind != "Pod" {
			continue
		}
		for {
			_, err := s.api.Object(ctx, apiserver.Request{Path: o.path(o.Metadata.Name)}, nil)
			if apiserver.Is(err, apiserver.Missing) {
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
	pause, stop := context.WithTimeout(ctx, p.last)
	defer stop()
	<-pause.Done()
	return context.Cause(ctx)
}

// awaitPods asks for pods until done holds for each, and returns them as they were
// then. Progress is told what a pod waits for meanwhile.
func (s *session) awaitPods(ctx context.Context, pods []*Object, within time.Duration, what string, done func(*podObject) (bool, error)) ([]*podObject, error) {
	out := make([]*podObject, len(pods))
	ctx, cancel := context.WithTimeoutCause(ctx, within, errTooSlow)
	defer cancel()
	for i, o := range pods {
		var err error
		if out[i], err = s.watchPod(ctx, o, what, done); err != nil {
			return nil, s.explainSlow(ctx, o, within, out[i], err)
		}
	}
	return out, nil
}

// watchPod asks for one pod until done holds, and returns it as it was last.
func (s *session) watchPod(ctx context.Context, o *Object, what string, done func(*podObject) (bool, error)) (*podObject, error) {
	beat, before := pace{}, &podObject{}
	var why cause
	for {
		pod := &podObject{}
		_, err := s.api.Object(ctx, apiserver.Request{Path: o.path(o.Metadata.Name)}, pod)
		if apiserver.Is(err, apiserver.Missing) {
			return before, clierr.Errorf("ask again; something in the cluster deletes it", "probe %s was deleted while it was at work", o.Ref())
		}
		if err != nil {
			return before, err
		}
		if len(pod.addresses()) == 0 { // whatever becomes of them when the pod has ended
			pod.Status.PodIP, pod.Status.PodIPs = before.Status.PodIP, before.Status.PodIPs
		}
		before = pod
		why.note(pod)
		if err := pod.failure(o, why.text); err != nil {
			return pod, err
		}
		if over, err := done(pod); over || err != nil {
			return pod, err
		}
		s.progress(what + ": " + pod.waitsFor())
		if err := beat.wait(ctx); err != nil {
			return pod, err
		}
	}
}

// errTooSlow ends a wait that was long enough.
var errTooSlow = errors.New("too slow")

// cause remembers why an image could not be pulled: in older clusters the back-off
// that follows does not name it.
type cause struct{ text string }

func (c *cause) note(p *podObject) {
	for i := range p.Status.Containers {
		if w := p.Status.Containers[i].State.Waiting; w != nil && w.Reason == "ErrImagePull" {
			c.text = w.Message
		}
	}
}

// explainSlow returns what a pod was waiting for when the time was over, with the last
// warning about it.
func (s *session) explainSlow(ctx context.Context, o *Object, within time.Duration, pod *podObject, err error) error {
	if !errors.Is(context.Cause(ctx), errTooSlow) {
		return err
	}
	text := pod.waitsFor()
	if w := s.warning(context.WithoutCancel(ctx), o); w != "" {
		text += "; " + w
	}
	return clierr.Errorf("if the node is only slow, give it longer with --start-timeout", "probe %s is not done after %s: %s", o.Ref(), within, text)
}

// warning is the newest event of type Warning about an object; "" without any,
// also when events may not be read.
func (s *session) warning(ctx context.Context, o *Object) string {
	ctx, cancel := context.WithTimeout(ctx, oneRequest)
	defer cancel()
	var list struct {
		Items []struct {
			Reason  string    `json:"reason"`
			Message string    `json:"message"`
			Last    time.Time `json:"lastTimestamp"`
		} `json:"items"`
	}
	query := url.Values{"fieldSelector": {"type=Warning,involvedObject.name=" + o.Metadata.Name}}
	_, err := s.api.Object(ctx, apiserver.Request{Path: "/api/v1/namespaces/" + o.Metadata.Namespace + "/events", Query: query}, &list)
	if err != nil || len(list.Items) == 0 {
		return ""
	}
	newest := list.Items[0]
	for _, e := range list.Items {
		if e.Last.After(newest.Last) {
			newest = e
		}
	}
	return sentence(newest.Reason, newest.Message)
}

func subset(small, large map[string]string) bool {
	for k, v := range small {
		if have, ok := large[k]; !ok || have != v {
			return false
		}
	}
	return true
}
