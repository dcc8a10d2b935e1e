package netns

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"

	"syscall"
)

// current is the network namespace of the calling thread.
const current = "/proc/thread-self/ns/net"

// Namespace is a network namespace.
type Namespace struct{ file *os.File }

// New makes a namespace; in it, only the loopback interface, and that is up.
func New() (*Namespace, error) {
	type result struct {
		n   *Namespace
		err error
	}
	made := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this function
		n, err := unshare()
		made <- result{n, err}
	}()
	r := <-made
	if r.err != nil {
		return nil, fmt.Errorf("making a network namespace: %w", r.err)
	}
	if err := r.n.Do(func() error { return up("lo") }); err != nil {
		_ = r.n.Close()
		return nil, err
	}
	return r.n, nil
}

func unshare() (*Namespace, error) {
	if err := syscall.Unshare(cloneNewNet); err != nil {
		return nil, err
	}
	f, err := os.Open(current)
	if err != nil {
		return nil, err
	}
	return &Namespace{f}, nil
}

// Close lets go of the namespace. It lives on while processes or sockets are in it.
func (n *Namespace) Close() error { return n.file.Close() }

// Enter puts the calling thread into the namespace. The caller has locked its
// goroutine to the thread and never unlocks it.
func (n *Namespace) Enter() error { return setns(n.file.Fd()) }

// Do calls f on a thread that is in the namespace: sockets that f makes, and
// processes that it starts, belong there. f starts no goroutines of its own that
// would have to be there, too.
func (n *Namespace) Do(f func() error) error {
	runtime.LockOSThread()
	home, err := os.Open(current)
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("entering a network namespace: %w", err)
	}
	defer home.Close()
	if err := n.Enter(); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("entering a network namespace: %w", err)
	}
	err = f()
	if back := setns(home.Fd()); back != nil {
		return fmt.Errorf("leaving a network namespace: %w", back) // still locked: Go gives the thread up
	}
	runtime.UnlockOSThread()
	return err
}

// DialContext connects, as net.Dialer does, from inside the namespace. The
// address is an IP address with a port.
func (n *Namespace) DialContext(ctx context.Context, network, address string) (c net.Conn, err error) {
	err = n.Do(func() (err error) {
		c, err = (&net.Dialer{FallbackDelay: -1}).DialContext(ctx, network, address)
		return err
	})
	return c, err
}

// Sysctl sets a kernel parameter of the namespace, named by its path below
// /proc/sys.
func (n *Namespace) Sysctl(name, value string) error {
	return n.Do(func() error { return os.WriteFile("/proc/sys/"+name, []byte(value), 0) })
}
