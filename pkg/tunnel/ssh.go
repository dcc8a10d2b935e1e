package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// How long things may take.
const (
	dialEvery    = 10 * time.Millisecond // a look at whether ssh listens already
	stopGrace    = 2 * time.Second       // for ssh to end when it is asked to
	probeTimeout = 10 * time.Second      // for the API server's first byte through the tunnel
	batchTimeout = 25 * time.Second      // for ssh to log in when nobody can be asked; client-go waits 30 s
)

// ssh is one running ssh program that listens on a socket and carries what comes
// in there to the target.
type ssh struct {
	spec   Spec
	listen string // address for net.Dial
	net    string // "unix" or "tcp"
	cmd    *exec.Cmd
	said   said
	ended  chan struct{} // closed when the program has ended
	err    error         // how it ended; valid after that
}

// startSSH starts the program, with its socket in dir, where no other runs. ask are
// variables for its environment that let it ask the person; nil: nobody can be asked.
func startSSH(spec Spec, dir string, ask []string) (*ssh, error) {
	path, err := exec.LookPath("ssh")
	if err != nil {
		return nil, &Failure{Kind: NoSSH, Bastion: spec.Bastion, Err: err}
	}
	s := &ssh{spec: spec, ended: make(chan struct{})}
	if s.net, s.listen, err = inner(dir); err != nil {
		return nil, err
	}
	s.clean() // of one that was killed
	s.cmd = exec.CommandContext(context.Background(), path, s.arguments(len(ask) == 0)...)
	s.cmd.Dir, s.cmd.Env = dir, append(os.Environ(), ask...)
	s.cmd.Stderr = &s.said
	s.cmd.WaitDelay = stopGrace // a program that ssh started may hold stderr open
	if err := s.run(); err != nil {
		return nil, &Failure{Kind: NoSSH, Bastion: spec.Bastion, Err: err}
	}
	return s, nil
}

// inner picks where ssh listens: a socket in dir, which nobody else can enter, or
// where that is not possible a port that is free now.
func inner(dir string) (network, address string, err error) {
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

// arguments are those of ssh: what they say goes before the user's configuration.
func (s *ssh) arguments(batch bool) []string {
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
func (s *ssh) run() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		tie(s.cmd)
		err := s.cmd.Start()
		started <- err
		if err == nil {
			s.err = s.cmd.Wait()
			s.clean()
			close(s.ended)
		}
	}()
	return <-started
}

// clean removes the socket, which ssh leaves behind.
func (s *ssh) clean() {
	if s.net == "unix" {
		_ = os.Remove(s.listen)
	}
}

// alive reports whether the program still runs.
func (s *ssh) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// ready waits until ssh has logged in, which is when it begins to listen, and
// returns a first connection, with how many lines ssh had said when that began.
func (s *ssh) ready(ctx context.Context) (conn net.Conn, said int, err error) {
	tick := time.NewTicker(dialEvery)
	defer tick.Stop()
	for {
		said = s.said.count()
		if conn, err = s.dial(ctx); err == nil {
			return conn, said, nil
		}
		select {
		case <-s.ended:
			return nil, said, s.failure(s.err)
		case <-ctx.Done():
			return nil, said, s.failure(context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// dial opens a connection that ends at the target.
func (s *ssh) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, s.net, s.listen)
}

// failure explains with ssh's own words why the tunnel does not stand.
func (s *ssh) failure(err error) error {
	lines := s.said.lines()
	if len(lines) == 0 && errors.Is(err, context.DeadlineExceeded) {
		return &Failure{Kind: Silent, Bastion: s.spec.Bastion, Target: s.spec.Target, Err: errors.New("no answer in time")}
	}
	return explain(s.spec, lines, err)
}

// stop ends the program and returns when it has ended.
func (s *ssh) stop() {
	if !s.alive() {
		return
	}
	polite(s.cmd.Process)
	timer := time.NewTimer(stopGrace)
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
}
