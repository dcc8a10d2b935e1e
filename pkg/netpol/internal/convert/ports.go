package convert

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// protocol reads the protocol of what stands at path; absent means TCP.
func (r *reader) protocol(path, name string) ports.Protocol {
	if name == "" {
		return ports.TCP
	}
	p, ok := ports.ParseProtocol(name)
	if !ok {
		r.refuse(path+".protocol", "%q is not a protocol; want TCP, UDP or SCTP", clip(name))
	}
	return p
}

// number checks the port number in a field of what stands at path.
func (r *reader) number(path, field string, n int32) uint16 {
	if n < ports.First || n > ports.Last {
		r.refuse(path+field, "port %d is not between %d and %d", n, ports.First, ports.Last)
		return 0
	}
	return uint16(n)
}

// portName checks the name of a port: at most 15 lower-case letters, digits and
// '-', with a letter among them, no '-' at an end or twice in a row.
func (r *reader) portName(path, name string) {
	letter, ok := false, len(name) <= 15
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z':
			letter = true
		case '0' <= c && c <= '9':
		case c == '-' && i > 0 && i < len(name)-1 && name[i-1] != '-':
		default:
			ok = false
		}
	}
	if !ok || !letter {
		r.refuse(path, "%q is not the name of a port", clip(name))
	}
}

// addSet puts an entry with numbers into p.
func addSet(p *rules.Ports, path string, s ports.Set) {
	p.Set = p.Set.Union(s)
	p.Entries = append(p.Entries, rules.PortEntry{Path: path, Set: s})
}

// addName puts an entry with a name into p.
func addName(p *rules.Ports, path string, n rules.NamedPort) {
	p.Names = append(p.Names, n)
	p.Entries = append(p.Entries, rules.PortEntry{Path: path, Name: &n})
}

// networkPorts converts the ports of a NetworkPolicy's rule; none means all.
func (r *reader) networkPorts(path string, list []kube.NetworkPolicyPort) rules.Ports {
	if len(list) == 0 {
		return rules.Ports{Set: ports.All()}
	}
	out := rules.Ports{Entries: make([]rules.PortEntry, 0, len(list))}
	for i := range list {
		r.networkPort(&out, index(path+".ports", i), &list[i])
	}
	return out
}

func (r *reader) networkPort(out *rules.Ports, path string, p *kube.NetworkPolicyPort) {
	proto := ports.TCP
	if p.Protocol != nil {
		proto = r.protocol(path, *p.Protocol)
	}
	switch {
	case p.Port == nil:
		if p.EndPort != nil {
			r.refuse(path+".endPort", "endPort needs a port to start from")
		}
		addSet(out, path, ports.Every(proto))
	case p.Port.Str != "":
		r.portName(path+".port", p.Port.Str)
		if p.EndPort != nil {
			r.refuse(path+".endPort", "endPort needs a port by number, not by name")
		}
		addName(out, path, rules.NamedPort{Name: p.Port.Str, Protocol: proto})
	default:
		first := r.number(path, ".port", p.Port.Int)
		last := first
		if p.EndPort != nil {
			last = r.number(path, ".endPort", *p.EndPort)
			if *p.EndPort < p.Port.Int {
				r.refuse(path+".endPort", "endPort %d is below port %d", *p.EndPort, p.Port.Int)
			}
		}
		addSet(out, path, ports.Range(proto, first, last))
	}
}
