package reach

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/netns"
)

// Host is somebody in a network namespace who answers questions with a name.
type Host struct {
	name string
	ns   *netns.Namespace

	mu       sync.Mutex
	closed   bool
	services map[service]io.Closer
	raws     map[raw]*rawConn
	waiting  map[waiter]chan Result
	token    uint16
}

// service is a port that a host answers at; raw is a protocol without ports, at
// one address.
type (
	service struct {
		Protocol
		at netip.AddrPort
	}
	raw struct {
		Protocol
		at netip.Addr
	}
)

// NewHost returns a host. It answers once it was told where.
func NewHost(ns *netns.Namespace, name string) *Host {
	return &Host{name: name, ns: ns, services: map[service]io.Closer{}, raws: map[raw]*rawConn{}, waiting: map[waiter]chan Result{}}
}

// Close ends all answering. Questions that are still open stay without an answer.
func (h *Host) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, s := range h.services {
		_ = s.Close()
	}
	for _, r := range h.raws {
		_ = r.Close()
	}
}

// Answer makes the host answer at one of its addresses from now on. ICMP and
// protocols without ports need no port. It may be asked for more than once.
func (h *Host) Answer(p Protocol, at netip.AddrPort) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p != TCP && p != UDP {
		if p == SCTP {
			h.services[service{p, at}] = open{}
		}
		_, err := h.raw(p, at.Addr())
		return err
	}
	key := service{p, at}
	if _, ok := h.services[key]; ok || h.closed {
		return nil
	}
	s, err := h.listen(p, at)
	if err != nil {
		return fmt.Errorf("answering for %s: %w", h.name, err)
	}
	h.services[key] = s
	return nil
}

// open stands for a port that needs no socket of its own.
type open struct{}

func (open) Close() error { return nil }

func (h *Host) listen(p Protocol, at netip.AddrPort) (io.Closer, error) {
	if p == TCP {
		var l net.Listener
		err := h.ns.Do(func() (err error) {
			l, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", at.String())
			return err
		})
		if err == nil {
			go h.serveTCP(l)
		}
		return l, err
	}
	var c net.PacketConn
	err := h.ns.Do(func() (err error) {
		c, err = (&net.ListenConfig{}).ListenPacket(context.Background(), "udp", at.String())
		return err
	})
	if err == nil {
		go h.serveUDP(c)
	}
	return c, err
}

func (h *Host) serveTCP(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		_, _ = io.WriteString(c, h.name)
		_ = c.Close()
	}
}

func (h *Host) serveUDP(c net.PacketConn) {
	buffer := make([]byte, 64)
	for {
		_, from, err := c.ReadFrom(buffer)
		if err != nil {
			if h.isClosed() {
				return
			}
			continue // an earlier answer was refused
		}
		_, _ = c.WriteTo([]byte(h.name), from)
	}
}

func (h *Host) isClosed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}

// Question asks whether a host reaches an address.
type Question struct {
	From     *Host
	FromAddr netip.Addr // one of the asking host's
	Protocol Protocol
	To       netip.AddrPort // the port is 0 for protocols without
}
