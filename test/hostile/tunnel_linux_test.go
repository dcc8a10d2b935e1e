package hostile

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// maxTunnelMemory bounds the process behind a tunnel, in kB.
const maxTunnelMemory = 64 << 10

// useSSH puts the stand-in for ssh, which is this program under another name,
// before all others in the victim's PATH.
func (v *victim) useSSH() {
	v.t.Helper()
	self, err := os.Executable()
	must(v.t, err)
	dir := v.t.TempDir()
	must(v.t, os.Symlink(self, filepath.Join(dir, "ssh")))
	bin, err := programs()
	must(v.t, err)
	v.vars["PATH"] = strings.Join([]string{bin, dir, "/usr/bin", "/bin"}, ":")
}

// servedTunnel is a process behind a tunnel that leads to an API server.
type servedTunnel struct {
	t    *testing.T
	pid  int
	addr string
	api  *stranger
}

// serveTunnel starts one that may have so many descriptors.
func serveTunnel(t *testing.T, descriptors int) *servedTunnel {
	t.Helper()
	v := newVictim(t, startCloud(t, sandbox.Options{}), "alice")
	v.useSSH()
	api := startTLSStranger(t, nil)
	port, err := tunnel.FreePort(t.Context(), nil)
	must(t, err)
	bin, err := programs()
	must(t, err)
	cmd := v.command(context.WithoutCancel(t.Context()), "/bin/sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$@"`, descriptors), "sh",
		filepath.Join(bin, "kubectl-catalyst"), "serve-tunnel", "--bastion=bastion", "--target="+strings.TrimPrefix(api.URL, "https://"),
		"--port="+strconv.Itoa(port), "--batch")
	out, err := cmd.StdoutPipe()
	must(t, err)
	in, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = in.Close()
		_ = cmd.Wait()
	})
	var m struct {
		Ready bool
		Error string
	}
	if err := json.NewDecoder(out).Decode(&m); err != nil || !m.Ready {
		t.Fatalf("the tunnel did not come up: %v, %s", err, m.Error)
	}
	return &servedTunnel{t: t, pid: cmd.Process.Pid, addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), api: api}
}

// dial opens a connection to the tunnel's port that goes with the test.
func (s *servedTunnel) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	must(s.t, err)
	s.t.Cleanup(func() { conn.Close() })
	must(s.t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

// connect asks on a connection for the API server and returns the first line of
// the answer.
func (s *servedTunnel) connect(conn net.Conn) (string, error) {
	target := strings.TrimPrefix(s.api.URL, "https://")
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 1<<10)).ReadString('\n')
	return strings.TrimSpace(line), err
}

// stream is a connection of the owner's to the API server; ask uses it.
func (s *servedTunnel) stream() (ask func() error) {
	s.t.Helper()
	proxy, err := url.Parse("http://" + s.addr)
	must(s.t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.api.CA)
	var dialed int
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dialed++; dialed > 1 {
				return nil, fmt.Errorf("the stream was cut")
			}
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		}}
	s.t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, Timeout: patience}
	return func() error {
		resp, err := client.Get(s.api.URL + "/version")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
}

// wantSmall checks the most memory that the process ever held.
func (s *servedTunnel) wantSmall() {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	must(s.t, err)
	for line := range strings.Lines(string(text)) {
		if size, found := strings.CutPrefix(line, "VmHWM:"); found {
			kB, err := strconv.Atoi(strings.Fields(size)[0])
			must(s.t, err)
			if kB > maxTunnelMemory {
				s.t.Errorf("the tunnel took %d MiB", kB>>10)
			}
		}
	}
}

// TestTunnelBoundsRequests holds it against requests without an end, of programs
// that may use it.
func TestTunnelBoundsRequests(t *testing.T) {
	t.Parallel()
	s := serveTunnel(t, 1024)
	ask := s.stream()
	must(t, ask())
	for _, begin := range []string{"GET /", "GET / HTTP/1.1\r\nX: ", "POST /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3B9ACA00\r\n"} {
		conns := make([]net.Conn, 20)
		for i := range conns {
			conns[i] = s.dial()
			_, err := io.WriteString(conns[i], begin)
			must(t, err)
		}
		chunk := []byte(strings.Repeat("x", 1<<20))
		for _, conn := range conns {
			sent := 0
			for range 64 {
				n, err := conn.Write(chunk)
				if sent += n; err != nil {
					break
				}
			}
			if sent > 48<<20 {
				t.Errorf("%.10q…: the tunnel took %d MiB of a request", begin, sent>>20)
			}
			conn.Close()
		}
	}
	must(t, ask())
	s.wantSmall()
}

// TestTunnelSurvivesManyConnections fills it until no descriptor is left. The
// owner's stream goes on, and afterwards the tunnel is there as before.
func TestTunnelSurvivesManyConnections(t *testing.T) {
	t.Parallel()
	s := serveTunnel(t, 48)
	ask := s.stream()
	must(t, ask())
	var conns []net.Conn
	for range 200 {
		conns = append(conns, s.dial())
	}
	for range 3 {
		must(t, ask())
	}
	for _, c := range conns {
		c.Close()
	}
	must(t, s.stream()())
	must(t, ask())
	s.wantSmall()
}

// TestTunnelKeepsAtMost64Waiting fills it with connections that say nothing: the
// first go when more come, and who says what they want is served.
func TestTunnelKeepsAtMost64Waiting(t *testing.T) {
	t.Parallel()
	s := serveTunnel(t, 4096)
	first := s.dial()
	for range 500 {
		s.dial()
	}
	if n, err := first.Read(make([]byte, 1)); err == nil || n > 0 {
		t.Errorf("the first of 500 was answered: %d, %v", n, err)
	}
	if err := s.stream()(); err != nil {
		t.Errorf("beside 500 that wait: %v", err)
	}
	s.wantSmall()
}

// TestTunnelDropsOtherUsers connects as another user of the machine.
func TestTunnelDropsOtherUsers(t *testing.T) {
	t.Parallel()
	requireUsers(t)
	s := serveTunnel(t, 1024)
	ask := s.stream()
	must(t, ask())
	for range 200 {
		conn, err := dialAs(t, attackerUID, s.addr)
		if err != nil {
			continue // dropped already
		}
		if line, err := s.connect(conn); err == nil {
			t.Fatalf("another user is answered: %q", line)
		}
		conn.Close()
	}
	if line, err := s.connect(s.dial()); err != nil || !strings.Contains(line, " 200 ") {
		t.Errorf("the owner is not served: %q, %v", line, err)
	}
	must(t, ask())
	s.wantSmall()
}

// dialAs opens a connection that belongs to a user, which is decided by the user
// of the thread that makes the socket.
func dialAs(t *testing.T, uid int, addr string) (net.Conn, error) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	setfsuid := func(uid int) {
		if _, _, e := syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0); e != 0 {
			t.Fatal(e)
		}
	}
	at, err := net.ResolveTCPAddr("tcp", addr)
	must(t, err)
	setfsuid(uid)
	conn, err := net.DialTCP("tcp", nil, at)
	setfsuid(os.Geteuid())
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(patience))
}

// TestSilentStrangerOnTheTunnelsPort has a tunnel replaced by a program that takes
// connections and says nothing.
func TestSilentStrangerOnTheTunnelsPort(t *testing.T) {
	t.Parallel()
	alice := newVictim(t, startCloud(t, sandbox.Options{}), "alice")
	alice.useSSH()
	alice.mustCatalyst("login", "prod", "--bastion=ubuntu@bastion")
	files, err := filepath.Glob(filepath.Join(alice.home, ".cache", "*", "tunnel-*"))
	must(t, err)
	var state struct{ Pid int }
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			_ = json.Unmarshal(text, &state)
		}
	}
	if state.Pid == 0 {
		t.Fatalf("no tunnel has left word of itself: %v", files)
	}
	must(t, syscall.Kill(state.Pid, syscall.SIGKILL))
	kubeconfig, err := os.ReadFile(alice.kubeconfig)
	must(t, err)
	_, after, _ := strings.Cut(string(kubeconfig), "proxy-url: http://127.0.0.1:")
	port, _, _ := strings.Cut(after, "\n")
	var l net.Listener
	for deadline := time.Now().Add(patience); ; {
		if l, err = net.Listen("tcp", "127.0.0.1:"+strings.Trim(port, `"`)); err == nil || time.Now().After(deadline) {
			break
		}
	}
	must(t, err)
	t.Cleanup(func() { l.Close() })
	for _, r := range []result{alice.catalyst("tunnel", "prod"), alice.run(requireKubectl(t), "get", "namespaces")} {
		if r.code != 1 {
			t.Errorf("want exit code 1: %s", r)
		}
		for _, s := range []string{"port " + port, "ubuntu@bastion", "does not answer", "log in to the cluster again"} {
			if !strings.Contains(r.stderr, s) {
				t.Errorf("stderr lacks %q: %s", s, r)
			}
		}
	}
}
