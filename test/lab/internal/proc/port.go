package proc

import "fmt"

// Port is a TCP port on 127.0.0.1 that the kernel picked and that stays
// reserved: connections are refused until a server with SO_REUSEPORT listens,
// and nobody else can be given the port in between or after the server ended.
type Port struct {
	Number  int
	release func() error
}

// Addr returns the address as host:port.
func (p *Port) Addr() string { return fmt.Sprintf("127.0.0.1:%d", p.Number) }

// Release gives the port back to the kernel.
func (p *Port) Release() { _ = p.release() }
