package probe

import (
	"crypto/rand"
	"net/netip"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// DefaultImage has agnhost, the tool of Kubernetes' own network tests: 'connect'
// distinguishes refusal from silence for TCP, UDP and SCTP.
// https://github.com/kubernetes/kubernetes/tree/v1.36.3/test/images/agnhost
const DefaultImage = "registry.k8s.io/e2e-test-images/agnhost:2.55"

// Label is on every object of a probe, with the probe's id. Leftovers are found
// by it.
const Label = "catalyst.cloud/probe"

// LifetimeAnnotation is on the object that owns the others of a probe: how long
// after its creation it is a leftover, as a Go duration.
const LifetimeAnnotation = "catalyst.cloud/probe-lifetime"

// neverReady is the readiness gate that nobody ever opens.
const neverReady = "catalyst.cloud/never-ready"

// Flow is one question: may Source open a connection to a port of Destination.
type Flow struct {
	Source      *kube.Pod
	Destination *kube.Pod  // nil for an address that no pod has
	Addr        netip.Addr // where to connect when nothing of ours listens
	Protocol    ports.Protocol
	Port        uint16
}

// Options are how a probe is done.
type Options struct {
	Image   string
	Timeout time.Duration // of one attempt to connect
	Start   time.Duration // how long a pod may take to start
	// Listen puts a server of our own in the destination's place, which answers
	// where the real one may be silent.
	Listen bool

	life time.Duration // of the pods; 0 for what one connection takes
}

// attempts bounds how often a connection is tried, see script.
const attempts = 6

// lifetime is when a pod of a probe ends, whatever became of who made it.
func (o Options) lifetime() time.Duration {
	if o.life > 0 {
		return o.life
	}
	return 2*o.Start + attempts*(o.Timeout+pause) + 30*time.Second
}

// NewID returns a fresh name for a probe: enough that two never meet.
func NewID() string { return strings.ToLower(rand.Text()[:8]) }
