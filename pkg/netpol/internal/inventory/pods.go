package inventory

import (
	"fmt"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

func (v *Inventory) readPods(objects *kube.Objects) {
	v.Pods = make([]Pod, len(objects.Pods))
	type name struct {
		ns   int32
		name string
	}
	seen := make(map[name]struct{}, len(objects.Pods))
	for i := range objects.Pods {
		p := &objects.Pods[i]
		id := v.namespace(p.Meta.Namespace)
		key := name{id, p.Meta.Name}
		if _, dup := seen[key]; dup {
			v.refusePod(p, "metadata.name", rules.CodeDuplicate, "a second object of this name")
			continue
		}
		seen[key] = struct{}{}
		v.Namespaces[id].Pods = append(v.Namespaces[id].Pods, int32(i))
		v.checkPorts(p)
		v.Pods[i] = v.readPod(p, id, int32(i))
	}
}

func (v *Inventory) readPod(p *kube.Pod, ns, id int32) Pod {
	out := Pod{Namespace: ns, Node: -1, Network: OnPodNetwork}
	switch {
	case p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed":
		out.Network = Ended
		return out
	case p.Spec.HostNetwork:
		out.Network = OnHostNetwork
	}
	if p.Spec.NodeName != "" {
		out.Node = v.nodeNamed(p.Spec.NodeName)
		v.Nodes[out.Node].Pods = append(v.Nodes[out.Node].Pods, id)
	}
	v.readAddresses(p, &out)
	if out.Network == OnHostNetwork {
		v.addHostAddresses(&out)
		return out
	}
	for _, ip := range out.Addrs {
		if ip.IsValid() {
			v.PodByAddr[ip] = id
		}
	}
	return out
}

func (v *Inventory) nodeNamed(name string) int32 {
	if id, ok := v.nodeByName[name]; ok {
		return id
	}
	return v.addNode(Node{name: name})
}

// readAddresses takes the first address of each family.
func (v *Inventory) readAddresses(p *kube.Pod, out *Pod) {
	read := func(path, text string) {
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.Zone() != "" {
			v.refusePod(p, path, rules.CodeInvalid, fmt.Sprintf("%.80q is not an address", text))
			return
		}
		ip = ip.Unmap()
		if f := addr.Of(ip); !out.Addrs[f].IsValid() {
			out.Addrs[f] = ip
		}
	}
	for i, ip := range p.Status.PodIPs {
		read(fmt.Sprintf("status.podIPs[%d].ip", i), ip.IP)
	}
	if p.Status.PodIP != "" {
		read("status.podIP", p.Status.PodIP)
	}
	if p.Status.HostIP != "" && out.Node >= 0 {
		v.learnNode(out.Node, p.Status.HostIP)
		for _, h := range p.Status.HostIPs {
			v.learnNode(out.Node, h.IP)
		}
	}
}

// learnNode adds an address of a node that is not listed itself.
func (v *Inventory) learnNode(id int32, text string) {
	if v.Nodes[id].given {
		return
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	ip = ip.Unmap()
	if _, ok := v.NodeByAddr[ip]; !ok {
		v.NodeByAddr[ip] = id
		v.Nodes[id].Addrs = append(v.Nodes[id].Addrs, ip)
	}
}

// addHostAddresses gives a pod on the host network the addresses of its node, as
// far as it does not list them itself.
func (v *Inventory) addHostAddresses(p *Pod) {
	if p.Node < 0 || p.HasAddress() {
		return
	}
	for _, ip := range v.Nodes[p.Node].Addrs {
		if f := addr.Of(ip); !p.Addrs[f].IsValid() {
			p.Addrs[f] = ip
		}
	}
}

func (v *Inventory) refusePod(p *kube.Pod, path, code, message string) {
	v.refuse(p.Ref(), p.Origin, path, code, message)
}

// checkPorts refuses port numbers and protocols that do not exist.
func (v *Inventory) checkPorts(p *kube.Pod) {
	check := func(field string, list []kube.Container) {
		for i := range list {
			for j := range list[i].Ports {
				v.checkPort(p, &list[i].Ports[j], field, i, j)
			}
		}
	}
	check("containers", p.Spec.Containers)
	check("initContainers", p.Spec.InitContainers)
}

func (v *Inventory) checkPort(p *kube.Pod, port *kube.ContainerPort, field string, i, j int) {
	if n := port.ContainerPort; n < ports.First || n > ports.Last {
		v.refusePod(p, fmt.Sprintf("spec.%s[%d].ports[%d].containerPort", field, i, j), rules.CodeInvalid,
			fmt.Sprintf("port %d is not between %d and %d", n, ports.First, ports.Last))
	}
	if _, ok := ports.ParseProtocol(port.Protocol); !ok && port.Protocol != "" {
		v.refusePod(p, fmt.Sprintf("spec.%s[%d].ports[%d].protocol", field, i, j), rules.CodeInvalid,
			fmt.Sprintf("%.80q is not a protocol; want TCP, UDP or SCTP", port.Protocol))
	}
}

// DeclaredPorts visits the ports that a pod's running containers declare: those of
// its containers and of its sidecars.
func DeclaredPorts(p *kube.Pod, visit func(kube.ContainerPort)) {
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

// OwnerOf returns the workload a pod is shown as; the pod itself without one.
func OwnerOf(p *kube.Pod) kube.Ref {
	ref := p.Owner
	if ref.Name == "" {
		return p.Ref()
	}
	if ref.Namespace == "" {
		ref.Namespace = p.Meta.Namespace
	}
	return ref
}
