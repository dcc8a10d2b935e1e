package probe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeapi"
)

// await looks at pods until done holds for each, and returns them as they were
// then. What a pod waits for is said meanwhile.
func (s *session) await(ctx context.Context, pods []*Object, within time.Duration, what string, done func(*podObject) (bool, error)) ([]*podObject, error) {
	out := make([]*podObject, len(pods))
	ctx, cancel := context.WithTimeoutCause(ctx, within, errTooSlow)
	defer cancel()
	for i, o := range pods {
		var err error
		if out[i], err = s.follow(ctx, o, what, done); err != nil {
			return nil, s.slow(ctx, o, within, out[i], err)
		}
	}
	return out, nil
}

// follow looks at one pod until done holds, and returns it as it was last.
func (s *session) follow(ctx context.Context, o *Object, what string, done func(*podObject) (bool, error)) (*podObject, error) {
	beat, before := pace{}, &podObject{}
	var why cause
	for {
		pod := &podObject{}
		_, err := s.api.Object(ctx, kubeapi.Request{Path: o.path(o.Metadata.Name)}, pod)
		if kubeapi.Is(err, http.StatusNotFound) {
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
		if err := pod.stuck(o, why.text); err != nil {
			return pod, err
		}
		if over, err := done(pod); over || err != nil {
			return pod, err
		}
		s.say(what + ": " + pod.doing())
		if err := beat.wait(ctx); err != nil {
			return pod, err
		}
	}
}

// errTooSlow ends a wait that was long enough.
var errTooSlow = errors.New("too slow")

// cause keeps why an image could not be pulled: the back-off that follows does
// not say it in older clusters.
type cause struct{ text string }

func (c *cause) note(p *podObject) {
	for i := range p.Status.Containers {
		if w := p.Status.Containers[i].State.Waiting; w != nil && w.Reason == "ErrImagePull" {
			c.text = w.Message
		}
	}
}

// slow says what a pod was waiting for when the time was over, with the last
// warning about it.
func (s *session) slow(ctx context.Context, o *Object, within time.Duration, pod *podObject, err error) error {
	if !errors.Is(context.Cause(ctx), errTooSlow) {
		return err
	}
	text := pod.doing()
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
	_, err := s.api.Object(ctx, kubeapi.Request{Path: "/api/v1/namespaces/" + o.Metadata.Namespace + "/events", Query: query}, &list)
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
