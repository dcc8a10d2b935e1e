package reach

import (
	"encoding/binary"
	"hash/crc32"
)

// sctp is the beginning of an association, RFC 9260: INIT, and INIT ACK with the
// name in its state cookie. The token is the source port.
type sctp struct{}

// Types of chunks, and of the one parameter.
const (
	chunkInit    = 1
	chunkInitAck = 2
	chunkAbort   = 6
	paramCookie  = 7
)

// initTag is the tag that answers to an INIT carry.
const initTag = 0x6b636174

const (
	commonHeader = 12
	initChunk    = 20 // with its header, without parameters
)

func segment(from, to uint16, tag uint32, chunk []byte) []byte {
	p := make([]byte, commonHeader, commonHeader+len(chunk))
	binary.BigEndian.PutUint16(p, from)
	binary.BigEndian.PutUint16(p[2:], to)
	binary.BigEndian.PutUint32(p[4:], tag)
	p = append(p, chunk...)
	binary.LittleEndian.PutUint32(p[8:], crc32.Checksum(p, castagnoli))
	return p
}

// initiation is an INIT or INIT ACK: tag, window, streams both ways, first TSN.
func initiation(kind byte, parameters []byte) []byte {
	c := []byte{kind, 0}
	c = binary.BigEndian.AppendUint16(c, uint16(initChunk+len(parameters)))
	c = binary.BigEndian.AppendUint32(c, initTag)
	c = binary.BigEndian.AppendUint32(c, 65536)
	c = binary.BigEndian.AppendUint16(c, 1)
	c = binary.BigEndian.AppendUint16(c, 1)
	c = binary.BigEndian.AppendUint32(c, 1)
	return append(c, parameters...)
}

func (sctp) ask(token, port uint16) []byte {
	return segment(token, port, 0, initiation(chunkInit, nil))
}

func (sctp) read(p []byte) heard {
	if len(p) < commonHeader+4 || !sound(p) {
		return heard{}
	}
	from, to, body := binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:]), p[commonHeader:]
	switch body[0] {
	case chunkInit:
		return heard{kind: question, token: from, port: to}
	case chunkInitAck:
		if len(body) < initChunk+4 {
			return heard{}
		}
		size := int(binary.BigEndian.Uint16(body[initChunk+2:]))
		if size < 4 || initChunk+size > len(body) {
			return heard{}
		}
		return heard{kind: answer, token: to, name: string(body[initChunk+4 : initChunk+size])}
	case chunkAbort:
		return heard{kind: abort, token: to}
	}
	return heard{}
}

// sound reports whether the checksum is right.
func sound(p []byte) bool {
	var zero [4]byte
	sum := crc32.Update(crc32.Update(crc32.Checksum(p[:8], castagnoli), castagnoli, zero[:]), castagnoli, p[commonHeader:])
	return sum == binary.LittleEndian.Uint32(p[8:])
}

func (sctp) answer(question []byte, name string) []byte {
	cookie := binary.BigEndian.AppendUint16([]byte{0, paramCookie}, uint16(4+len(name)))
	cookie = append(cookie, name...)
	cookie = append(cookie, make([]byte, (4-len(cookie)%4)%4)...)
	return reply(question, initiation(chunkInitAck, cookie))
}

func (sctp) refuse(question []byte) []byte { return reply(question, []byte{chunkAbort, 0, 0, 4}) }

// reply goes back to where a question came from, under the tag it asked for.
func reply(question, chunk []byte) []byte {
	tag := binary.BigEndian.Uint32(question[commonHeader+4:])
	return segment(binary.BigEndian.Uint16(question[2:]), binary.BigEndian.Uint16(question), tag, chunk)
}

func (sctp) tokenOf(head []byte) uint16 { return binary.BigEndian.Uint16(head) }
