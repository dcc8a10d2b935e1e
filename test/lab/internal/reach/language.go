package reach

import (
	"encoding/binary"
	"hash/crc32"
)

// kind is what a packet is.
type kind int

const (
	noise kind = iota
	question
	answer
	abort
)

// heard is what a packet says.
type heard struct {
	kind  kind
	token uint16 // of an answer or an abort
	port  uint16 // that a question is for
	name  string // in an answer
}

// language is how questions and answers look in a protocol. The first eight bytes
// of a question, which is what a router sends back, hold its token.
type language interface {
	ask(token, port uint16) []byte
	read(packet []byte) heard
	answer(question []byte, name string) []byte
	refuse(question []byte) []byte
	tokenOf(head []byte) uint16
}

func languageOf(p Protocol) language {
	switch p {
	case SCTP:
		return sctp{}
	case ICMP:
		return icmp{ask8: 8, reply: 0, summed: true}
	case ICMPv6:
		return icmp{ask8: 128, reply: 129} // the kernel sums these up
	}
	return plain{}
}

// plain is a protocol of which only the number matters: a letter, a checksum, a
// token and in an answer the name. Netfilter rejects no packet whose checksum is
// wrong, and looks for one in protocols that it does not know, too.
type plain struct{}

// plainSum is where the checksum is. Over IPv6 the kernel puts it there.
const plainSum = 2

func (plain) packet(kind byte, token uint16, name string) []byte {
	p := append([]byte{kind, 0, 0, 0, 0, 0, byte(token >> 8), byte(token)}, name...)
	binary.BigEndian.PutUint16(p[plainSum:], checksum(p))
	return p
}

func (p plain) ask(token, _ uint16) []byte { return p.packet('?', token, "") }

func (p plain) read(packet []byte) heard {
	if len(packet) < 8 {
		return heard{}
	}
	switch packet[0] {
	case '?':
		return heard{kind: question}
	case '!':
		return heard{kind: answer, token: p.tokenOf(packet), name: string(packet[8:])}
	}
	return heard{}
}

func (p plain) answer(question []byte, name string) []byte {
	return p.packet('!', p.tokenOf(question), name)
}

func (plain) refuse([]byte) []byte       { return nil }
func (plain) tokenOf(head []byte) uint16 { return binary.BigEndian.Uint16(head[6:]) }

// icmp is an echo, RFC 792 and RFC 4443: type, code, checksum, identifier (the
// token), sequence number, and in an answer the name in place of the data.
type icmp struct {
	ask8, reply byte
	summed      bool // the checksum is ours to make
}

func (i icmp) packet(kind byte, token uint16, data string) []byte {
	p := append([]byte{kind, 0, 0, 0, byte(token >> 8), byte(token), 0, 1}, data...)
	if i.summed {
		binary.BigEndian.PutUint16(p[2:], checksum(p))
	}
	return p
}

func (i icmp) ask(token, _ uint16) []byte { return i.packet(i.ask8, token, "") }

func (i icmp) read(packet []byte) heard {
	if len(packet) < 8 {
		return heard{}
	}
	switch packet[0] {
	case i.ask8:
		return heard{kind: question}
	case i.reply:
		return heard{kind: answer, token: i.tokenOf(packet), name: string(packet[8:])}
	}
	return heard{}
}

func (i icmp) answer(question []byte, name string) []byte {
	return i.packet(i.reply, i.tokenOf(question), name)
}

func (icmp) refuse([]byte) []byte       { return nil }
func (icmp) tokenOf(head []byte) uint16 { return binary.BigEndian.Uint16(head[4:]) }

// checksum is that of RFC 1071.
func checksum(p []byte) uint16 {
	var sum uint32
	for i := 0; i < len(p); i += 2 {
		sum += uint32(p[i]) << 8
		if i+1 < len(p) {
			sum += uint32(p[i+1])
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// refusal reads an ICMP message that says that a port cannot be reached: which
// protocol and question it is about. Other reasons, no route above all, are no
// refusals.
func refusal(p []byte, six bool) (Protocol, uint16, bool) {
	unreachable, port, head, at := byte(3), byte(3), 20, 9
	if six {
		unreachable, port, head, at = 1, 4, 40, 6
	}
	if len(p) < 8+head+8 || p[0] != unreachable || p[1] != port {
		return 0, 0, false
	}
	inner := p[8:]
	if !six {
		head = int(inner[0]&15) * 4
	}
	if len(inner) < head+8 {
		return 0, 0, false
	}
	about := Protocol(inner[at])
	return about, languageOf(about).tokenOf(inner[head:]), true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
