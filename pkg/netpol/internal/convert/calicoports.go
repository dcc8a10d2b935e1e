package convert

import (
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Numbers of protocols (IANA). Names are Calico's.
const (
	protoICMP    = 1
	protoTCP     = 6
	protoUDP     = 17
	protoICMPv6  = 58
	protoSCTP    = 132
	protoUDPLite = 136
)

// protocolNumber returns the number of a protocol by name or number; 0 for none.
func protocolNumber(v *kube.IntOrString, anyCase bool) int {
	if v.Str == "" {
		if v.Int < 1 || v.Int > 255 {
			return 0
		}
		return int(v.Int)
	}
	for _, p := range [...]struct {
		name   string
		number int
	}{{"TCP", protoTCP}, {"UDP", protoUDP}, {"SCTP", protoSCTP}, {"ICMP", protoICMP}, {"ICMPv6", protoICMPv6}, {"UDPLite", protoUDPLite}} {
		if v.Str == p.name || anyCase && strings.EqualFold(v.Str, p.name) {
			return p.number
		}
	}
	if n, err := strconv.ParseUint(v.Str, 10, 8); err == nil {
		return int(n)
	}
	return 0
}

func (r *calicoReader) protocolOf(path, field string, v *kube.IntOrString) int {
	n := protocolNumber(v, r.policy.Stored)
	if n == 0 {
		r.refuse(path+field, "%q is not a protocol; want TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255", clip(v.String()))
	}
	return n
}

func isICMP(v *kube.IntOrString) bool {
	if v == nil {
		return false
	}
	n := protocolNumber(v, true)
	return n == protoICMP || n == protoICMPv6
}

// transport returns the protocol of a number, when ports have a meaning in it.
func transport(number int) (ports.Protocol, bool) {
	switch number {
	case protoTCP:
		return ports.TCP, true
	case protoUDP:
		return ports.UDP, true
	case protoSCTP:
		return ports.SCTP, true
	}
	return 0, false
}

// ports reads what a rule asks of protocol and destination port, and whether it
// goes beyond the protocols that have ports.
func (r *calicoReader) ports(path string, from *kube.CalicoRule) (out rules.Ports, beyond bool) {
	set := ports.All()
	beyond = true
	var only ports.Protocol
	hasPorts := false
	if from.Protocol != nil {
		only, hasPorts = transport(r.protocolOf(path, ".protocol", from.Protocol))
		set, beyond = ports.Set{}, !hasPorts
		if hasPorts {
			set = ports.Every(only)
		}
	}
	if from.NotProtocol != nil {
		if p, ok := transport(r.protocolOf(path, ".notProtocol", from.NotProtocol)); ok {
			set = set.Minus(ports.Every(p))
		}
	}
	r.portList(path, ".source.ports", from.Source.Ports, only, hasPorts)
	r.portList(path, ".source.notPorts", from.Source.NotPorts, only, hasPorts)
	wanted := r.portList(path, ".destination.ports", from.Destination.Ports, only, hasPorts)
	unwanted := r.portList(path, ".destination.notPorts", from.Destination.NotPorts, only, hasPorts)
	if set.Empty() {
		return rules.Ports{}, beyond
	}
	out.Set = set
	if len(from.Destination.Ports) > 0 {
		out.Set, out.Names, out.Entries = wanted.Set.Intersect(set), wanted.Names, wanted.Entries
	}
	out.NotSet, out.NotNames = unwanted.Set, unwanted.Names
	return out, beyond
}

func (r *calicoReader) portList(path, field string, list []kube.IntOrString, p ports.Protocol, hasPorts bool) rules.Ports {
	if len(list) == 0 {
		return rules.Ports{}
	}
	path += field
	out := rules.Ports{Entries: make([]rules.PortEntry, 0, len(list))}
	if !hasPorts {
		r.refuse(path, "ports need protocol TCP, UDP or SCTP")
		return out
	}
	for i := range list {
		r.portEntry(&out, index(path, i), &list[i], p)
	}
	return out
}

// portEntry reads 80, "80", "80:90" or a name.
func (r *calicoReader) portEntry(out *rules.Ports, path string, v *kube.IntOrString, p ports.Protocol) {
	if v.Str == "" && v.Int >= ports.First && v.Int <= ports.Last {
		addSet(out, path, ports.Range(p, uint16(v.Int), uint16(v.Int)))
		return
	}
	text := v.String()
	from, to, ranged := strings.Cut(text, ":")
	if !ranged {
		to = from
	}
	first, err1 := strconv.ParseUint(from, 10, 16)
	last, err2 := strconv.ParseUint(to, 10, 16)
	switch {
	case err1 == nil && err2 == nil && first >= ports.First && first <= last:
		addSet(out, path, ports.Range(p, uint16(first), uint16(last)))
	case v.Str != "" && !ranged && !allDigits(text) && portNameForm(text):
		addName(out, path, rules.NamedPort{Name: text, Protocol: p})
	default:
		r.refuse(path, "%q is not a port; want a number from %d to %d, a range such as \"80:90\" or a name", clip(text), ports.First, ports.Last)
	}
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// portNameForm reports whether Calico takes a text for the name of a port.
func portNameForm(s string) bool {
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 128
}
