package tunnel

import (
	"encoding/binary"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// What the kernel is asked with and answers (linux/netlink.h, linux/inet_diag.h).
const (
	netlinkHeader  = 16
	diagRequest    = 56 // struct inet_diag_req_v2
	diagReply      = 72 // struct inet_diag_msg
	diagUID        = 64 // where the user is in the answer
	diagState      = 1  // and the state of the connection
	tcpEstablished = 1
)

// clientOwner asks the kernel whose the client's end of a connection is, by the
// addresses of both ends: the table in /proc would have to be read whole, and any
// user can make that long.
func clientOwner(client, listener netip.AddrPort) owner {
	if !client.Addr().Is4() || !listener.Addr().Is4() {
		return ownerUnknown
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return ownerUnknown
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Sendto(fd, diagQuestion(client, listener), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return ownerUnknown
	}
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1})
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil || n < netlinkHeader {
		return ownerUnknown
	}
	if kind := binary.NativeEndian.Uint16(buf[4:]); kind != unix.SOCK_DIAG_BY_FAMILY {
		return ownerOther // there is no such connection (any more)
	}
	if n < netlinkHeader+diagReply {
		return ownerUnknown
	}
	reply := buf[netlinkHeader:]
	uid := int(binary.NativeEndian.Uint32(reply[diagUID:]))
	// The kernel says 0 of what is closed already, whoever it was.
	if reply[diagState] == tcpEstablished && (uid == 0 || uid == os.Geteuid()) {
		return ownerSelf
	}
	return ownerOther
}

// diagQuestion asks for one connection by its ends.
func diagQuestion(client, listener netip.AddrPort) []byte {
	q := make([]byte, netlinkHeader+diagRequest)
	binary.NativeEndian.PutUint32(q, netlinkHeader+diagRequest)
	binary.NativeEndian.PutUint16(q[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(q[6:], unix.NLM_F_REQUEST)
	body := q[netlinkHeader:]
	body[0], body[1] = unix.AF_INET, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(body[4:], 1<<32-1) // in any state
	id := body[8:]
	binary.BigEndian.PutUint16(id, client.Port())
	binary.BigEndian.PutUint16(id[2:], listener.Port())
	from, to := client.Addr().As4(), listener.Addr().As4()
	copy(id[4:], from[:])
	copy(id[20:], to[:])
	for i := 40; i < 48; i++ { // no cookie
		id[i] = 0xff
	}
	return q
}
