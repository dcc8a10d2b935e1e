package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"syscall"
)

// resend is the pause after which a packet of a protocol that does not repeat
// itself is sent again.
const resend = 500 * time.Millisecond

// Ask puts all questions at once and waits for each answer until ctx ends, which
// makes the rest Silent.
func Ask(ctx context.Context, questions []Question) ([]Result, error) {
	return Send(questions)(ctx)
}

// Send puts all questions at once. It returns what waits for their answers.
func Send(questions []Question) (receive func(context.Context) ([]Result, error)) {
	begun, failures := make([]func(context.Context) (Result, error), len(questions)), make([]error, len(questions))
	for i, q := range questions {
		begun[i], failures[i] = q.begin()
	}
	return func(ctx context.Context) ([]Result, error) {
		results := make([]Result, len(questions))
		var all sync.WaitGroup
		for i := range questions {
			if failures[i] == nil {
				all.Go(func() { results[i], failures[i] = begun[i](ctx) })
			}
		}
		all.Wait()
		for i, err := range failures {
			if err != nil {
				q := questions[i]
				return nil, fmt.Errorf("asking %s from %s over %s: %w", q.To, q.From.name, q.Protocol, err)
			}
		}
		return results, nil
	}
}

// begin sends the question and returns what waits for its answer.
func (q Question) begin() (func(context.Context) (Result, error), error) {
	if q.Protocol != TCP && q.Protocol != UDP {
		return q.beginRaw()
	}
	var f *os.File
	err := q.From.ns.Do(func() (err error) {
		f, err = connect(q)
		return err
	})
	if err == nil && q.Protocol == UDP {
		if _, err = f.Write(who); err != nil {
			_ = f.Close()
		}
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return func(context.Context) (Result, error) { return Result{Outcome: Refused}, nil }, nil
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (Result, error) {
		defer f.Close()
		stop := context.AfterFunc(ctx, func() { _ = f.SetDeadline(time.Unix(1, 0)) })
		defer stop()
		return outcome(converse(ctx, f, q.Protocol))
	}, nil
}

// connect makes a socket in the calling thread's namespace and begins to connect.
func connect(q Question) (*os.File, error) {
	domain, kind := syscall.AF_INET, syscall.SOCK_STREAM
	if q.To.Addr().Is6() {
		domain = syscall.AF_INET6
	}
	if q.Protocol == UDP {
		kind = syscall.SOCK_DGRAM
	}
	fd, err := syscall.Socket(domain, kind|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if q.Protocol == TCP { // end with a reset: nothing lingers that the next question could meet
		err = syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	}
	if err == nil {
		err = syscall.Bind(fd, sockaddr(netip.AddrPortFrom(q.FromAddr, 0)))
	}
	if err == nil {
		err = syscall.Connect(fd, sockaddr(q.To))
	}
	if err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		_ = syscall.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), q.To.String()), nil
}

func sockaddr(a netip.AddrPort) syscall.Sockaddr {
	if a.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// who is a question over UDP.
var who = []byte("who?")

// converse waits for the name of who answers.
func converse(ctx context.Context, f *os.File, p Protocol) (string, error) {
	if p == TCP {
		if err := connected(f); err != nil {
			return "", err
		}
		return name(f)
	}
	for {
		if err := f.SetReadDeadline(time.Now().Add(resend)); err != nil {
			return "", err
		}
		if ctx.Err() != nil {
			return "", os.ErrDeadlineExceeded
		}
		if who, err := name(f); !errors.Is(err, os.ErrDeadlineExceeded) {
			return who, err
		}
		if _, err := f.Write(who); err != nil {
			return "", err
		}
	}
}

// connected waits until a connection is made or refused.
func connected(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = c.Write(func(fd uintptr) bool {
		code, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
		if err == nil && code != 0 {
			err = syscall.Errno(code)
		}
		if failed = err; err != nil {
			return true
		}
		_, err = syscall.Getpeername(int(fd))
		return err == nil
	})
	return errors.Join(err, failed)
}

func name(f *os.File) (string, error) {
	buffer := make([]byte, 256)
	n, err := f.Read(buffer)
	return string(buffer[:n]), err
}

// outcome says what an end of a conversation means.
func outcome(who string, err error) (Result, error) {
	switch {
	case err == nil:
		return Result{Answered, who}, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Result{Outcome: Silent}, nil
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return Result{Outcome: Refused}, nil
	}
	return Result{}, err
}

func (q Question) beginRaw() (func(context.Context) (Result, error), error) {
	q.From.mu.Lock()
	c, err := q.From.raw(q.Protocol, q.FromAddr)
	q.From.mu.Unlock()
	if err != nil {
		return nil, err
	}
	token, arrives := q.From.await(q.Protocol)
	packet, to := languageOf(q.Protocol).ask(token, q.To.Port()), &net.IPAddr{IP: q.To.Addr().AsSlice()}
	if _, err := c.WriteTo(packet, to); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (Result, error) {
		defer q.From.forget(q.Protocol, token)
		again := time.NewTicker(resend)
		defer again.Stop()
		for {
			select {
			case r := <-arrives:
				return r, nil
			case <-ctx.Done():
				return Result{Outcome: Silent}, nil
			case <-again.C:
				if _, err := c.WriteTo(packet, to); err != nil {
					return Result{}, err
				}
			}
		}
	}, nil
}
