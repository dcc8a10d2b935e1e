//go:build !linux

package bastion

import (
	"errors"
	"fmt"
	"net"
)

// Bastions run on Linux alone; elsewhere the package only has to compile.
type namespace struct{}

func enter(int) (*namespace, error) {
	return nil, fmt.Errorf("entering a network: %w", errors.ErrUnsupported)
}

func (*namespace) listen(string) (net.Listener, error) { return nil, errors.ErrUnsupported }

func (*namespace) dial(string) (net.Conn, error) { return nil, errors.ErrUnsupported }
