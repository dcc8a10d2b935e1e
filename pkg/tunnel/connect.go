package tunnel

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// lastWords is how long a client may go on after the API server has hung up.
const lastWords = 5 * time.Second

// connect carries a connection of a client to the API server, and nowhere else:
// the port is open to everybody on this machine.
func (s *server) connect(conn net.Conn, r *bufio.Reader, req *http.Request) {
	if !strings.EqualFold(req.Host, s.spec.Target) {
		_ = respond(conn, http.StatusForbidden, "this tunnel leads to "+s.spec.Target+" only", nil, nil)
		return
	}
	if !s.carries(1) {
		_ = respond(conn, http.StatusServiceUnavailable, "the tunnel carries as many connections as it can", nil, nil)
		return
	}
	defer s.carries(-1)
	if !s.enter() {
		return
	}
	defer s.leave()
	s.waiting.leave(conn)
	_ = conn.SetDeadline(time.Time{})
	via, far, before, err := s.link.dial()
	if err != nil {
		// kubectl shows the reason of a proxy that refuses.
		_ = respond(conn, http.StatusBadGateway, clierr.Clean(err.Error()), nil, nil)
		return
	}
	defer far.Close()
	// No header: RFC 9110, 9.3.6 has none in the answer to CONNECT.
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	switch got := s.carry(conn, r, far); {
	case got > 0:
		s.link.trouble.set(nil)
	case via.alive():
		if err := via.complaint(before); err != nil {
			s.link.trouble.set(err)
		}
	}
}

// carries counts a connection that is carried; it is false when there are too many.
func (s *server) carries(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.carried+n > maxCarried {
		return false
	}
	s.carried += n
	return true
}

// carry copies both ways until both are done, and returns how many bytes came
// back.
func (s *server) carry(near net.Conn, fromNear io.Reader, far net.Conn) (back int64) {
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-s.ended:
			near.Close()
			far.Close()
		case <-stop:
		}
	}()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(far, fromNear) // an error is the end of this direction
		closeWrite(far)
	})
	both.Go(func() {
		back, _ = io.Copy(near, far)
		closeWrite(near)
		// Nothing more comes back, so there is no use in what a client still says.
		_ = near.SetReadDeadline(time.Now().Add(lastWords))
	})
	both.Wait()
	return back
}

// closeWrite tells the other side that nothing more comes.
func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
