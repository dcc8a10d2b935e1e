package bastion

import (
	"errors"
	"io"
	"net"
	"time"
)

func (h *Host) dialSSHD() (net.Conn, error) {
	h.mu.Lock()
	inside, process := h.inside, h.sshd
	h.mu.Unlock()
	if process == nil || inside == nil {
		return nil, errors.New("sshd does not run")
	}
	select {
	case <-process.Exited():
		return nil, errors.New("sshd does not run")
	default:
		return inside.dial(sshd)
	}
}

func (h *Host) dialAPI() (net.Conn, error) {
	h.mu.Lock()
	target := h.target
	h.mu.Unlock()
	return net.DialTimeout("tcp", target, 5*time.Second)
}

// relay passes on what comes in until the listener is closed. Where nobody answers
// at the other end, the caller is hung up on.
func (h *Host) relay(l net.Listener, dial func() (net.Conn, error)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		h.relaying.Go(func() {
			defer conn.Close()
			far, err := dial()
			if err != nil {
				return
			}
			defer far.Close()
			join(conn, far)
		})
	}
}

// join copies both ways until one side hangs up.
func join(a, b net.Conn) {
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			done <- struct{}{}
		}()
	}
	<-done
	a.Close()
	b.Close()
	<-done
}
