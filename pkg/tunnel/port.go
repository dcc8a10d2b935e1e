package tunnel

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"net"
	"slices"
)

// Ports for tunnels are below those that the kernel gives to outgoing connections
// (from 32768 on Linux, 49152 elsewhere) and that Kubernetes gives to services
// (from 30000): one that is free now is free next week.
const (
	firstPort = 20000
	lastPort  = 29999
)

// portTries is how many ports are tried before giving up.
const portTries = 200

// FreePort picks a port for a new tunnel: nobody listens on it now, and it is none
// of taken, which other tunnels of the user have.
func FreePort(ctx context.Context, taken []int) (int, error) {
	for range portTries {
		n, err := rand.Int(rand.Reader, big.NewInt(lastPort-firstPort+1))
		if err != nil {
			return 0, fmt.Errorf("picking a port: %w", err)
		}
		port := firstPort + int(n.Int64())
		if slices.Contains(taken, port) {
			continue
		}
		l, err := listen(ctx, port)
		if err != nil {
			continue
		}
		l.Close()
		return port, nil
	}
	return 0, fmt.Errorf("finding a free port from %d to %d for a tunnel: none of %d tried is free", firstPort, lastPort, portTries)
}

// listen listens on a port of 127.0.0.1; 0 is any that is free.
func listen(ctx context.Context, port int) (net.Listener, error) {
	var c net.ListenConfig
	return c.Listen(ctx, "tcp", Spec{Port: port}.addr())
}
