package tunnel

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"time"
)

// requestTimeout is how long a client has to say what it wants.
const requestTimeout = 10 * time.Second

// maxHead bounds what a client says before that is clear.
const maxHead = 16 << 10

// handle serves one connection: of a client of the API server, or of a process of
// our own.
func (s *server) handle(conn net.Conn) {
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
	limited.N = maxTalk
	body, err := io.ReadAll(io.LimitReader(req.Body, maxTalk))
	if err != nil || !proven(s.key, "client", req.URL.Path, req.Header.Get(nonceHeader), body, req.Header.Get(proofHeader)) {
		_ = respond(conn, http.StatusForbidden, "this is no web server", nil, nil)
		return
	}
	s.waiting.leave(conn)
	s.converse(conn, req, body)
}

// converse answers a process that knows the key.
func (s *server) converse(conn net.Conn, req *http.Request, body []byte) {
	switch req.URL.Path {
	case helloPath:
		s.touch()
		text, _ := json.Marshal(s.status()) // strings and numbers always encode
		_ = answer(conn, s.key, req, http.StatusOK, text)
	case holdPath:
		if !s.enter() {
			return
		}
		defer s.leave()
		if answer(conn, s.key, req, http.StatusOK, nil) == nil {
			s.hold(conn)
		}
	case endPath:
		s.end()
		s.link.down()
		_ = answer(conn, s.key, req, http.StatusOK, nil)
	case askPath:
		_ = conn.SetDeadline(time.Time{})
		text, err := s.asker.ask(body)
		if err != nil {
			_ = answer(conn, s.key, req, http.StatusGone, []byte(err.Error()))
			return
		}
		_ = answer(conn, s.key, req, http.StatusOK, []byte(text))
	}
}

// hold waits until the other side hangs up or the tunnel ends.
func (s *server) hold(conn net.Conn) {
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
