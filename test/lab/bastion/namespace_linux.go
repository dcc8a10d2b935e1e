package bastion

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// namespace is a network that is not this machine's.
type namespace struct{ file *os.File }

// enter returns the network of a process, with its loopback up and the API's
// address on it.
func enter(pid int) (*namespace, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return nil, fmt.Errorf("finding the network of the bastion: %w", err)
	}
	n := &namespace{f}
	host, _, err := net.SplitHostPort(API)
	if err != nil {
		return nil, err
	}
	return n, n.do(func() error { return raise(net.ParseIP(host).To4()) })
}

// do calls f on a thread inside the network. The thread ends with it: nothing else
// may ever run there.
func (n *namespace) do(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("entering the network of the bastion: %w", err)
			return
		}
		done <- f()
	}()
	return <-done
}

// raise switches the loopback on and gives it another address.
func raise(ip net.IP) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	up, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	up.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, up); err != nil {
		return fmt.Errorf("raising lo: %w", err)
	}
	alias, err := unix.NewIfreq("lo:1")
	if err != nil {
		return err
	}
	if err := alias.SetInet4Addr(ip); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFADDR, alias); err != nil {
		return fmt.Errorf("adding %s to lo: %w", ip, err)
	}
	return nil
}

// listen listens at an address inside.
func (n *namespace) listen(addr string) (l net.Listener, err error) {
	err = n.do(func() (err error) {
		l, err = net.Listen("tcp4", addr)
		return err
	})
	return l, err
}

// dial connects to an address inside.
func (n *namespace) dial(addr string) (c net.Conn, err error) {
	err = n.do(func() (err error) {
		c, err = net.DialTimeout("tcp4", addr, 5*time.Second)
		return err
	})
	return c, err
}
