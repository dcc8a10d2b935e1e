package netns

import (
	"fmt"
	"net"
	"net/netip"

	"syscall"
)

// Pair makes two connected interfaces that are up: one called name in this
// namespace, and one called there in the namespace other. mac is the first one's
// address.
func (n *Namespace) Pair(name string, mac net.HardwareAddr, other *Namespace, there string) error {
	info := make([]byte, syscall.SizeofIfInfomsg)
	peer := join(info, text(syscall.IFLA_IFNAME, there), word(netnsFile, uint32(other.file.Fd())))
	link := attr(syscall.IFLA_LINKINFO|nested, join(text(infoKind, "veth"),
		attr(infoData|nested, attr(vethPeer|nested, peer))))
	err := n.Do(func() error {
		if err := create(syscall.RTM_NEWLINK, join(info, text(syscall.IFLA_IFNAME, name), attr(syscall.IFLA_ADDRESS, mac), link)); err != nil {
			return err
		}
		return up(name)
	})
	if err == nil {
		err = other.Do(func() error { return up(there) })
	}
	if err != nil {
		return fmt.Errorf("making the interface %q: %w", name, err)
	}
	return nil
}

// up brings an interface of the calling thread's namespace up.
func up(name string) error {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	info := make([]byte, syscall.SizeofIfInfomsg)
	native.PutUint32(info[4:], uint32(i.Index))
	native.PutUint32(info[8:], syscall.IFF_UP)  // flags
	native.PutUint32(info[12:], syscall.IFF_UP) // which of them change
	return route(syscall.RTM_NEWLINK, 0, info)
}

// Unlink removes an interface, and with it the one it is connected to.
func (n *Namespace) Unlink(name string) error {
	return n.Do(func() error {
		info := make([]byte, syscall.SizeofIfInfomsg)
		return route(syscall.RTM_DELLINK, 0, join(info, text(syscall.IFLA_IFNAME, name)))
	})
}

// Address gives an interface an address, at once and without asking around
// whether it is free.
func (n *Namespace) Address(name string, p netip.Prefix) error {
	return n.at(name, func(index uint32) error {
		m := make([]byte, syscall.SizeofIfAddrmsg)
		m[0], m[1], m[2] = family(p.Addr()), byte(p.Bits()), noDAD
		native.PutUint32(m[4:], index)
		a := p.Addr().AsSlice()
		return create(syscall.RTM_NEWADDR, join(m, attr(syscall.IFA_LOCAL, a), attr(syscall.IFA_ADDRESS, a)))
	})
}

// Route is where packets to a prefix go.
type Route struct {
	To  netip.Prefix
	Dev string
	Via netip.Addr // none: To is on the link of Dev
}

// Route adds a route.
func (n *Namespace) Route(r Route) error {
	return n.at(r.Dev, func(index uint32) error {
		m := make([]byte, syscall.SizeofRtMsg)
		m[0], m[1] = family(r.To.Addr()), byte(r.To.Bits())
		m[4], m[5], m[6], m[7] = syscall.RT_TABLE_MAIN, syscall.RTPROT_BOOT, syscall.RT_SCOPE_UNIVERSE, syscall.RTN_UNICAST
		if !r.Via.IsValid() {
			m[6] = syscall.RT_SCOPE_LINK
		}
		m = join(m, attr(syscall.RTA_DST, r.To.Addr().AsSlice()), word(syscall.RTA_OIF, index))
		if r.Via.IsValid() {
			m = join(m, attr(syscall.RTA_GATEWAY, r.Via.AsSlice()))
		}
		return create(syscall.RTM_NEWROUTE, m)
	})
}

// Neighbour says once and for all which link address an address has.
func (n *Namespace) Neighbour(dev string, ip netip.Addr, mac net.HardwareAddr) error {
	return n.at(dev, func(index uint32) error {
		m := make([]byte, ndMessage)
		m[0] = family(ip)
		native.PutUint32(m[4:], index)
		native.PutUint16(m[8:], permanent)
		return create(syscall.RTM_NEWNEIGH, join(m, attr(ndDst, ip.AsSlice()), attr(ndLLAddr, mac)))
	})
}

// at calls f inside the namespace with the index of an interface.
func (n *Namespace) at(dev string, f func(index uint32) error) error {
	err := n.Do(func() error {
		i, err := net.InterfaceByName(dev)
		if err != nil {
			return err
		}
		return f(uint32(i.Index))
	})
	if err != nil {
		return fmt.Errorf("setting up the interface %q: %w", dev, err)
	}
	return nil
}

func family(a netip.Addr) byte {
	if a.Is4() {
		return syscall.AF_INET
	}
	return syscall.AF_INET6
}
