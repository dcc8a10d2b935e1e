package e2e

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// What is in the way of ssh is told in its own words, with what to do; the login
// counts all the same, and kubectl says so too.
func TestBastionTroubleIsExplained(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	nobody := p.file("empty_known_hosts", nil)
	other := p.file("other_known_hosts", []byte("bastion "+p.read(filepath.Join(p.host.Dir, "id.pub"))))
	for _, c := range []struct {
		name    string
		prepare func()
		bastion string
		says    []string
	}{
		{"stranger", func() { p.ssh("id_stranger", "") }, "bastion", []string{"Permission denied (publickey)", "ssh-add"}},
		{"unknown host", func() { p.ssh("id", nobody) }, "bastion", []string{"Host key verification failed", "'ssh -- bastion'"}},
		{"other host", func() { p.ssh("id", other) }, "bastion", []string{"REMOTE HOST IDENTIFICATION HAS CHANGED", "another one"}},
		{"no name", func() { p.ssh("id", "") }, "me@bastion.invalid", []string{"Could not resolve hostname bastion.invalid", "~/.ssh/config"}},
		{"closed port", nil, "127.0.0.1:1", []string{"Connection refused", "security group", "'ssh -p 1 -- 127.0.0.1'"}},
		{"bad config", func() { p.file(".ssh/config", []byte("Bogus yes\n")) }, "bastion", []string{"Bad configuration option: bogus"}},
		{"no API", func() { p.ssh("id", ""); p.host.LeadTo("127.0.0.1:1") }, "bastion", []string{"does not reach 10.0.0.1:6443", "in the network of the cluster"}},
		{"no forwarding", func() { p.reboot("AllowTcpForwarding no") }, "bastion", []string{"does not reach 10.0.0.1:6443", "administratively prohibited", "AllowTcpForwarding"}},
		{"no ssh", func() { p.set("PATH", "/nonexistent") }, "bastion", []string{"cannot be made", "install the OpenSSH client"}},
	} {
		if c.prepare != nil {
			c.prepare()
		}
		r := p.catalyst("login", "hidden", "--bastion", c.bastion)
		for _, s := range append(c.says, `warning: logged in to "hidden", but the tunnel through `, "hint: ") {
			if !strings.Contains(r.stderr, s) {
				t.Errorf("%s: login does not say %q:\n%s", c.name, s, r.stderr)
			}
		}
		if !strings.Contains(r.stdout, "<unreachable>") {
			t.Errorf("%s: login says\n%s", c.name, r.stdout)
		}
		if left := p.processes(); len(left) > 0 {
			t.Errorf("%s: there still runs %q", c.name, left)
		}
		if c.name == "no ssh" {
			continue // there is no PATH for the exec entry either
		}
		if k := p.run(p.bed.Kubectl(), "get", "ns"); k.code == 0 || !strings.Contains(k.stderr, c.says[0]) {
			t.Errorf("%s: kubectl does not say %q:\n%s", c.name, c.says[0], k.stderr)
		}
	}
}

// reboot lets sshd start again with more configuration.
func (p *private) reboot(lines string) {
	p.t.Helper()
	p.host.LeadTo(address(p.t, hidden.server))
	p.host.Crash()
	p.host.Configure(lines + "\n")
	if err := p.host.Boot(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// stranger is another program that listens where a tunnel was.
type stranger struct {
	net.Listener
	mu    sync.Mutex
	heard strings.Builder
}

// squat takes the port once it is free.
func (p *private) squat(port string) *stranger {
	p.t.Helper()
	s := &stranger{}
	p.until("the port is free", func() bool {
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		s.Listener = l
		return err == nil
	})
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buf := make([]byte, 64<<10)
				n, _ := conn.Read(buf) // what comes first is enough
				s.mu.Lock()
				s.heard.Write(buf[:n])
				s.mu.Unlock()
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}()
		}
	}()
	return s
}

// Another program on the tunnel's port is never taken for the tunnel.
func TestStrangerOnThePort(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	p.catalyst("login", "hidden", "--bastion", "bastion", "--bastion-idle", "2s")
	port := p.port()
	for _, how := range []func(){
		func() { p.until("an unused tunnel ends", func() bool { return len(p.processes()) == 0 }) },
		func() {
			p.kubectl("get", "ns")
			p.kill("serve-tunnel") // it leaves word of itself in the cache
		},
	} {
		how()
		s := p.squat(port)
		r := p.run(p.bed.Kubectl(), "get", "ns")
		if r.code == 0 || !strings.Contains(r.stderr, "port "+port+" of this machine") || !strings.Contains(r.stderr, "in use by another program") || !strings.Contains(r.stderr, "hint: ") {
			t.Errorf("with a stranger on the port kubectl says %d %s%s", r.code, r.stdout, r.stderr)
		}
		s.Close()
		s.mu.Lock()
		heard := s.heard.String()
		s.mu.Unlock()
		if strings.Contains(heard, "CONNECT") || strings.Contains(heard, tokenPrefix) {
			t.Errorf("the stranger heard %q", heard)
		}
	}
	s := p.squat(port)
	defer s.Close()
	p.catalyst("login", "hidden")
	if now := p.port(); now == port {
		t.Errorf("a new login stays on port %s, which a stranger has", now)
	}
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
}
