package tunnel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long things may take.
const (
	dialEvery     = 10 * time.Millisecond  // between attempts to connect, until ssh listens
	stopGrace     = 2 * time.Second        // for ssh to end when it is asked to
	probeTimeout  = 10 * time.Second       // for the API server's first byte through the tunnel
	complaintWait = 300 * time.Millisecond // for a message of ssh about a connection that it closed
	batchTimeout  = 25 * time.Second       // for ssh to log in when nobody can be asked; client-go waits 30 s
)

// sshProcess is one running ssh that listens on a socket and carries what comes
// in there to the target.
type sshProcess struct {
	spec   Spec
	listen string // address for net.Dial
	net    string // "unix" or "tcp"
	cmd    *exec.Cmd
	log    sshLog
	ended  chan struct{} // closed when the program has ended
	err    error         // how it ended; valid after that
}

// startSSH starts the program, with its socket in dir, where no other runs. ask are
// variables for its environment that let it ask the person; nil: nobody can be asked.
func startSSH(spec Spec, dir string, ask []string) (*sshProcess, error) {
	path, err := exec.LookPath("ssh")
	if err != nil {
		return nil, &failure{kind: noSSH, bastion: spec.Bastion, err: err}
	}
	s := &sshProcess{spec: spec, ended: make(chan struct{})}
	if s.net, s.listen, err = pickAddress(dir); err != nil {
		return nil, err
	}
	s.removeSocket() // of one that was killed
	s.cmd = exec.CommandContext(context.Background(), path, s.options(len(ask) == 0)...)
	s.cmd.Dir, s.cmd.Env = dir, append(os.Environ(), ask...)
	s.cmd.Stderr = &s.log
	s.cmd.WaitDelay = stopGrace // a program that ssh started may hold stderr open
	if err := s.run(); err != nil {
		return nil, &failure{kind: noSSH, bastion: spec.Bastion, err: err}
	}
	return s, nil
}

// pickAddress picks where ssh listens: a socket in dir, which nobody else can enter, or
// where that is not possible a port that is free now.
func pickAddress(dir string) (network, address string, err error) {
	// A socket's path has at most 103 bytes on some systems, and ssh gives some
	// characters in it a meaning. OpenSSH for Windows forwards ports only.
	path := filepath.Join(dir, "api")
	if runtime.GOOS != "windows" && len(path) < 100 && !strings.ContainsAny(path, `:%$[] "'\`) {
		return "unix", path, nil
	}
	l, err := listen(context.Background(), 0)
	if err != nil {
		return "", "", fmt.Errorf("finding a port for ssh: %w", err)
	}
	defer l.Close()
	return "tcp", l.Addr().String(), nil
}

// options returns the arguments of ssh: they go before the user's configuration.
func (s *sshProcess) options(batch bool) []string {
	yes := map[bool]string{true: "yes", false: "no"}
	args := []string{"-N", "-T", "-x", "-a", "-L", s.listen + ":" + s.spec.Target}
	for _, option := range []string{
		"BatchMode=" + yes[batch],
		"ConnectTimeout=15",
		"ServerAliveInterval=5", "ServerAliveCountMax=3", // a dead connection is noticed after 15 s
		"ControlMaster=no", "ControlPath=none", // its end must be the end of the tunnel
		"ExitOnForwardFailure=no", // a LocalForward of the user's may be in use by another ssh
		"PermitLocalCommand=no", "StreamLocalBindMask=0177", "LogLevel=INFO",
	} {
		args = append(args, "-o", option)
	}
	return append(args, s.spec.Bastion.arguments()...)
}

// run starts the program and keeps the thread that did: Linux ends the program when
// that thread does.
func (s *sshProcess) run() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		killWithParent(s.cmd)
		err := s.cmd.Start()
		started <- err
		if err == nil {
			s.err = s.cmd.Wait()
			s.removeSocket()
			close(s.ended)
		}
	}()
	return <-started
}

// removeSocket removes the socket, which ssh leaves behind.
func (s *sshProcess) removeSocket() {
	if s.net == "unix" {
		_ = os.Remove(s.listen)
	}
}

// alive reports whether the program still runs.
func (s *sshProcess) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// ready waits until ssh has logged in, which is when it begins to listen, and
// returns a first connection, with how many lines its log had when that began.
func (s *sshProcess) ready(ctx context.Context) (conn net.Conn, before int, err error) {
	tick := time.NewTicker(dialEvery)
	defer tick.Stop()
	for {
		before = s.log.count()
		if conn, err = s.dial(ctx); err == nil {
			return conn, before, nil
		}
		select {
		case <-s.ended:
			return nil, before, s.explainFailure(s.err)
		case <-ctx.Done():
			return nil, before, s.explainFailure(context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// dial opens a connection that ends at the target.
func (s *sshProcess) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, s.net, s.listen)
}

// explainFailure explains with ssh's own words why there is no tunnel.
func (s *sshProcess) explainFailure(err error) error {
	lines := s.log.lines()
	if len(lines) == 0 && errors.Is(err, context.DeadlineExceeded) {
		return &failure{kind: noAnswer, bastion: s.spec.Bastion, target: s.spec.Target, err: errors.New("no answer in time")}
	}
	return classifyFailure(s.spec, lines, err)
}

// stop ends the program and returns when it has ended.
func (s *sshProcess) stop() {
	if !s.alive() {
		return
	}
	terminate(s.cmd.Process)
	timer := time.NewTimer(stopGrace)
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
}

// probe finds out whether something answers at the far end of conn, which it
// closes: ssh accepts a connection before the bastion has tried to make its half.
// before is how many lines the log had when the connection began.
func (s *sshProcess) probe(ctx context.Context, conn net.Conn, before int) error {
	defer conn.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, probeTimeout, errors.New("it does not answer in time"))
	defer cancel()
	counted := &countedConn{Conn: conn}
	// The handshake cannot succeed, as nobody is trusted. What matters is whether
	// anything comes back.
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool(), ServerName: "probe.invalid"}
	_ = tls.Client(counted, config).HandshakeContext(ctx)
	if counted.read > 0 {
		return nil
	}
	if ctx.Err() != nil {
		return &failure{kind: noAPI, bastion: s.spec.Bastion, target: s.spec.Target, err: context.Cause(ctx)}
	}
	if err := s.complaint(before); err != nil {
		return err
	}
	return &failure{kind: noAPI, bastion: s.spec.Bastion, target: s.spec.Target, err: errors.New("the connection was closed at once")}
}

// complaint explains why ssh closed a connection on which nothing came back; nil
// when ssh says nothing about it. before is how many lines the log had when the
// connection began.
func (s *sshProcess) complaint(before int) error {
	timer := time.NewTimer(complaintWait)
	defer timer.Stop()
	tick := time.NewTicker(dialEvery)
	defer tick.Stop()
	for s.log.count() == before {
		select {
		case <-timer.C:
			return nil
		case <-tick.C:
		}
	}
	return classifyFailure(s.spec, s.log.since(before), errors.New("the connection was closed"))
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

// maxLogLines is how many lines of ssh's log are remembered.
const maxLogLines = 40

// sshLog collects what ssh writes to stderr.
type sshLog struct {
	mu    sync.Mutex
	last  []string
	part  string // of a line that has not ended
	total int    // lines ever
}

// Write takes a part of the log; it never fails.
func (l *sshLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.part += string(p)
	for {
		line, rest, whole := strings.Cut(l.part, "\n")
		if !whole {
			l.part = l.part[max(0, len(l.part)-4096):] // no line of ssh's is that long
			return len(p), nil
		}
		l.part = rest
		l.add(strings.TrimSpace(line))
	}
}

// add takes a line, unless it says nothing about a failure.
func (l *sshLog) add(line string) {
	if line == "" || strings.Trim(line, "@ ") == "" || strings.HasPrefix(line, "Warning: Permanently added") {
		return
	}
	l.total++
	l.last = append(l.last, strings.Trim(line, "@ "))
	l.last = l.last[max(0, len(l.last)-maxLogLines):]
}

// lines returns the lines so far.
func (l *sshLog) lines() []string { return l.since(0) }

// count returns how many lines there were so far.
func (l *sshLog) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}

// since returns the lines after the first n.
func (l *sshLog) since(n int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.last)
	if l.part != "" {
		all = append(all, strings.TrimSpace(l.part))
	}
	first := l.total - len(l.last) // the number of all[0]
	return all[min(len(all), max(0, n-first)):]
}
