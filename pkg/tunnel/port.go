package tunnel

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
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
func FreePort(taken []int) (int, error) {
	for range portTries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if slices.Contains(taken, port) {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
		if err != nil {
			continue
		}
		l.Close()
		return port, nil
	}
	return 0, fmt.Errorf("finding a free port from %d to %d for a tunnel: none of %d tried is free", firstPort, lastPort, portTries)
}
