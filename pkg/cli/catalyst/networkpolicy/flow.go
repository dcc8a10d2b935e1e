package networkpolicy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// flowQuestion is the flow that explain and probe are asked about.
type flowQuestion struct {
	port                string // the flag
	source, destination string
	protocol            ports.Protocol
	number              uint16
}

func (q *flowQuestion) bind(fs *pflag.FlagSet) {
	fs.StringVar(&q.port, "port", "", "port of the destination, as in 80, 53/UDP or 9/SCTP")
}

func (q *flowQuestion) complete(args []string) error {
	if len(args) != 2 {
		return clierr.New(clierr.Usage, "name them as namespace/pod, namespace/Kind/name or an address", "want a source and a destination")
	}
	q.source, q.destination = args[0], args[1]
	number, proto, given := strings.Cut(q.port, "/")
	if !given {
		proto = ports.TCP.String()
	}
	p, ok := ports.ParseProtocol(strings.ToUpper(proto))
	n, err := strconv.ParseUint(number, 10, 16)
	if q.port == "" || !ok || err != nil || n == 0 {
		return clierr.New(clierr.Usage, "as in --port 80, --port 53/UDP", "--port %q is not a port from 1 to 65535, with /TCP, /UDP or /SCTP behind it", q.port)
	}
	q.protocol, q.number = p, uint16(n)
	return nil
}

// arrival is one pod, or an address, and the port that a flow arrives at.
type arrival struct {
	end     netpol.Endpoint
	port    uint16
	service *kube.Service // in front of it; nil without
	via     string        // the service in words
}

// workloadKinds are the kinds by the names that kubectl knows them by.
var workloadKinds = map[string]string{
	"deployment": "Deployment", "deploy": "Deployment", "statefulset": "StatefulSet", "sts": "StatefulSet",
	"daemonset": "DaemonSet", "ds": "DaemonSet", "replicaset": "ReplicaSet", "rs": "ReplicaSet",
	"replicationcontroller": "ReplicationController", "rc": "ReplicationController",
	"job": "Job", "cronjob": "CronJob", "cj": "CronJob", "pod": "Pod", "po": "Pod", "service": "Service", "svc": "Service",
}

func kindOf(text string) string {
	if kind, ok := workloadKinds[strings.ToLower(text)]; ok {
		return kind
	}
	return text
}

// resolveEnds finds the pods that a name on the command line stands for.
func (s *evaluation) resolveEnds(text string) ([]netpol.Endpoint, error) {
	addr, parts, err := parseRef(text)
	if err != nil {
		return nil, err
	}
	if addr.IsValid() {
		return []netpol.Endpoint{s.engine.Address(addr)}, nil
	}
	if len(parts) == 3 && kindOf(parts[1]) == "Pod" {
		parts = []string{parts[0], parts[2]}
	}
	if len(parts) == 2 {
		if e, ok := s.engine.Pod(parts[0], parts[1]); ok {
			return []netpol.Endpoint{e}, nil
		}
		return nil, s.missingPod(parts[0], parts[1])
	}
	ref := kube.Ref{Kind: kindOf(parts[1]), Namespace: parts[0], Name: parts[2]}
	if ref.Kind == "Service" {
		return nil, clierr.New(clierr.Usage, "name one of its pods", "service %q starts no connections", text)
	}
	out := s.engine.Workload(ref)
	if len(out) == 0 {
		if e, ok := s.engine.Pod(ref.Namespace, ref.Kind+"/"+ref.Name); ok {
			return []netpol.Endpoint{e}, nil
		}
		return nil, noSuch("workload", text)
	}
	return out, nil
}

// missingPod returns the error about a pod that is not there, with the workload that
// may be meant.
func (s *evaluation) missingPod(namespace, name string) error {
	for i := range s.in.Objects.Pods {
		if o := s.in.Objects.Pods[i].Owner; o.Namespace == namespace && o.Name == name {
			return clierr.Errorf(fmt.Sprintf("name the workload: %s/%s/%s", namespace, o.Kind, name), "pod %q is not there", namespace+"/"+name)
		}
	}
	return noSuch("pod", namespace+"/"+name)
}

// resolveTargets finds the ends and ports of a destination; a service is resolved to the
// pods behind it.
func (s *evaluation) resolveTargets(text string, p ports.Protocol, port uint16) ([]arrival, error) {
	addr, parts, err := parseRef(text)
	if err != nil {
		return nil, err
	}
	if len(parts) == 3 && kindOf(parts[1]) == "Service" {
		return s.behindService(parts[0], parts[2], p, port)
	}
	if svc := s.serviceAt(addr); svc != nil {
		return s.behindService(svc.Meta.Namespace, svc.Meta.Name, p, port)
	}
	ends, err := s.resolveEnds(text)
	if err != nil {
		return nil, err
	}
	out := make([]arrival, len(ends))
	for i, e := range ends {
		out[i] = arrival{end: e, port: port}
	}
	return out, nil
}

// serviceAt returns the service that has an address inside the cluster. Policies
// never see that address: they apply behind it.
func (s *evaluation) serviceAt(addr netip.Addr) *kube.Service {
	for i := range s.in.Objects.Services {
		svc := &s.in.Objects.Services[i]
		for _, text := range append([]string{svc.Spec.ClusterIP}, svc.Spec.ClusterIPs...) {
			if a, err := netip.ParseAddr(text); err == nil && addr == a {
				return svc
			}
		}
	}
	return nil
}

func (s *evaluation) behindService(namespace, name string, p ports.Protocol, port uint16) ([]arrival, error) {
	text := namespace + "/Service/" + name
	for i := range s.in.Objects.Services {
		svc := &s.in.Objects.Services[i]
		if svc.Meta.Namespace != namespace || svc.Meta.Name != name {
			continue
		}
		if svc.Spec.Type == "ExternalName" || len(svc.Spec.Selector) == 0 {
			return s.behindEndpoints(svc, p, port)
		}
		var offered []string
		for _, b := range s.engine.Backends(svc) {
			proto := b.Port.Protocol
			if proto == "" {
				proto = ports.TCP.String()
			}
			offered = append(offered, fmt.Sprintf("%d/%s", b.Port.Port, proto))
			if b.Port.Port != int32(port) || proto != p.String() {
				continue
			}
			if len(b.Pods) == 0 {
				return nil, clierr.Errorf("look at its selector and targetPort", "service %q has no pod behind port %d", text, port)
			}
			via := fmt.Sprintf("through service %s/%s port %d", namespace, name, port)
			var out []arrival
			for _, pod := range b.Pods {
				out = append(out, arrival{s.engine.PodAt(pod.Pod), pod.Port, svc, via})
			}
			return out, nil
		}
		return nil, clierr.Errorf("its ports are "+strings.Join(offered, ", "), "service %q has no port %d/%s", text, port, p)
	}
	return nil, noSuch("service", text)
}

// behindEndpoints finds what stands behind a service that selects no pods.
func (s *evaluation) behindEndpoints(svc *kube.Service, p ports.Protocol, port uint16) ([]arrival, error) {
	text := svc.Meta.Namespace + "/Service/" + svc.Meta.Name
	if svc.Spec.Type == "ExternalName" {
		return nil, clierr.Errorf("ask about the address of "+svc.Spec.ExternalName+": policies see that",
			"service %q is only another name for %q", text, svc.Spec.ExternalName)
	}
	name, offered := "", false
	for _, sp := range svc.Spec.Ports {
		if sp.Port == int32(port) && cmp.Or(sp.Protocol, ports.TCP.String()) == p.String() {
			name, offered = sp.Name, true
		}
	}
	if !offered {
		return nil, clierr.Errorf("'kubectl get service' shows its ports", "service %q has no port %d/%s", text, port, p)
	}
	via := fmt.Sprintf("through service %s/%s port %d", svc.Meta.Namespace, svc.Meta.Name, port)
	var out []arrival
	for i := range s.in.Objects.EndpointSlices {
		slice := &s.in.Objects.EndpointSlices[i]
		if slice.Meta.Namespace != svc.Meta.Namespace || slice.Meta.Labels[kube.ServiceNameLabel] != svc.Meta.Name {
			continue
		}
		for _, sp := range slice.Ports {
			if sp.Port == nil || *sp.Port < ports.First || *sp.Port > ports.Last || sp.Name != name || cmp.Or(sp.Protocol, ports.TCP.String()) != p.String() {
				continue
			}
			for _, end := range slice.Endpoints {
				for _, address := range end.Addresses {
					if addr, err := netip.ParseAddr(address); err == nil {
						out = append(out, arrival{s.engine.Address(addr), uint16(*sp.Port), svc, via})
					}
				}
			}
		}
	}
	if len(out) == 0 {
		return nil, clierr.Errorf("ask about an address behind it, or add its EndpointSlices to the files",
			"service %q selects no pods, and no EndpointSlice says what stands behind its port %d/%s", text, port, p)
	}
	return out, nil
}

// applyService adds what a service itself does to a flow from outside of the
// cluster, before any policy sees it.
func applyService(e *netpol.Explanation, svc *kube.Service) {
	if _, isPod := e.Source.Pod(); svc == nil || isPod || !e.Source.Addr().IsValid() {
		return
	}
	name := svc.Meta.Namespace + "/" + svc.Meta.Name
	ranges := svc.Spec.LoadBalancerSourceRanges
	switch {
	case svc.Spec.Type == "LoadBalancer" && len(ranges) > 0:
		if !slices.ContainsFunc(ranges, func(text string) bool {
			r, err := netip.ParsePrefix(strings.TrimSpace(text))
			return err == nil && r.Contains(e.Source.Addr().Unmap())
		}) {
			e.Allowed = false
			e.Notes = append(e.Notes, fmt.Sprintf("the load balancer of service %s does not let %s in: its loadBalancerSourceRanges are %s", name, e.Source, strings.Join(ranges, ", ")))
		}
	case (svc.Spec.Type == "" || svc.Spec.Type == "ClusterIP") && len(svc.Spec.ExternalIPs) == 0:
		e.Notes = append(e.Notes, fmt.Sprintf("service %s has an address inside the cluster only (ClusterIP): from outside, only what stands in front of it reaches it", name))
	}
}

// parseRef splits namespace/name and namespace/Kind/name; an address is neither.
func parseRef(text string) (addr netip.Addr, parts []string, err error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a, nil, nil
	}
	parts = strings.Split(text, "/")
	for _, p := range parts {
		if p == "" {
			parts = nil
		}
	}
	if len(parts) != 2 && len(parts) != 3 {
		return addr, nil, clierr.New(clierr.Usage, "name it as namespace/pod, namespace/Kind/name or an address", "%q is not the name of a pod, a workload or an address", text)
	}
	return addr, parts, nil
}

func noSuch(what, text string) error {
	return clierr.Errorf("'kubectl catalyst network-policy map' lists what there is", "%s %q is not there", what, text)
}
