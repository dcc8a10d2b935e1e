package tunnel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"
)

// complaintWait is how long ssh's word about a connection it closed may take to
// arrive.
const complaintWait = 300 * time.Millisecond

// probe finds out whether something answers at the far end of conn, which it
// closes: ssh accepts a connection before the bastion has tried to make its half.
// before is how many lines ssh had said when the connection began.
func (s *ssh) probe(ctx context.Context, conn net.Conn, before int) error {
	defer conn.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, probeTimeout, errors.New("it does not answer in time"))
	defer cancel()
	counted := &countedConn{Conn: conn}
	// A greeting that cannot end in a connection: nobody is trusted. All that counts
	// is whether anything comes back.
	_ = tls.Client(counted, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool(), ServerName: "probe.invalid"}).HandshakeContext(ctx)
	if counted.read > 0 {
		return nil
	}
	if ctx.Err() != nil {
		return &Failure{Kind: NoAPI, Bastion: s.spec.Bastion, Target: s.spec.Target, Err: context.Cause(ctx)}
	}
	if err := s.complaint(before); err != nil {
		return err
	}
	return &Failure{Kind: NoAPI, Bastion: s.spec.Bastion, Target: s.spec.Target, Err: errors.New("the connection was closed at once")}
}

// complaint explains why ssh closed a connection on which nothing came back; nil
// when ssh says nothing about it. before is how many lines it had said when the
// connection began.
func (s *ssh) complaint(before int) error {
	timer := time.NewTimer(complaintWait)
	defer timer.Stop()
	tick := time.NewTicker(dialEvery)
	defer tick.Stop()
	for s.said.count() == before {
		select {
		case <-timer.C:
			return nil
		case <-tick.C:
		}
	}
	return explain(s.spec, s.said.since(before), errors.New("the connection was closed"))
}

// countedConn counts what was read. Only one goroutine reads.
type countedConn struct {
	net.Conn
	read int64
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read += int64(n)
	return n, err
}
