// Package kubelet stands in for the kubelet of a test bed's node: it takes up the
// pods that are bound to the node, has each wired to a network, runs the commands
// of their containers inside it, and writes their status as a kubelet does: when
// they are ready and when not, how containers ended and what they left to say,
// pods that outlive their deadline, deletions with their grace. There are no
// images: a container whose image is called agnhost runs its command, with the
// real agnhost, in a read-only root without privileges; one whose image is called
// missing can never be pulled; all others only pretend to run.
//
// It runs on Linux, as root.
package kubelet

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// Network is what a pod is wired to.
type Network struct {
	IP netip.Addr
	// Enter calls a function on a thread that is in the pod's network namespace.
	Enter func(func() error) error
}

// Options say what a kubelet works with.
type Options struct {
	Node       string // whose pods it takes up
	Kubeconfig string // path
	Home       string // a folder for what containers leave
	Root       debian.Root
	Agnhost    string // path of the program
	// Wire gives a pod a network, and Unwire takes it away.
	Wire   func(namespace, name string) (Network, error)
	Unwire func(namespace, name string)
	// Enter calls a function in the node's own network, where readiness is
	// probed from.
	Enter func(func() error) error
	Log   func(string)
}

// What the names of images stand for.
const (
	Agnhost = "agnhost"
	Missing = "missing"
)
