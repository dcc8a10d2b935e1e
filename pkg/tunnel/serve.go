package tunnel

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// requestTimeout is how long a client has to say what it wants.
const requestTimeout = 10 * time.Second

// server is the process in the background: a proxy for one destination.
type server struct {
	spec     Spec
	key      []byte
	listener net.Listener
	link     *link
	asker    *asker // while the person who started it is there; else nil

	mu     sync.Mutex
	used   int // connections that keep it up
	timer  *time.Timer
	ended  chan struct{} // closed when it is time to go
	closed bool
	live   sync.WaitGroup
}

// Serve is the tunnel itself. It says through out, as JSON, when it is ready or why
// it is not, and what ssh wants to know of a person, whose answers come from in. It
// returns when nobody has used it for spec.Idle, when somebody ends it, or with ctx.
// Nobody is asked with batch.
func Serve(ctx context.Context, spec Spec, cache *store.Store, batch bool, in io.Reader, out io.Writer) error {
	starter := &asker{out: json.NewEncoder(out), in: json.NewDecoder(in)}
	err := serve(ctx, spec, cache, batch, starter)
	if err != nil {
		starter.tell(message{Error: err.Error(), Hint: hintOf(err), Taken: errors.Is(err, errTaken)})
	}
	return err
}

// errTaken says that somebody else listens on the port.
var errTaken = errors.New("another program uses the port")

func serve(ctx context.Context, spec Spec, cache *store.Store, batch bool, starter *asker) error {
	if err := spec.Check(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := listen(ctx, spec.Port)
	if err != nil {
		return fmt.Errorf("%w: %w", errTaken, err)
	}
	s := &server{spec: spec, key: make([]byte, keySize), listener: l, ended: make(chan struct{}), asker: starter}
	s.link = &link{spec: spec, ctx: ctx}
	_, _ = rand.Read(s.key) // never fails, says crypto/rand
	st := &state{Key: s.key, Pid: os.Getpid()}
	if err := st.save(cache, spec.Port); err != nil {
		l.Close()
		return err
	}
	defer func() { _ = st.forget(cache, spec.Port) }()
	s.timer = time.AfterFunc(spec.Lasts(), s.tired)
	s.live.Go(s.accept)
	defer s.shut(cancel)
	if err := s.begin(ctx, batch, starter); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-s.ended:
	}
	return nil
}

// begin logs ssh in, while the starter is there to be asked.
func (s *server) begin(ctx context.Context, batch bool, starter *asker) error {
	if !s.enter() {
		return errors.New("the tunnel was ended")
	}
	defer s.leave()
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
	go starter.listen(func() { stop(errors.New("who started it is gone")) })
	_, err := s.link.up(ctx, ask)
	if err == nil {
		starter.tell(message{Ready: true})
	}
	return err
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			s.end() // closed, or no longer of use
			return
		}
		s.live.Go(func() {
			defer conn.Close()
			s.handle(conn)
		})
	}
}

// handle serves one connection: of a client of the API server, or of a process of
// our own.
func (s *server) handle(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(requestTimeout))
	r := bufio.NewReader(conn)
	req, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	if req.Method == http.MethodConnect {
		s.connect(conn, r, req)
		return
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxTalk))
	if err != nil || !proven(s.key, "client", req.URL.Path, req.Header.Get(nonceHeader), body, req.Header.Get(proofHeader)) {
		_ = respond(conn, http.StatusForbidden, "this is no web server", nil, nil)
		return
	}
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
