package proc

import (
	"fmt"
	"syscall"
)

// Reserve returns a free port.
func Reserve() (*Port, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("reserving a port: %w", err)
	}
	port, err := bind(fd)
	if err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("reserving a port: %w", err)
	}
	return &Port{Number: port, release: func() error { return syscall.Close(fd) }}, nil
}

// soReusePort is SO_REUSEPORT of Linux' asm-generic/socket.h; the syscall package
// names it on some architectures only.
const soReusePort = 15

// bind takes the port but does not listen, so the kernel hands this socket no
// connections.
func bind(fd int) (int, error) {
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soReusePort, 1); err != nil {
		return 0, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, err
	}
	return name.(*syscall.SockaddrInet4).Port, nil
}
