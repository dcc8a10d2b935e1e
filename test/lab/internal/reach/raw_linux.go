package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// waiter is what an answer is recognised by: the protocol and a number that the
// question carried.
type waiter struct {
	Protocol
	token uint16
}

// rawConn is a raw socket of a host.
type rawConn struct {
	net.PacketConn
	raw
	host *Host
}

// raw returns the socket for a protocol at an address, opened if need be. Beside
// it there is always one for ICMP, which tells of destinations that refuse. The
// caller holds the lock.
func (h *Host) raw(p Protocol, at netip.Addr) (*rawConn, error) {
	if icmp := icmpFor(at); p != icmp {
		if _, err := h.raw(icmp, at); err != nil {
			return nil, err
		}
	}
	key := raw{p, at}
	if c, ok := h.raws[key]; ok || h.closed {
		return c, nil
	}
	network := "ip4"
	if at.Is6() {
		network = "ip6"
	}
	c := &rawConn{raw: key, host: h}
	if err := h.ns.Do(func() (err error) {
		c.PacketConn, err = (&net.ListenConfig{}).ListenPacket(context.Background(), fmt.Sprintf("%s:%d", network, p), at.String())
		return err
	}); err != nil {
		return nil, fmt.Errorf("opening a raw socket for %s: %w", h.name, err)
	}
	if err := c.sum(); err != nil {
		return nil, fmt.Errorf("opening a raw socket for %s: %w", h.name, err)
	}
	h.raws[key] = c
	go c.serve()
	return c, nil
}

// sum has the kernel make the checksums of packets whose protocol it does not know:
// over IPv6 they cover the addresses.
func (c *rawConn) sum() error {
	conn, ok := c.PacketConn.(syscall.Conn)
	if _, unknown := languageOf(c.Protocol).(plain); !ok || !unknown || c.at.Is4() {
		return nil
	}
	control, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	err = control.Control(func(fd uintptr) {
		refused = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_CHECKSUM, plainSum)
	})
	return errors.Join(err, refused)
}

func icmpFor(a netip.Addr) Protocol {
	if a.Is6() {
		return ICMPv6
	}
	return ICMP
}

func (c *rawConn) serve() {
	buffer := make([]byte, 2048)
	for {
		n, from, err := c.ReadFrom(buffer)
		if err != nil {
			if c.host.isClosed() {
				return
			}
			continue
		}
		c.receive(buffer[:n], from)
	}
}

// receive answers a question or hands an answer to who waits for it.
func (c *rawConn) receive(p []byte, from net.Addr) {
	speak := languageOf(c.Protocol)
	if c.Protocol == icmpFor(c.at) {
		if about, token, ok := refusal(p, c.at.Is6()); ok {
			c.host.deliver(waiter{about, token}, Result{Outcome: Refused})
			return
		}
	}
	heard := speak.read(p)
	switch heard.kind {
	case question:
		if !c.host.open(c.Protocol, netip.AddrPortFrom(c.at, heard.port)) {
			_, _ = c.WriteTo(speak.refuse(p), from)
			return
		}
		_, _ = c.WriteTo(speak.answer(p, c.host.name), from)
	case answer:
		c.host.deliver(waiter{c.Protocol, heard.token}, Result{Answered, heard.name})
	case abort:
		c.host.deliver(waiter{c.Protocol, heard.token}, Result{Outcome: Refused})
	}
}

// open reports whether the host answers there. Only SCTP has ports here.
func (h *Host) open(p Protocol, at netip.AddrPort) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.services[service{p, at}]
	return ok || p != SCTP
}

func (h *Host) deliver(w waiter, r Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c, ok := h.waiting[w]; ok {
		delete(h.waiting, w)
		c <- r // has room for the one answer
	}
}

// await registers a question and returns its number and where the answer comes.
func (h *Host) await(p Protocol) (uint16, <-chan Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan Result, 1)
	for {
		h.token++
		w := waiter{p, 1<<15 | h.token}
		if _, taken := h.waiting[w]; !taken {
			h.waiting[w] = c
			return w.token, c
		}
	}
}

func (h *Host) forget(p Protocol, token uint16) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.waiting, waiter{p, token})
}
