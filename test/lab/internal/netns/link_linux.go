package netns

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
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
	if err == nil {
		err = errors.Join(n.running(name), other.running(there))
	}
	if err != nil {
		return fmt.Errorf("making the interface %q: %w", name, err)
	}
	return nil
}

// The kernel finishes some things after it has said that they are done; how often
// and how long it is asked again.
const (
	lookAgain = 2 * time.Millisecond
	lookUntil = 30 * time.Second
)

// running waits until an interface that is up works; routes over IPv6 that are made
// before may be lost.
func (n *Namespace) running(name string) error {
	return n.waitForKernel("the interface "+name, func() (bool, error) {
		i, err := net.InterfaceByName(name)
		return err == nil && i.Flags&net.FlagRunning != 0, err
	})
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

// Address gives an interface an address, without asking around whether it is free,
// and returns when it can be reached.
func (n *Namespace) Address(name string, p netip.Prefix) error {
	err := n.at(name, func(index uint32) error {
		m := make([]byte, syscall.SizeofIfAddrmsg)
		m[0], m[1], m[2] = family(p.Addr()), byte(p.Bits()), noDAD
		native.PutUint32(m[4:], index)
		a := p.Addr().AsSlice()
		return create(syscall.RTM_NEWADDR, join(m, attr(syscall.IFA_LOCAL, a), attr(syscall.IFA_ADDRESS, a)))
	})
	if err != nil || p.Addr().Is4() {
		return err
	}
	return n.waitForKernel(fmt.Sprintf("the address %s", p.Addr()), func() (bool, error) { return own(p.Addr()), nil })
}

// own reports whether the calling thread's namespace knows an address for its own,
// which over IPv6 it does some time after it has it: then it speaks to itself from
// there.
func own(a netip.Addr) bool {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 9)))
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	from, _ := c.LocalAddr().(*net.UDPAddr)
	return from != nil && from.AddrPort().Addr() == a
}

// waitForKernel waits until something is done that the kernel does in its own time.
func (n *Namespace) waitForKernel(what string, done func() (bool, error)) error {
	for until := time.Now().Add(lookUntil); time.Now().Before(until); time.Sleep(lookAgain) {
		ok := false
		if err := n.Do(func() (err error) { ok, err = done(); return err }); ok || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s does not become usable", what)
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
