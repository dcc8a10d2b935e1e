package felix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/folder"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/netns"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/reach"
)

// Node is a running node with the control plane of its cluster.
type Node struct {
	o     Options
	parts parts
	home  *folder.Folder
	ns    *netns.Namespace
	group *proc.Group
	plane *kube.Plane
	relay *relay
	agent *proc.Process // Felix

	objects *objects
	host    *reach.Host // the node itself
	outside *outside
	canary  *canary

	// asking is held by whoever asks in the pods: Settled opens and closes the port
	// by which ProbeAll knows a denial.
	asking sync.Mutex

	mu     sync.Mutex
	pods   map[string]*Pod // by "namespace/name"
	closed bool
}

// Start starts a node and returns when Felix enforces policies on it. ctx bounds
// the start, not the life of the node: the caller must Close it.
func Start(ctx context.Context, o Options) (*Node, error) {
	o = o.withDefaults()
	parts, err := find(ctx)
	if err != nil {
		return nil, fmt.Errorf("a node cannot run here: %w", err)
	}
	home, err := folder.New()
	if err != nil {
		return nil, err
	}
	n := &Node{o: o, parts: parts, home: home, pods: map[string]*Pod{}}
	if err := n.start(ctx); err != nil {
		err = fmt.Errorf("starting a node: %w", err)
		n.Close()
		return nil, err
	}
	return n, nil
}

func (n *Node) start(ctx context.Context) (err error) {
	if n.ns, err = netns.New(); err != nil {
		return err
	}
	if err := n.prepare(); err != nil {
		return err
	}
	if err := os.Mkdir(n.logs(), 0o700); err != nil {
		return err
	}
	if n.group, err = proc.NewGroupIn(n.logs(), n.ns.Enter); err != nil {
		return err
	}
	if n.outside, err = newOutside(n.ns, n.o.IPv6); err != nil {
		return err
	}
	n.host = reach.NewHost(n.ns, n.o.Name)
	if err := n.startKubernetes(ctx); err != nil {
		return err
	}
	if err := n.define(ctx); err != nil {
		return err
	}
	if n.o.Controllers {
		if err := n.control(ctx); err != nil {
			return err
		}
	}
	if n.o.Bare {
		return nil
	}
	if err := n.startFelix(ctx); err != nil {
		return err
	}
	if n.canary, err = n.newCanary(ctx); err != nil {
		return err
	}
	return n.Settled(ctx)
}

func (n *Node) logs() string { return filepath.Join(n.home.Dir, "log") }

// prepare sets the node's network up.
func (n *Node) prepare() error {
	if err := tune(n.ns); err != nil {
		return err
	}
	sysctls := map[string]string{
		"net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1",
		// Below the range that the machine's ports are picked from, so that the API
		// server can have the same number here as there.
		"net/ipv4/ip_local_port_range": "10000 30000",
	}
	for name, value := range sysctls {
		if err := n.ns.Sysctl(name, value); err != nil {
			return err
		}
	}
	for _, a := range []netip.Addr{nodeIPv4, nodeIPv6} {
		if err := n.ns.Address("lo", host(a)); err != nil {
			return err
		}
	}
	return nil
}

// tune makes a namespace answer at once and always: echoes with a name, and errors
// however many.
func tune(ns *netns.Namespace) error {
	return errors.Join(
		ns.Sysctl("net/ipv4/icmp_echo_ignore_all", "1"), ns.Sysctl("net/ipv6/icmp/echo_ignore_all", "1"),
		ns.Sysctl("net/ipv4/icmp_ratelimit", "0"), ns.Sysctl("net/ipv6/icmp/ratelimit", "0"),
		ns.Sysctl("net/ipv4/icmp_msgs_per_sec", "1000000"), ns.Sysctl("net/ipv4/icmp_msgs_burst", "1000000"),
		ns.Sysctl("net/ipv6/conf/default/accept_dad", "0"), ns.Sysctl("net/ipv6/conf/all/accept_dad", "0"))
}

// host is the prefix of one address.
func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func (n *Node) startKubernetes(ctx context.Context) (err error) {
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	if n.plane, err = kube.Start(ctx, kube.Options{
		Tools: n.parts.tools, Dir: filepath.Join(n.home.Dir, "kube"), Group: n.group, Inside: n.ns.Do,
	}); err != nil {
		return err
	}
	if n.relay, err = newRelay(n.plane.Dial); err != nil {
		return err
	}
	// Pods need no service accounts' tokens, and no controller makes those.
	server, err := n.plane.Serve(ctx, "node", &proc.Port{Number: n.relay.port()}, ca,
		"--disable-admission-plugins=ServiceAccount", "--service-cluster-ip-range=10.96.0.0/16")
	n.objects = &objects{server: server}
	return err
}

// Close ends everything on the node and removes it.
func (n *Node) Close() {
	n.mu.Lock()
	was := n.closed
	n.closed = true
	pods := n.pods
	n.mu.Unlock()
	if was {
		return
	}
	if n.relay != nil {
		n.relay.Close()
	}
	for _, p := range pods {
		p.close()
	}
	if n.host != nil {
		n.host.Close()
	}
	if n.outside != nil {
		n.outside.close()
	}
	if n.group != nil {
		n.group.Close()
	}
	if n.plane != nil {
		n.plane.Release()
	}
	if n.ns != nil {
		_ = n.ns.Close()
	}
	n.home.Close()
}

// URL returns where the API server is reached, from this machine and on the node.
func (n *Node) URL() string { return n.objects.server.URL() }

// Kubeconfig returns the path of an administrator's kubeconfig.
func (n *Node) Kubeconfig() string { return n.objects.server.Kubeconfig() }

// Kubectl returns the path of the real kubectl, of the API server's own version.
func (n *Node) Kubectl() string { return n.parts.tools.Path("kubectl") }

// Name returns the name of the node.
func (n *Node) Name() string { return n.o.Name }

// Logs returns the ends of all logs, for a test that failed.
func (n *Node) Logs() string {
	names, _ := filepath.Glob(filepath.Join(n.logs(), "*.log"))
	var out string
	for _, name := range names {
		out += proc.Tail(name) + "\n"
	}
	return out
}
