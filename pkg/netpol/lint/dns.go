package lint

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// nodeLocal is where the node-local DNS cache listens on every node, by the
// default of its manifest.
var nodeLocal = netip.AddrFrom4([4]byte{169, 254, 20, 10})

// server is a pod that answers DNS queries, and the port it does so on.
type server struct {
	pod  int
	port uint16
}

// dnsServers are the pods behind the service that the kubelet names to pods
// (kube-system/kube-dns), or those with its label where the service is not there.
func (p *pass) dnsServers() (servers []server, local bool) {
	for i := range p.objects.Services {
		s := &p.objects.Services[i]
		if s.Meta.Namespace != "kube-system" || s.Meta.Name != "kube-dns" && s.Meta.Labels["k8s-app"] != "kube-dns" {
			continue
		}
		for _, b := range p.Engine.Backends(s) {
			if b.Port.Protocol == "UDP" {
				for _, pod := range b.Pods {
					servers = append(servers, server{pod.Pod, pod.Port})
				}
			}
		}
	}
	for i := range p.objects.Pods {
		pod := &p.objects.Pods[i]
		if pod.Meta.Namespace != "kube-system" {
			continue
		}
		local = local || pod.Meta.Labels["k8s-app"] == "node-local-dns"
		if len(servers) == 0 && pod.Meta.Labels["k8s-app"] == "kube-dns" {
			servers = append(servers, server{i, 53})
		}
	}
	return servers, local
}

// dnsBlocked: names stop working in pods that are isolated for egress. The pods
// of a namespace with the same policies are one finding.
func dnsBlocked(p *pass) {
	if p.Engine == nil {
		return
	}
	servers, local := p.dnsServers()
	for s := range p.userSpaces {
		groups := map[string][]int{}
		policies := map[string][]netpol.PolicyRef{}
		for _, i := range s.pods {
			by := p.Engine.Isolated(i, netpol.Egress)
			if len(by) == 0 || p.reachesDNS(i, by, servers, local) {
				continue
			}
			var key strings.Builder
			for _, one := range by {
				key.WriteString(one.Policy.String() + ",")
			}
			groups[key.String()] = append(groups[key.String()], i)
			policies[key.String()] = by
		}
		for _, key := range sortedKeys(groups) {
			p.reportDNS(s, groups[key], policies[key], servers)
		}
	}
}

func (p *pass) reportDNS(s *space, pods []int, by []netpol.PolicyRef, servers []server) {
	goal := "any DNS server: no egress rule allows UDP port 53"
	if len(servers) > 0 {
		goal = fmt.Sprintf("the cluster's DNS (%s) on UDP port %d", p.objects.Pods[servers[0].pod].Ref(), servers[0].port)
	}
	who := p.objects.Pods[pods[0]].Ref().String()
	if n := len(pods) - 1; n > 0 {
		who += " and " + count(n, "more pod", "more pods")
	}
	p.report(by[0].Policy, by[0].Origin, allowDNS(s.name), fmt.Sprintf("isolates %s for egress, and they cannot reach %s", who, goal))
}

// reachesDNS reports whether a pod can ask a DNS server. Where the servers are not
// among the objects, a rule that allows the port at all will do.
func (p *pass) reachesDNS(pod int, by []netpol.PolicyRef, servers []server, local bool) bool {
	from := p.Engine.PodAt(pod)
	if local && p.Engine.Connections(from, p.Engine.Address(nodeLocal)).Contains(ports.UDP, 53) {
		return true
	}
	for _, s := range servers {
		if s.pod == pod || p.Engine.Connections(from, p.Engine.PodAt(s.pod)).Contains(ports.UDP, s.port) {
			return true
		}
	}
	if len(servers) > 0 {
		return false
	}
	for _, one := range by {
		if one.Policy.Kind != "NetworkPolicy" || p.allowsDNS(one.Policy) {
			return true
		}
	}
	return false
}

func (p *pass) allowsDNS(ref kube.Ref) bool {
	for _, i := range p.spaces[ref.Namespace].policy {
		info := &p.policies[i]
		if info.Ref != ref {
			continue
		}
		for j := range info.Rules {
			r := &info.Rules[j]
			if r.Ref.Direction != netpol.Egress || r.Dead {
				continue
			}
			if len(r.Ports) == 0 {
				return true
			}
			for _, port := range r.Ports {
				if port.Name != "" || port.Set.Contains(ports.UDP, 53) {
					return true
				}
			}
		}
	}
	return false
}
