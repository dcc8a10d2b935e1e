package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// podObject is the part of a live pod that is read.
type podObject struct {
	Metadata objectMeta `json:"metadata"`
	Spec     struct {
		NodeName       string                  `json:"nodeName"`
		Containers     []struct{ Name string } `json:"containers"`
		InitContainers []struct{ Name string } `json:"initContainers"`
	} `json:"spec"`
	Status podStatus `json:"status"`
}

type podStatus struct {
	Phase      string            `json:"phase"`
	Reason     string            `json:"reason"`
	Message    string            `json:"message"`
	PodIP      string            `json:"podIP"`
	PodIPs     []kube.PodIP      `json:"podIPs"`
	Containers []containerStatus `json:"containerStatuses"`
}

type containerStatus struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	State struct {
		Waiting    *waiting    `json:"waiting"`
		Terminated *terminated `json:"terminated"`
	} `json:"state"`
}

type waiting struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

type terminated struct {
	ExitCode int    `json:"exitCode"`
	Reason   string `json:"reason"`
	Message  string `json:"message"`
}

// addresses are the pod's, its first one first; none while it has none.
func (p *podObject) addresses() []netip.Addr {
	var out []netip.Addr
	for _, text := range append([]kube.PodIP{{IP: p.Status.PodIP}}, p.Status.PodIPs...) {
		if a, err := netip.ParseAddr(text.IP); err == nil && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// listening reports whether the server in the pod answers its node.
func (p *podObject) listening() (bool, error) {
	for i := range p.Status.Containers {
		if t := p.Status.Containers[i].State.Terminated; t != nil {
			return false, clierr.Errorf("the image needs /agnhost with serve-hostname and porter: name one with --image",
				"the probe's server on node %q ended: %s", p.Spec.NodeName, sentence(t.Reason, strings.TrimSpace(t.Message)))
		}
	}
	return len(p.addresses()) > 0 && len(p.Status.Containers) > 0 && p.Status.Containers[0].Ready, nil
}

// addressLike returns the pod's address of the family of another, or its first one.
func (p *podObject) addressLike(like netip.Addr) netip.Addr {
	all := p.addresses()
	for _, a := range all {
		if a.Is4() == like.Is4() {
			return a
		}
	}
	return all[0]
}

// ended reports whether all containers have ended.
func (p *podObject) ended() (bool, error) {
	for i := range p.Status.Containers {
		if p.Status.Containers[i].State.Terminated == nil {
			return false, nil
		}
	}
	return len(p.Status.Containers) == len(p.Spec.Containers) && len(p.Spec.Containers) > 0, nil
}

// hopeless are the reasons for which a container will go on waiting. An image
// that could not be pulled once is tried again; the back-off says that it failed.
var hopeless = map[string]string{
	"ImagePullBackOff":           "name an image that the nodes can pull with --image",
	"InvalidImageName":           "name an image that the nodes can pull with --image",
	"ErrImageNeverPull":          "name an image that the nodes can pull with --image",
	"ImageInspectError":          "name another image with --image",
	"CreateContainerConfigError": "the message says what the node could not provide",
	"CreateContainerError":       "the message says what the node could not provide",
	"RunContainerError":          "the image needs /bin/sh and /agnhost: name one with --image",
}

// failure returns why the pod will not do its work, or nil while it may. pull is why
// its image could not be pulled before; "" when that is not known.
func (p *podObject) failure(o *Object, pull string) error {
	s := &p.Status
	for i := range s.Containers {
		state := &s.Containers[i].State
		if w := state.Waiting; w != nil && hopeless[w.Reason] != "" {
			text := sentence(w.Reason, w.Message)
			if pull != "" && !strings.Contains(text, pull) {
				text += ": " + pull
			}
			return p.cannotStart(o, text, w.Reason)
		}
		if t := state.Terminated; t != nil && (t.Reason == "StartError" || t.Reason == "ContainerCannotRun") {
			return p.cannotStart(o, sentence(t.Reason, t.Message), "RunContainerError")
		}
	}
	if over, _ := p.ended(); s.Phase == "Failed" && (s.Reason != "" || !over) {
		return clierr.Errorf("the message says why", "node %q ended probe %s: %s", p.Spec.NodeName, o.Ref(), sentence(s.Reason, s.Message))
	}
	if !p.Metadata.Deleted.IsZero() {
		return clierr.Errorf("ask again; something in the cluster deletes it", "probe %s was deleted while it was at work", o.Ref())
	}
	return nil
}

func (p *podObject) cannotStart(o *Object, text, reason string) error {
	image := o.Spec.(*PodSpec).Containers[0].Image
	return clierr.Errorf(hopeless[reason], "node %q cannot start probe %s with image %q: %s", p.Spec.NodeName, o.Ref(), image, text)
}

// waitsFor returns in a few words what the pod waits for.
func (p *podObject) waitsFor() string {
	for i := range p.Status.Containers {
		if w := p.Status.Containers[i].State.Waiting; w != nil && w.Reason != "" {
			return sentence(w.Reason, w.Message)
		}
	}
	if p.Status.Phase == "" || p.Status.Phase == "Pending" && len(p.Status.Containers) == 0 {
		return fmt.Sprintf("the kubelet of node %q has not taken it up", p.Spec.NodeName)
	}
	return strings.ToLower(p.Status.Phase)
}

// sentence joins a reason and a message that may be missing.
func sentence(reason, message string) string {
	if reason != "" && message != "" {
		return reason + ": " + message
	}
	if reason+message == "" {
		return "no reason was given"
	}
	return reason + message
}

// message is what a container left; "" when it left nothing.
func (p *podObject) message(container string) string {
	for i := range p.Status.Containers {
		if c := &p.Status.Containers[i]; c.Name == container && c.State.Terminated != nil {
			return c.State.Terminated.Message
		}
	}
	return ""
}
