package tunnel

import (
	"net"
	"slices"
	"sync"
)

// maxPending is how many connections may be open without a request, and maxRelayed
// how many are relayed to the API server at a time. They bound what whoever can
// connect to the port makes the tunnel hold.
const (
	maxPending = 64
	maxRelayed = 256
)

// pendingConns are the connections without a request yet. When there are too many
// the one that came first is closed: clients send their request at once, and only
// who wants to use up the places does not.
type pendingConns struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (p *pendingConns) add(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.conns) >= maxPending {
		abort(p.conns[0])
		p.conns = slices.Delete(p.conns, 0, 1)
	}
	p.conns = append(p.conns, c)
}

// remove is for a connection whose request has come, or that has ended.
func (p *pendingConns) remove(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = slices.DeleteFunc(p.conns, func(other net.Conn) bool { return other == c })
}

// abort closes a connection at once, so that the system keeps nothing of it.
func abort(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
