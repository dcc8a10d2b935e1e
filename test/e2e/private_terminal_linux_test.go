package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/bastion"
)

// screen is a terminal: what programs wrote to it, and a keyboard.
type screen struct {
	keyboard *os.File
	program  *os.File

	mu   sync.Mutex
	text strings.Builder
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{keyboard: master, program: slave}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.text.Write(buf[:n])
			s.mu.Unlock()
		}
	}()
	return s
}

func (s *screen) shows(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.text.String(), text)
}

// At a terminal ssh asks what it has to know, although it runs in the background.
func TestSSHAsksAtTheTerminal(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	known := p.file("learnt_known_hosts", nil)
	p.ssh("id_locked", known)
	p.catalyst("login", "hidden", "--bastion", "bastion", "--no-check")
	s := newScreen(t)
	cmd := exec.CommandContext(t.Context(), p.bed.Kubectl(), "get", "ns", "-o", "name")
	cmd.Env, cmd.Dir = p.environ(), p.home
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.program, s.program, s.program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, talk := range [][2]string{{"(yes/no/[fingerprint])?", "yes\n"}, {"Enter passphrase for key", bastion.Passphrase + "\n"}} {
		p.until("ssh asks "+talk[0], func() bool { return s.shows(talk[0]) })
		if _, err := s.keyboard.WriteString(talk[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("kubectl: %v", err)
	}
	p.until("kubectl shows the namespaces", func() bool { return s.shows("namespace/kube-system") })
	if s.shows(bastion.Passphrase) {
		t.Error("the passphrase can be read on the screen")
	}
	if !strings.Contains(p.read(known), "bastion ssh-ed25519") {
		t.Error("ssh did not keep the bastion's key")
	}
	// The terminal is gone; the tunnel is not, and asks nobody any more.
	s.program.Close()
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
	if n := p.host.Logins(); n != 1 {
		t.Errorf("somebody logged in to the bastion %d times, want once", n)
	}
}
