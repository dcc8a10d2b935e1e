package felix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/netns"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/reach"
)

// Attach is Wire for those who write the pod's status themselves. Calico learns of
// the pod's addresses from there.
func (n *Node) Attach(namespace, name string, ips ...netip.Addr) (*Pod, error) {
	ns, err := netns.New()
	if err != nil {
		return nil, err
	}
	p := &Pod{Namespace: namespace, Name: name, IPs: ips, ns: ns}
	p.host = reach.NewHost(ns, p.String())
	err = errors.Join(tune(ns), p.connect(n.ns))
	if err == nil && n.o.Bare {
		err = n.route(p)
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("wiring the pod %s: %w", p, err)
	}
	n.mu.Lock()
	n.pods[p.String()] = p
	n.mu.Unlock()
	return p, nil
}

// route leads packets to a pod, which is Felix' work where there is one.
func (n *Node) route(p *Pod) error {
	for _, ip := range p.IPs {
		if err := n.ns.Route(netns.Route{To: host(ip), Dev: wire(p.Namespace + "." + p.Name)}); err != nil {
			return err
		}
	}
	return nil
}

// control runs the controller manager, but for what takes pods away from a node
// that no kubelet speaks for.
func (n *Node) control(ctx context.Context) error {
	return n.objects.server.RunControllers(ctx, "--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-pod-garbage-collector-controller")
}

// Enter calls f on a thread that is in the node's network namespace.
func (n *Node) Enter(f func() error) error { return n.ns.Do(f) }

// Debian returns the root with the programs that run on the node.
func (n *Node) Debian() debian.Root { return n.parts.root }

// Dir returns a folder for what belongs to the node; it goes with it.
func (n *Node) Dir() string { return n.home.Dir }
