package felix

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
)

// relay is a port of the machine behind which a server in a namespace answers.
type relay struct {
	listener net.Listener
	to       string
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

// newRelay picks a port of 127.0.0.1. Connections go to the same port of 127.0.0.1
// in the namespace that dial connects in, so that one URL works on both sides.
func newRelay(dial func(ctx context.Context, network, address string) (net.Conn, error)) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("making the API server's port: %w", err)
	}
	r := &relay{l, l.Addr().String(), dial}
	go r.serve()
	return r, nil
}

func (r *relay) port() int {
	_, port, _ := net.SplitHostPort(r.to)
	n, _ := strconv.Atoi(port)
	return n
}

// Close ends the listening; connections end with the server.
func (r *relay) Close() { _ = r.listener.Close() }

func (r *relay) serve() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		go r.forward(c)
	}
}

func (r *relay) forward(c net.Conn) {
	defer c.Close()
	server, err := r.dial(context.Background(), "tcp", r.to)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(server, c); closeWrite(server) })
	both.Go(func() { _, _ = io.Copy(c, server); closeWrite(c) })
	both.Wait()
}

// closeWrite passes on that one side has said all.
func closeWrite(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
}
