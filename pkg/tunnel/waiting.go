package tunnel

import (
	"net"
	"slices"
	"sync"
)

// maxWaiting is how many connections may wait without having said what they want,
// and maxCarried how many are carried to the API server at a time. They bound what
// whoever can connect to the port makes the tunnel hold.
const (
	maxWaiting = 64
	maxCarried = 256
)

// waitingRoom holds the connections that have not said yet what they want. When
// it is full the one that came first is closed: clients say it at once, and only
// who wants to fill the room does not.
type waitingRoom struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (w *waitingRoom) enter(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.conns) >= maxWaiting {
		abort(w.conns[0])
		w.conns = slices.Delete(w.conns, 0, 1)
	}
	w.conns = append(w.conns, c)
}

// leave is for a connection that has said what it wants, or has ended.
func (w *waitingRoom) leave(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns = slices.DeleteFunc(w.conns, func(other net.Conn) bool { return other == c })
}

// abort closes a connection at once, so that the system keeps nothing of it.
func abort(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
