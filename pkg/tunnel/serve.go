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

	owners  bool        // the system says whose connections are
	waiting waitingRoom // who has not said what they want

	mu      sync.Mutex
	used    int // connections that keep it up
	carried int // of them, those to the API server
	timer   *time.Timer
	ended   chan struct{} // closed when it is time to go
	closed  bool
	live    sync.WaitGroup
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
	s.owners = tellsOwners(ctx, l)
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

// accept takes connections until the listener is closed. An error of any other
// kind, such as that there are no descriptors left, passes: what is carried goes
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
		case s.foreign(conn):
			abort(conn)
			continue
		}
		pause = 0
		s.waiting.enter(conn)
		s.live.Go(func() {
			defer conn.Close()
			defer s.waiting.leave(conn)
			s.handle(conn)
		})
	}
}
