package tunnel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

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
	st, err := newState(cache, spec.Port)
	if err != nil {
		l.Close()
		return err
	}
	s := &server{spec: spec, key: st.Key, listener: l, ended: make(chan struct{}), asker: starter}
	s.link = &link{spec: spec, ctx: ctx, dir: st.Dir}
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
