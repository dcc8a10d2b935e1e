// Package bastion is a host between this machine and a private network, for tests:
// a real sshd of Debian's in a network namespace of its own. On this side it is
// reached at a port of 127.0.0.1 that the kernel picked; the address of the API
// server exists on the other side only.
//
// The namespace has no name and no link to this machine: the bed passes bytes
// between sockets here and there. It ends with the last process in it, and that
// one with the bed, also when the bed's owner is killed.
package bastion

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// API is where the API server is, for those in the private network. The
// certificates of the bed's API servers are good for the address.
const API = "10.0.0.1:6443"

// User is who logs in to the bastion.
const User = "root"

// sshd is where the real one listens, inside.
const sshd = "127.0.0.1:22"

const sshdConfig = `ListenAddress ` + sshd + `
HostKey /lab/host_key
AuthorizedKeysFile /lab/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
MaxStartups 100
`

// Image is the Debian with sshd and ssh.
func Image() debian.Image {
	return debian.Image{Name: "openssh", Packages: []string{"openssh-server", "openssh-client"}}
}

// Require ends the test when no bastion can run on this machine: skipped with the
// reason, and failed where CI=true says that nothing may be left out.
func Require(t debian.T) {
	t.Helper()
	debian.Require(t, "real sshd", Image().Available())
}

// Host is a running bastion.
type Host struct {
	Dir string // with what its clients need: see Config

	root     debian.Root
	group    *proc.Group
	front    net.Listener // here, in front of sshd
	relaying sync.WaitGroup

	mu     sync.Mutex
	target string // the API server, on this machine
	inside *namespace
	sshd   *proc.Process
	config string // more lines of sshd_config
}

// Start starts a bastion in a folder that is empty. target is the host:port of the
// API server on this machine, which the bastion reaches at API. The caller must
// Close it.
func Start(ctx context.Context, dir, target string) (*Host, error) {
	root, err := Image().Root()
	if err != nil {
		return nil, err
	}
	h := &Host{Dir: dir, root: root, target: target, group: proc.NewGroup(dir)}
	if h.front, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	h.relaying.Go(func() { h.relay(h.front, h.dialSSHD) })
	if err = h.keys(ctx); err == nil {
		err = h.Boot(ctx)
	}
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("starting a bastion: %w", err)
	}
	return h, nil
}

// Addr returns where ssh reaches the bastion, as host:port.
func (h *Host) Addr() string { return h.front.Addr().String() }

// LeadTo lets the API address lead to another server of this machine.
func (h *Host) LeadTo(target string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.target = target
}

// Configure adds lines to sshd_config, which count from the next Boot on.
func (h *Host) Configure(lines string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.config = lines
}

// Boot starts the bastion's sshd in a new network, after Start or Crash.
func (h *Host) Boot(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := os.WriteFile(filepath.Join(h.Dir, "sshd_config"), []byte(sshdConfig+h.config), 0o600); err != nil {
		return err
	}
	cmd := h.root.Command(context.Background(), h.Dir, h.Dir, nil,
		"/bin/sh", "-c", "mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -f /lab/sshd_config")
	proc.Unplug(cmd)
	var err error
	if h.sshd, err = h.group.Start("sshd", cmd); err != nil {
		return err
	}
	if h.inside, err = enter(h.sshd.Pid()); err != nil {
		return err
	}
	api, err := h.inside.listen(API)
	if err != nil {
		return err
	}
	h.relaying.Go(func() { h.relay(api, h.dialAPI) })
	dead := h.sshd.Exited()
	h.relaying.Go(func() {
		<-dead
		api.Close()
	})
	inside := h.inside
	return proc.Ready(ctx, func(context.Context) error {
		conn, err := inside.dial(sshd)
		if err == nil {
			conn.Close()
		}
		return err
	}, h.sshd)
}

// Crash kills sshd and all its sessions.
func (h *Host) Crash() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sshd != nil {
		h.sshd.Stop(0)
	}
}

// Close ends everything.
func (h *Host) Close() {
	h.front.Close()
	h.group.Close()
	h.relaying.Wait()
}

// Logins counts how often somebody has logged in so far.
func (h *Host) Logins() int {
	text, err := os.ReadFile(filepath.Join(h.Dir, "sshd.log"))
	if err != nil {
		return 0
	}
	return strings.Count(string(text), "Accepted publickey")
}

// Log returns what sshd wrote.
func (h *Host) Log() string { return proc.Tail(filepath.Join(h.Dir, "sshd.log")) }
