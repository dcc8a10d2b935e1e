package netpol

import (
	"fmt"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

func (c *cluster) readPods(objects *kube.Objects) {
	c.pods = make([]pod, len(objects.Pods))
	type name struct {
		ns   int32
		name string
	}
	seen := make(map[name]struct{}, len(objects.Pods))
	for i := range objects.Pods {
		p := &objects.Pods[i]
		id := c.namespace(p.Meta.Namespace)
		key := name{id, p.Meta.Name}
		if _, dup := seen[key]; dup {
			c.refusePod(p, "metadata.name", rules.CodeDuplicate, "a second object of this name")
			continue
		}
		seen[key] = struct{}{}
		c.namespaces[id].pods = append(c.namespaces[id].pods, int32(i))
		c.checkPorts(p)
		c.pods[i] = c.readPod(p, id, int32(i))
	}
}

func (c *cluster) readPod(p *kube.Pod, ns, id int32) pod {
	out := pod{ns: ns, node: -1, standing: onPodNetwork}
	switch {
	case p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed":
		out.standing = ended
		return out
	case p.Spec.HostNetwork:
		out.standing = onHostNetwork
	}
	if p.Spec.NodeName != "" {
		out.node = c.nodeNamed(p.Spec.NodeName)
		c.nodes[out.node].pods = append(c.nodes[out.node].pods, id)
	}
	c.readAddresses(p, &out)
	if out.standing == onHostNetwork {
		c.hostAddresses(&out)
		return out
	}
	for _, ip := range out.addrs {
		if ip.IsValid() {
			c.byAddr[ip] = id
		}
	}
	return out
}

func (c *cluster) nodeNamed(name string) int32 {
	if id, ok := c.nodeByName[name]; ok {
		return id
	}
	return c.addNode(node{name: name})
}

// readAddresses takes the first address of each family.
func (c *cluster) readAddresses(p *kube.Pod, out *pod) {
	take := func(path, text string) {
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.Zone() != "" {
			c.refusePod(p, path, rules.CodeInvalid, fmt.Sprintf("%.80q is not an address", text))
			return
		}
		ip = ip.Unmap()
		if f := addr.Of(ip); !out.addrs[f].IsValid() {
			out.addrs[f] = ip
		}
	}
	for i, ip := range p.Status.PodIPs {
		take(fmt.Sprintf("status.podIPs[%d].ip", i), ip.IP)
	}
	if p.Status.PodIP != "" {
		take("status.podIP", p.Status.PodIP)
	}
	if p.Status.HostIP != "" && out.node >= 0 {
		c.learnNode(out.node, p.Status.HostIP)
		for _, h := range p.Status.HostIPs {
			c.learnNode(out.node, h.IP)
		}
	}
}

// learnNode notes an address of a node that is not listed itself.
func (c *cluster) learnNode(id int32, text string) {
	if c.nodes[id].given {
		return
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	ip = ip.Unmap()
	if _, ok := c.nodeByAddr[ip]; !ok {
		c.nodeByAddr[ip] = id
		c.nodes[id].addrs = append(c.nodes[id].addrs, ip)
	}
}

// hostAddresses gives a pod on the host network the addresses of its node, as
// far as it does not list them itself.
func (c *cluster) hostAddresses(p *pod) {
	if p.node < 0 || p.known() {
		return
	}
	for _, ip := range c.nodes[p.node].addrs {
		if f := addr.Of(ip); !p.addrs[f].IsValid() {
			p.addrs[f] = ip
		}
	}
}

func (c *cluster) refusePod(p *kube.Pod, path, code, message string) {
	c.refuse(p.Ref(), p.Origin, path, code, message)
}

// checkPorts refuses port numbers and protocols that do not exist.
func (c *cluster) checkPorts(p *kube.Pod) {
	check := func(field string, list []kube.Container) {
		for i := range list {
			for j := range list[i].Ports {
				c.checkPort(p, &list[i].Ports[j], field, i, j)
			}
		}
	}
	check("containers", p.Spec.Containers)
	check("initContainers", p.Spec.InitContainers)
}

func (c *cluster) checkPort(p *kube.Pod, port *kube.ContainerPort, field string, i, j int) {
	if n := port.ContainerPort; n < ports.First || n > ports.Last {
		c.refusePod(p, fmt.Sprintf("spec.%s[%d].ports[%d].containerPort", field, i, j), rules.CodeInvalid,
			fmt.Sprintf("port %d is not between %d and %d", n, ports.First, ports.Last))
	}
	if _, ok := ports.ParseProtocol(port.Protocol); !ok && port.Protocol != "" {
		c.refusePod(p, fmt.Sprintf("spec.%s[%d].ports[%d].protocol", field, i, j), rules.CodeInvalid,
			fmt.Sprintf("%.80q is not a protocol; want TCP, UDP or SCTP", port.Protocol))
	}
}

// declared yields the ports that a pod's running containers declare: those of
// its containers and of its sidecars.
func declared(p *kube.Pod, visit func(kube.ContainerPort)) {
	for i := range p.Spec.Containers {
		for _, port := range p.Spec.Containers[i].Ports {
			visit(port)
		}
	}
	for i := range p.Spec.InitContainers {
		if p.Spec.InitContainers[i].RestartPolicy != "Always" {
			continue
		}
		for _, port := range p.Spec.InitContainers[i].Ports {
			visit(port)
		}
	}
}
