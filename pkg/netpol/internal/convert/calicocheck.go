package convert

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// checkRule repeats what Calico's API server checks of a rule as a whole
// (libcalico-go/lib/validator/v3).
func (r *calicoReader) checkRule(path string, d rules.Direction, from *kube.CalicoRule) {
	r.checkICMP(path, from)
	if from.HTTP != nil {
		switch {
		case d == rules.Egress:
			r.refuse(path+".http", "http stands in ingress rules only")
		case from.Action != "Allow":
			r.refuse(path+".http", "http stands in rules that allow only")
		case from.Protocol != nil && protocolNumber(from.Protocol, true) != protoTCP:
			r.refuse(path+".protocol", "with http the protocol is TCP")
		}
	}
	if from.Source.Services != nil && d == rules.Egress {
		r.refuse(path+".source.services", "services are for the destination of egress and the source of ingress rules")
	}
	if from.Destination.Services != nil && d == rules.Ingress {
		r.refuse(path+".destination.services", "services are for the destination of egress and the source of ingress rules")
	}
	if s := from.Destination.Services; s != nil && len(from.Destination.Ports)+len(from.Destination.NotPorts) > 0 {
		r.refuse(path+".destination.ports", "a service brings its own ports")
	}
	r.checkServices(path, ".source", &from.Source)
	r.checkServices(path, ".destination", &from.Destination)
	if !r.policy.Stored {
		r.checkFamilies(path, from)
	}
}

func (r *calicoReader) checkICMP(path string, from *kube.CalicoRule) {
	if from.ICMP != nil && !isICMP(from.Protocol) {
		r.refuse(path+".icmp", "icmp needs protocol ICMP or ICMPv6")
	}
	for i, icmp := range []*kube.CalicoICMP{from.ICMP, from.NotICMP} {
		field := [...]string{".icmp", ".notICMP"}[i]
		switch {
		case icmp == nil:
		case icmp.Code != nil && icmp.Type == nil:
			r.refuse(path+field+".code", "a code needs a type")
		case icmp.Type != nil && (*icmp.Type < 0 || *icmp.Type > 254):
			r.refuse(path+field+".type", "%d is not between 0 and 254", *icmp.Type)
		case icmp.Code != nil && (*icmp.Code < 0 || *icmp.Code > 255):
			r.refuse(path+field+".code", "%d is not between 0 and 255", *icmp.Code)
		}
	}
	for _, p := range []*kube.IntOrString{from.Protocol, from.NotProtocol} {
		if p == nil || from.IPVersion == nil {
			continue
		}
		if n := protocolNumber(p, true); n == protoICMP && *from.IPVersion != 4 || n == protoICMPv6 && *from.IPVersion != 6 {
			r.refuse(path+".ipVersion", "protocol %s is not of IP version %d", p.String(), *from.IPVersion)
		}
	}
}

func (r *calicoReader) checkServices(path, field string, e *kube.CalicoEntity) {
	if e.Services == nil {
		return
	}
	path += field + ".services"
	switch {
	case e.Services.Name == "":
		r.refuse(path+".name", "want the name of a service")
	case r.global() && e.Services.Namespace == "":
		r.refuse(path+".namespace", "want the namespace of the service")
	case e.NamespaceSelector != "" || e.Selector != "" || e.NotSelector != "" || e.ServiceAccounts != nil:
		r.refuse(path, "services cannot stand beside selectors")
	case len(e.Nets)+len(e.NotNets) > 0:
		r.refuse(path, "services cannot stand beside nets")
	}
}

// checkFamilies: all ranges of a rule are of one family, that of ipVersion.
func (r *calicoReader) checkFamilies(path string, from *kube.CalicoRule) {
	var seen [2]bool
	for _, list := range [][]string{from.Source.Nets, from.Source.NotNets, from.Destination.Nets, from.Destination.NotNets} {
		for _, text := range list {
			if p, err := netip.ParsePrefix(text); err == nil {
				seen[addr.Of(p.Addr())] = true
			}
		}
	}
	switch v := from.IPVersion; {
	case seen[addr.IPv4] && seen[addr.IPv6]:
		r.refuse(path, "the rule has ranges of IPv4 and of IPv6; write two rules")
	case v != nil && (*v == 4 && seen[addr.IPv6] || *v == 6 && seen[addr.IPv4]):
		r.refuse(path+".ipVersion", "the rule has ranges of the other IP version")
	}
}
