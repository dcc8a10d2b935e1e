package rules

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Action is what a rule, or the default of a tier, does with a flow.
type Action uint8

// The actions. Allow and Deny are final; Pass leaves it to the next tier.
const (
	Allow Action = iota
	Deny
	Pass
)

// String returns Allow, Deny or Pass.
func (a Action) String() string { return [...]string{"Allow", "Deny", "Pass"}[a] }

// Direction is a side of a flow, seen from the pod a policy selects.
type Direction uint8

// The directions, in the order in which a flow meets them.
const (
	Egress Direction = iota
	Ingress
)

// String returns the API's name: Egress or Ingress.
func (d Direction) String() string { return [...]string{"Egress", "Ingress"}[d] }

// Tier is a layer of policies.
type Tier struct {
	Name    string
	Default Action // Deny or Pass, for what no rule of an applying policy matches
	// Ordered reports whether the order of policies matters, so that two of the same
	// priority that apply to one pod leave the outcome undefined.
	Ordered bool
	// ByName reports whether among policies of one priority the name decides, so that
	// nothing is undefined. Policies are in that order.
	ByName   bool
	Policies []Policy // first decides first
}

// Policy is a policy of any kind.
type Policy struct {
	Ref      kube.Ref
	Origin   kube.Origin
	Priority float64  // lower first
	Subject  Selector // pods it applies to; never those on the host network
	// Applies reports, by Direction, whether the policy has a say there.
	Applies [2]bool
	// Rules by Direction. Where the policy does not apply they are dead.
	Rules [2][]Rule
}

// Rule matches a flow when a peer and a port do.
type Rule struct {
	Name   string // the rule's own name, where its API has one
	Action Action
	Path   string // as in "spec.ingress[0]"
	Line   int    // in the policy's file; 0 unknown
	Index  int    // position in the policy's list; several Rules may stand for one
	Any    bool   // every peer matches; Peers is empty
	Peers  []Peer // any of them; when empty and not Any, nothing matches
	Ports  Ports
	// Local narrows the rule to some of the pods that the policy selects; nil does
	// not.
	Local *Peer
	// Unsure is why it cannot be known whether the rule matches: that depends on
	// more than peers and ports (a source port, a HTTP method). It then matches
	// nothing when it allows, and otherwise denies what it may match.
	Unsure string
	// Beyond reports whether the rule also matches protocols that Ports cannot name.
	Beyond bool
}

// Peer is an end of a flow, by all that is set: labels, addresses, what is left
// out. With nothing set it matches nothing that is known, see Unknown.
type Peer struct {
	Path string // as in "spec.ingress[0].from[1]"
	Pods *Selector
	// Sets are addresses that Pods stands for too, those of network sets that its
	// labels match.
	Sets []netip.Prefix
	// NotPods and NotSets are left out, by label and by address.
	NotPods *Selector
	NotSets []netip.Prefix
	// Nodes selects nodes, and stands for their addresses.
	Nodes *Selector
	Block *Block
	// Unknown is why it cannot be known who is meant (domain names, a field from a
	// newer API): an Allow rule then matches nothing for this peer, any other rule
	// denies everything, as the APIs ask for.
	Unknown string
}

// Limit keeps a peer to the families, by index as in package addr.
func (p *Peer) Limit(families [2]bool) {
	if families == [2]bool{true, true} {
		return
	}
	all := [2]netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
	var nets []netip.Prefix
	for f, in := range families {
		switch {
		case !in:
		case p.Block == nil:
			nets = append(nets, all[f])
		default:
			for _, n := range p.Block.Nets {
				if n.Addr().Is4() == (f == 0) {
					nets = append(nets, n)
				}
			}
		}
	}
	b := Block{Cluster: true}
	if p.Block != nil {
		b = *p.Block
	}
	b.Nets = nets
	p.Block = &b
}

// Block is address ranges without some others.
type Block struct {
	Nets   []netip.Prefix // masked
	Except []netip.Prefix // masked
	// Cluster reports whether pods and nodes are matched by their address too, and
	// not only addresses outside.
	Cluster bool
	// Nodes reports whether the addresses are nodes' own: no pod whose address is
	// not known can have one.
	Nodes bool
}

// Ports is what a rule asks of the destination: a port that Set or one of Names
// holds and neither NotSet nor any of NotNames.
type Ports struct {
	Set      ports.Set
	NotSet   ports.Set
	Names    []NamedPort
	NotNames []NamedPort
	Entries  []PortEntry // as written, for findings; empty when the rule has no ports
}

// NamedPort is a port by the name that the destination's containers give it; an
// address has none.
type NamedPort struct {
	Name     string
	Protocol ports.Protocol
	Any      bool // whatever the protocol
}

// PortEntry is one entry of a rule's list of ports.
type PortEntry struct {
	Path string // as in "spec.ingress[0].ports[1]"
	Name *NamedPort
	Set  ports.Set // without a name
}

// Problem is a value that no API server would accept; its policy or pod cannot
// be evaluated.
type Problem struct {
	Ref     kube.Ref
	Origin  kube.Origin
	Path    string // the field, as in "spec.ingress[0].ports[1].endPort"
	Code    string // stable: one of the Code constants
	Message string
}

func (p Problem) Error() string {
	at := p.Origin.String()
	if at != "" {
		at += ": "
	}
	return at + p.Ref.String() + ": " + p.Path + ": " + p.Message
}

// The kinds of problems.
const (
	CodeInvalid         = "invalid"          // a value outside what the API admits
	CodeDuplicate       = "duplicate"        // a second object of the same name
	CodeExceptOutside   = "except-outside"   // an except that is not within its cidr
	CodeInvalidSelector = "invalid-selector" // a selector the API refuses
)

// Gap is something left out of an answer on the safe side, as denied.
type Gap struct {
	Ref     kube.Ref
	Origin  kube.Origin
	Message string
	// Undefined: not on the safe side, because the API leaves the answer undefined.
	Undefined bool
}
