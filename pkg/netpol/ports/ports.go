package ports

import (
	"encoding/binary"
	"iter"
	"strconv"
	"strings"
)

// Protocol is a protocol that policies tell apart.
type Protocol uint8

// The protocols of the Kubernetes APIs, in the order in which they are listed.
const (
	TCP Protocol = iota
	UDP
	SCTP
	protocols
)

// First and Last bound the port numbers there are.
const (
	First = 1
	Last  = 65535
)

// String returns the API's name: TCP, UDP or SCTP.
func (p Protocol) String() string {
	switch p {
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case SCTP:
		return "SCTP"
	}
	return "protocol " + strconv.Itoa(int(p))
}

// ParseProtocol reads the API's name of a protocol, in upper case as there.
func ParseProtocol(s string) (Protocol, bool) {
	for p := range protocols {
		if s == p.String() {
			return p, true
		}
	}
	return 0, false
}

// Protocols lists every protocol in order.
func Protocols() []Protocol { return []Protocol{TCP, UDP, SCTP} }

// Set is an immutable set of (protocol, port). The zero value is empty. Sets are
// equal exactly when ==.
type Set struct {
	// Sorted, disjoint, not adjacent spans; each is two big-endian uint32 keys,
	// first and last, where a key is protocol<<16 | port.
	enc string
}

type span struct{ lo, hi uint32 }

func key(p Protocol, port uint16) uint32 { return uint32(p)<<16 | uint32(port) }

// Range returns the ports from first to last, both included, of one protocol;
// an empty set when last is below first. There is no port 0.
func Range(p Protocol, first, last uint16) Set {
	first = max(first, First)
	if last < first {
		return Set{}
	}
	return encode([]span{{key(p, first), key(p, last)}})
}

// all is every port from First to Last of TCP, UDP and SCTP, encoded.
const all = "\x00\x00\x00\x01\x00\x00\xff\xff" +
	"\x00\x01\x00\x01\x00\x01\xff\xff" +
	"\x00\x02\x00\x01\x00\x02\xff\xff"

// All returns every port of every protocol.
func All() Set { return Set{all} }

// Every returns every port of one protocol.
func Every(p Protocol) Set { return Range(p, First, Last) }

func encode(spans []span) Set {
	buf := make([]byte, 0, 8*len(spans))
	for _, s := range spans {
		buf = binary.BigEndian.AppendUint32(buf, s.lo)
		buf = binary.BigEndian.AppendUint32(buf, s.hi)
	}
	return Set{string(buf)}
}

// Key returns a text that is equal for equal sets, for composing keys of maps.
// It is not for reading.
func (s Set) Key() string { return s.enc }

func (s Set) len() int { return len(s.enc) / 8 }

func (s Set) at(i int) span {
	e := s.enc[8*i : 8*i+8]
	return span{
		uint32(e[0])<<24 | uint32(e[1])<<16 | uint32(e[2])<<8 | uint32(e[3]),
		uint32(e[4])<<24 | uint32(e[5])<<16 | uint32(e[6])<<8 | uint32(e[7]),
	}
}

// Empty reports whether there is no port in s.
func (s Set) Empty() bool { return s.enc == "" }

// Contains reports whether the port is in s.
func (s Set) Contains(p Protocol, port uint16) bool {
	k := key(p, port)
	for i := range s.len() {
		if v := s.at(i); v.lo <= k && k <= v.hi {
			return true
		}
	}
	return false
}

// Spans yields the ranges of one protocol in ascending order, first and last
// port of each.
func (s Set) Spans(p Protocol) iter.Seq2[uint16, uint16] {
	return func(yield func(uint16, uint16) bool) {
		for i := range s.len() {
			if v := s.at(i); Protocol(v.lo>>16) == p && !yield(uint16(v.lo), uint16(v.hi)) {
				return
			}
		}
	}
}

// Has reports whether s holds a port of the protocol.
func (s Set) Has(p Protocol) bool {
	for range s.Spans(p) {
		return true
	}
	return false
}

// Format returns the ports of one protocol as "80,443,8000-8010"; every port is
// "1-65535" and none is "".
func (s Set) Format(p Protocol) string {
	var b strings.Builder
	for lo, hi := range s.Spans(p) {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(lo)))
		if hi != lo {
			b.WriteByte('-')
			b.WriteString(strconv.Itoa(int(hi)))
		}
	}
	return b.String()
}

// String returns "TCP 80,443 UDP 53", "all" or "none".
func (s Set) String() string {
	switch s {
	case All():
		return "all"
	case Set{}:
		return "none"
	}
	var parts []string
	for p := range protocols {
		if f := s.Format(p); f != "" {
			parts = append(parts, p.String()+" "+f)
		}
	}
	return strings.Join(parts, " ")
}
