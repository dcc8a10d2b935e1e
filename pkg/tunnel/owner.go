package tunnel

import (
	"context"
	"net"
	"net/netip"
)

// owner is whose program is at the other end of a connection on this machine.
type owner int

const (
	ownerUnknown owner = iota // the system does not say
	ownerSelf                 // the user's, or of root, who may do whatever the user may
	ownerOther                // another user's, or a program's that is gone already
)

// knowsOwners reports whether the system says whose connections are: it is asked
// about one of our own to the listener.
func knowsOwners(ctx context.Context, l net.Listener) bool {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		return false
	}
	defer conn.Close()
	return clientOwner(addrPort(conn.LocalAddr()), addrPort(conn.RemoteAddr())) == ownerSelf
}

// isForeign reports whether a connection is surely another user's.
func isForeign(conn net.Conn) bool {
	return clientOwner(addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr())) == ownerOther
}

func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
