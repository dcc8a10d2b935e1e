package felix

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/netns"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/reach"
)

// Pod is a pod on the node: a network namespace.
type Pod struct {
	Namespace, Name string
	IPs             []netip.Addr

	ns   *netns.Namespace
	host *reach.Host
}

// Enter calls f on a thread that is in the pod's network namespace: the sockets it
// makes and the processes it starts are the pod's.
func (p *Pod) Enter(f func() error) error { return p.ns.Do(f) }

func (p *Pod) String() string { return p.Namespace + "/" + p.Name }

func (p *Pod) close() {
	p.host.Close()
	_ = p.ns.Close()
}

// CreatePod creates a pod from a manifest and wires it. Its addresses are those of
// the manifest's status. The node and what else the API asks for is filled in.
func (n *Node) CreatePod(ctx context.Context, manifest []byte) (*Pod, error) {
	all, err := decode(manifest)
	if err != nil {
		return nil, err
	}
	if len(all) != 1 || all[0].text("kind") != "Pod" {
		return nil, errors.New("creating a pod: the manifest is not of one pod")
	}
	o := all[0]
	ips, err := addresses(o)
	if err != nil {
		return nil, err
	}
	if err := n.objects.create(ctx, n.complete(o)); err != nil {
		return nil, fmt.Errorf("creating a pod: %w", err)
	}
	return n.Wire(ctx, o.text("metadata", "namespace"), o.text("metadata", "name"), ips...)
}

// Wire gives a pod that the API server knows, and that is meant for this node, a
// network namespace with these addresses, as the kubelet and Calico's CNI plugin
// do, and says so in its status: it is Running.
func (n *Node) Wire(ctx context.Context, namespace, name string, ips ...netip.Addr) (*Pod, error) {
	p, err := n.Attach(namespace, name, ips...)
	if err != nil {
		return nil, err
	}
	return p, n.objects.merge(ctx, running(p), "/status")
}

// Gateways of every pod, and the address of the node's end of its wire: what
// Calico's CNI plugin uses.
var (
	gatewayMAC = net.HardwareAddr{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}
	gateways   = [2]netip.Addr{netip.MustParseAddr("169.254.1.1"), netip.MustParseAddr("fe80::ecee:eeff:feee:eeee")}
)

// wire is what the node calls its end of a pod's wire.
func wire(pod string) string {
	sum := sha1.Sum([]byte(pod))
	return "cali" + hex.EncodeToString(sum[:])[:11]
}

func (p *Pod) connect(node *netns.Namespace) error {
	const dev = "eth0"
	if err := node.Pair(wire(p.Namespace+"."+p.Name), gatewayMAC, p.ns, dev); err != nil {
		return err
	}
	done := map[netip.Addr]bool{}
	for _, ip := range p.IPs {
		if err := p.ns.Address(dev, host(ip)); err != nil {
			return err
		}
		gateway, all := gateways[0], anywhere[0]
		if ip.Is6() {
			gateway, all = gateways[1], anywhere[1]
		}
		if done[gateway] {
			continue
		}
		done[gateway] = true
		if ip.Is4() {
			if err := p.ns.Route(netns.Route{To: host(gateway), Dev: dev}); err != nil {
				return err
			}
		}
		if err := p.ns.Neighbour(dev, gateway, gatewayMAC); err != nil {
			return err
		}
		if err := p.ns.Route(netns.Route{To: all, Dev: dev, Via: gateway}); err != nil {
			return err
		}
	}
	return nil
}

// DeletePod deletes a pod and its network namespace.
func (n *Node) DeletePod(ctx context.Context, namespace, name string) error {
	err := n.objects.remove(ctx, object{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"namespace": namespace, "name": name}})
	n.Unwire(namespace, name)
	return err
}

// Unwire removes the network namespace of a pod.
func (n *Node) Unwire(namespace, name string) {
	n.mu.Lock()
	p := n.pods[namespace+"/"+name]
	delete(n.pods, namespace+"/"+name)
	n.mu.Unlock()
	if p != nil {
		_ = n.ns.Unlink(wire(namespace + "." + name))
		p.close()
	}
}

// Pod returns a pod of the node.
func (n *Node) Pod(namespace, name string) (*Pod, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p, ok := n.pods[namespace+"/"+name]
	return p, ok
}

// addresses reads the addresses in a pod's status.
func addresses(o object) (ips []netip.Addr, err error) {
	status, _ := o["status"].(map[string]any)
	list, _ := status["podIPs"].([]any)
	texts := []string{}
	for _, one := range list {
		m, _ := one.(map[string]any)
		texts = append(texts, object(m).text("ip"))
	}
	if len(texts) == 0 {
		texts = append(texts, o.text("status", "podIP"))
	}
	for _, text := range texts {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("reading the address of the pod %s: %w", o.text("metadata", "name"), err)
		}
		ips = append(ips, ip)
	}
	return ips, nil
}

// complete is a pod as the API wants one.
func (n *Node) complete(o object) object {
	spec, _ := o["spec"].(map[string]any)
	out := map[string]any{}
	for key, value := range spec {
		out[key] = value
	}
	out["nodeName"], out["terminationGracePeriodSeconds"] = n.o.Name, 0
	if out["serviceAccountName"] == nil {
		out["serviceAccountName"] = "default"
	}
	for _, key := range []string{"containers", "initContainers"} {
		list, _ := out[key].([]any)
		for i, one := range list {
			c, _ := one.(map[string]any)
			if c["name"] == nil {
				c["name"] = fmt.Sprintf("%c%d", key[0], i)
			}
			c["image"] = "none"
		}
	}
	if list, _ := out["containers"].([]any); len(list) == 0 {
		out["containers"] = []any{map[string]any{"name": "c", "image": "none"}}
	}
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": o["metadata"], "spec": out}
}

// running is the status of a pod that works.
func running(p *Pod) object {
	var ips []any
	for _, ip := range p.IPs {
		ips = append(ips, map[string]any{"ip": ip.String()})
	}
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"namespace": p.Namespace, "name": p.Name},
		"status": map[string]any{"phase": "Running", "podIP": p.IPs[0].String(), "podIPs": ips,
			"hostIP":     nodeIPv4.String(),
			"conditions": []any{map[string]any{"type": "Ready", "status": "True"}}}}
}
