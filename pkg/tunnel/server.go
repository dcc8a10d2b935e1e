package tunnel

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// server is the process in the background: a proxy for one destination.
type server struct {
	spec     Spec
	key      []byte
	listener net.Listener
	link     *link
	starter  *starter

	ownersKnown bool // the system says whose connections are
	pending     pendingConns

	mu      sync.Mutex
	used    int // connections that keep it up
	relayed int // of them, those to the API server
	timer   *time.Timer
	ended   chan struct{} // closed when the tunnel ends
	closed  bool
	live    sync.WaitGroup
}

// Serve is the tunnel itself. It writes to out, as JSON, when it is ready or why it
// is not, and what ssh asks a person, whose answers come from in. It returns when
// nobody has used it for spec.Idle, when somebody ends it, or with ctx. With batch
// nobody is asked.
func Serve(ctx context.Context, spec Spec, cache *store.Store, batch bool, in io.Reader, out io.Writer) error {
	st := &starter{out: json.NewEncoder(out), in: json.NewDecoder(in)}
	err := serve(ctx, spec, cache, batch, st)
	if err != nil {
		st.send(message{Error: err.Error(), Hint: hintOf(err), Taken: errors.Is(err, errTaken)})
	}
	return err
}

// errTaken is returned when somebody else listens on the port.
var errTaken = errors.New("another program uses the port")

func serve(ctx context.Context, spec Spec, cache *store.Store, batch bool, by *starter) error {
	if err := spec.Check(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := listen(ctx, spec.Port)
	if err != nil {
		return fmt.Errorf("%w: %w", errTaken, err)
	}
	st, err := newState(cache, spec.Port)
	if err != nil {
		l.Close()
		return err
	}
	s := &server{spec: spec, key: st.Key, listener: l, ended: make(chan struct{}), starter: by}
	s.link = &link{spec: spec, ctx: ctx, dir: st.Dir}
	defer func() { _ = st.forget(cache, spec.Port) }()
	s.timer = time.AfterFunc(spec.Lasts(), s.onIdle)
	s.ownersKnown = knowsOwners(ctx, l)
	s.live.Go(s.accept)
	defer s.shutdown(cancel)
	if err := s.logIn(ctx, batch); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-s.ended:
	}
	return nil
}

// logIn logs ssh in, while the starter is there to be asked.
func (s *server) logIn(ctx context.Context, batch bool) error {
	if !s.beginUse() {
		return errors.New("the tunnel was ended")
	}
	defer s.endUse()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var ask []string
	if batch {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, batchTimeout, context.DeadlineExceeded)
		defer cancel()
	} else {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding this program for ssh to ask through: %w", err)
		}
		ask = askVariables(self, s.spec.Port, s.key)
	}
	go s.starter.readAnswers(func() { stop(errors.New("who started it is gone")) })
	_, err := s.link.up(ctx, ask)
	if err == nil {
		s.starter.send(message{Ready: true})
	}
	return err
}

// accept takes connections until the listener is closed. An error of any other
// kind, such as that there are no descriptors left, passes: what is relayed goes
// on meanwhile.
func (s *server) accept() {
	pause := time.Duration(0)
	for {
		conn, err := s.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
			case <-s.ended:
				return
			}
			continue
		case s.ownersKnown && isForeign(conn):
			abort(conn)
			continue
		}
		pause = 0
		s.pending.add(conn)
		s.live.Go(func() {
			defer conn.Close()
			defer s.pending.remove(conn)
			s.serveConn(conn)
		})
	}
}

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

// requestTimeout is how long a client has to send its request.
const requestTimeout = 10 * time.Second

// maxHead bounds the head of a request.
const maxHead = 16 << 10

// serveConn serves one connection: of a client of the API server, or of a process
// of our own.
func (s *server) serveConn(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(requestTimeout))
	limited := &io.LimitedReader{R: conn, N: maxHead}
	r := bufio.NewReader(limited)
	req, err := http.ReadRequest(r)
	if err != nil {
		if limited.N == 0 {
			_ = respond(conn, http.StatusRequestHeaderFieldsTooLarge, "the request is too long", nil, nil)
		}
		return
	}
	if req.Method == http.MethodConnect {
		limited.N = math.MaxInt64
		s.connect(conn, r, req)
		return
	}
	limited.N = maxBody
	body, err := io.ReadAll(io.LimitReader(req.Body, maxBody))
	if err != nil || !isProven(s.key, "client", req.URL.Path, req.Header.Get(nonceHeader), body, req.Header.Get(proofHeader)) {
		_ = respond(conn, http.StatusForbidden, "this is no web server", nil, nil)
		return
	}
	s.pending.remove(conn)
	s.control(conn, req, body)
}

// control answers a process that knows the key.
func (s *server) control(conn net.Conn, req *http.Request, body []byte) {
	switch req.URL.Path {
	case helloPath:
		s.restartIdle()
		text, _ := json.Marshal(s.status()) // strings and numbers always encode
		_ = answer(conn, s.key, req, http.StatusOK, text)
	case holdPath:
		if !s.beginUse() {
			return
		}
		defer s.endUse()
		if answer(conn, s.key, req, http.StatusOK, nil) == nil {
			s.holdOpen(conn)
		}
	case endPath:
		s.end()
		s.link.down()
		_ = answer(conn, s.key, req, http.StatusOK, nil)
	case askPath:
		_ = conn.SetDeadline(time.Time{})
		text, err := s.starter.ask(body)
		if err != nil {
			_ = answer(conn, s.key, req, http.StatusGone, []byte(err.Error()))
			return
		}
		_ = answer(conn, s.key, req, http.StatusOK, []byte(text))
	}
}

// holdOpen waits until the other side hangs up or the tunnel ends.
func (s *server) holdOpen(conn net.Conn) {
	_ = conn.SetDeadline(time.Time{})
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, conn)
		close(gone)
	}()
	select {
	case <-gone:
	case <-s.ended:
	}
}

func (s *server) status() status {
	st := status{Bastion: s.spec.Bastion.String(), Target: s.spec.Target, Idle: s.spec.Lasts()}
	st.Up, st.Starting = s.link.alive()
	if err := s.link.trouble.get(); err != nil {
		st.Trouble, st.Hint = err.Error(), hintOf(err)
	}
	return st
}

// drainTimeout is how long a client may go on sending after the API server has hung
// up.
const drainTimeout = 5 * time.Second

// connect relays a connection of a client to the API server, and nowhere else:
// the port is open to everybody on this machine.
func (s *server) connect(conn net.Conn, r *bufio.Reader, req *http.Request) {
	if !strings.EqualFold(req.Host, s.spec.Target) {
		_ = respond(conn, http.StatusForbidden, "this tunnel leads to "+s.spec.Target+" only", nil, nil)
		return
	}
	if !s.addRelayed(1) {
		_ = respond(conn, http.StatusServiceUnavailable, "the tunnel carries as many connections as it can", nil, nil)
		return
	}
	defer s.addRelayed(-1)
	if !s.beginUse() {
		return
	}
	defer s.endUse()
	s.pending.remove(conn)
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
	switch got := s.relay(conn, r, far); {
	case got > 0:
		s.link.trouble.set(nil)
	case via.alive():
		if err := via.complaint(before); err != nil {
			s.link.trouble.set(err)
		}
	}
}

// addRelayed counts a connection that is relayed; it is false when there are too
// many.
func (s *server) addRelayed(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.relayed+n > maxRelayed {
		return false
	}
	s.relayed += n
	return true
}

// relay copies both ways until both are done, and returns how many bytes came
// back.
func (s *server) relay(near net.Conn, fromNear io.Reader, far net.Conn) (back int64) {
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
		// Nothing more comes back, so what a client still sends is of no use.
		_ = near.SetReadDeadline(time.Now().Add(drainTimeout))
	})
	both.Wait()
	return back
}

// closeWrite shows the other side that nothing more comes.
func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// beginUse notes a connection that keeps the tunnel up. It is false when the tunnel
// is ending.
func (s *server) beginUse() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.used++
	s.timer.Stop()
	return true
}

// endUse notes that such a connection has ended.
func (s *server) endUse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used--; s.used == 0 && !s.closed {
		s.timer.Reset(s.spec.Lasts())
	}
}

// restartIdle starts the idle time anew.
func (s *server) restartIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used == 0 && !s.closed {
		s.timer.Reset(s.spec.Lasts())
	}
}

// onIdle ends the tunnel unless somebody came at the last moment.
func (s *server) onIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used == 0 {
		s.close()
	}
}

// end ends the tunnel: from now on nobody listens on the port.
func (s *server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close()
}

// close does so while s.mu is held.
func (s *server) close() {
	if s.closed {
		return
	}
	s.closed = true
	s.timer.Stop()
	_ = s.listener.Close()
	close(s.ended)
}

// shutdown ends all that the tunnel started and waits for it.
func (s *server) shutdown(cancel context.CancelFunc) {
	s.end()
	cancel()
	s.link.down()
	s.live.Wait()
}
