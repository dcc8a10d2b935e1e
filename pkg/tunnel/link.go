package tunnel

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
)

// link is the connection to the target through ssh, made anew when it broke.
type link struct {
	spec Spec
	ctx  context.Context // ends with the tunnel
	dir  string          // for the socket of ssh

	mu      sync.Mutex // held while ssh starts: whoever needs it meanwhile waits
	current *sshProcess
	trouble lastError
}

// lastError is why the target was not reached, until it is.
type lastError struct {
	mu  sync.Mutex
	err error
}

func (t *lastError) set(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
}

func (t *lastError) get() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// up makes sure that ssh runs and reaches the target. ask is as for startSSH.
func (l *link) up(ctx context.Context, ask []string) (*sshProcess, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil && l.current.alive() {
		return l.current, nil
	}
	s, err := l.start(ctx, ask)
	l.trouble.set(err)
	if err == nil {
		l.current = s
	}
	return s, err
}

// start starts ssh and waits until the target answers through it.
func (l *link) start(ctx context.Context, ask []string) (*sshProcess, error) {
	s, err := startSSH(l.spec, l.dir, ask)
	if err != nil {
		return nil, err
	}
	conn, before, err := s.ready(ctx)
	if err == nil {
		err = s.probe(ctx, conn, before)
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// dial opens a connection to the target, over a new ssh where the last one ended.
// Nobody can be asked then. before is how many lines the log of that ssh had.
func (l *link) dial() (s *sshProcess, conn net.Conn, before int, err error) {
	ctx, cancel := context.WithTimeoutCause(l.ctx, batchTimeout, context.DeadlineExceeded)
	defer cancel()
	for first := true; ; first = false {
		if s, err = l.up(ctx, nil); err != nil {
			return nil, nil, 0, err
		}
		before = s.log.count()
		if conn, err = s.dial(ctx); err == nil {
			return s, conn, before, nil
		}
		if !first || ctx.Err() != nil || noDescriptors(err) {
			return nil, nil, 0, s.explainFailure(err)
		}
		s.stop() // it no longer listens: it ends, or ought to
	}
}

// noDescriptors reports whether this process has no descriptors left. ssh is all
// right then, and others are using it.
func noDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// down ends ssh.
func (l *link) down() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil {
		l.current.stop()
	}
}

// alive reports whether ssh is logged in, or logging in, without waiting for it.
func (l *link) alive() (up, starting bool) {
	if !l.mu.TryLock() {
		return false, true
	}
	defer l.mu.Unlock()
	return l.current != nil && l.current.alive(), false
}
