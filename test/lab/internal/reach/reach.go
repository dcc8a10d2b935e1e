// Package reach asks who answers whom: hosts that live in network namespaces
// answer with their names, and a batch of questions is put to them at once.
//
// TCP and UDP are the kernel's own. SCTP (its INIT and INIT ACK), ICMP echo and
// any other protocol are spoken here, over raw sockets, because the kernel may
// lack them and because their answers then carry a name, too.
package reach

import "fmt"

// Protocol is a protocol's number, as IANA assigns it.
type Protocol uint8

// The protocols with rules of their own. Any other number can be asked, too: its
// packets are the payload alone and have no ports.
const (
	ICMP   Protocol = 1
	TCP    Protocol = 6
	UDP    Protocol = 17
	ICMPv6 Protocol = 58
	SCTP   Protocol = 132
)

func (p Protocol) String() string {
	if name, ok := map[Protocol]string{ICMP: "ICMP", TCP: "TCP", UDP: "UDP", ICMPv6: "ICMPv6", SCTP: "SCTP"}[p]; ok {
		return name
	}
	return fmt.Sprintf("protocol %d", uint8(p))
}

// Outcome is what came of a question.
type Outcome int

// The outcomes.
const (
	Silent   Outcome = iota // nothing came back while the asker waited
	Refused                 // a reset, an abort, or the news that the destination is unreachable
	Answered                // Who says by whom
)

func (o Outcome) String() string { return [...]string{"silent", "refused", "answered"}[o] }

// Result is the outcome of a question.
type Result struct {
	Outcome
	Who string // the name of the host that answered
}
