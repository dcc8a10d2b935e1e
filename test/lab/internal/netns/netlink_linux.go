package netns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"syscall"
)

// native is the byte order of netlink: the machine's own.
var native = binary.NativeEndian

// attr encodes an attribute.
func attr(kind uint16, value []byte) []byte {
	out := native.AppendUint16(nil, uint16(syscall.SizeofRtAttr+len(value)))
	out = append(native.AppendUint16(out, kind), value...)
	return append(out, make([]byte, (4-len(out)%4)%4)...)
}

func word(kind uint16, v uint32) []byte { return attr(kind, native.AppendUint32(nil, v)) }
func text(kind uint16, s string) []byte { return attr(kind, append([]byte(s), 0)) }
func join(parts ...[]byte) []byte       { return bytes.Join(parts, nil) }

// create sends a request that makes something new.
func create(kind uint16, body []byte) error {
	return route(kind, syscall.NLM_F_CREATE|syscall.NLM_F_EXCL, body)
}

// route sends a request of rtnetlink.
func route(kind, flags uint16, body []byte) error {
	_, err := request(syscall.NETLINK_ROUTE, kind, flags|syscall.NLM_F_ACK, body)
	return err
}

// request sends a request from the calling thread's namespace and returns the
// bodies of the answers, up to the one that ends them.
func request(bus int, kind, flags uint16, body []byte) ([][]byte, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, bus)
	if err != nil {
		return nil, err
	}
	defer func() { _ = syscall.Close(fd) }()
	m := native.AppendUint32(nil, uint32(syscall.SizeofNlMsghdr+len(body)))
	m = native.AppendUint16(m, kind)
	m = native.AppendUint16(m, flags|syscall.NLM_F_REQUEST)
	m = append(append(m, make([]byte, 8)...), body...) // sequence and port: one request a socket
	if err := syscall.Sendto(fd, m, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return nil, err
	}
	return answers(fd)
}

func answers(fd int) (out [][]byte, err error) {
	buffer := make([]byte, 1<<18)
	for {
		n, _, err := syscall.Recvfrom(fd, buffer, 0)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for rest := buffer[:n]; len(rest) >= syscall.SizeofNlMsghdr; {
			size := int(native.Uint32(rest))
			if size < syscall.SizeofNlMsghdr || size > len(rest) {
				return nil, fmt.Errorf("a netlink message of %d bytes in %d", size, len(rest))
			}
			body := rest[syscall.SizeofNlMsghdr:size]
			switch native.Uint16(rest[4:]) {
			case syscall.NLMSG_ERROR:
				return out, failure(body)
			case syscall.NLMSG_DONE:
				return out, nil
			}
			out = append(out, bytes.Clone(body))
			rest = rest[min((size+3)&^3, len(rest)):]
		}
	}
}

// failure is nil for what is only the receipt.
func failure(body []byte) error {
	if code := -int32(native.Uint32(body)); code != 0 {
		return syscall.Errno(code)
	}
	return nil
}
