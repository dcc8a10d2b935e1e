package tunnel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultIdle is how long a tunnel stays up after its last use.
const defaultIdle = 10 * time.Minute

// MinIdle is the shortest such time: a client must be able to connect after it has
// made sure that the tunnel is up.
const MinIdle = 2 * time.Second

// loopback is the only address a tunnel listens on.
const loopback = "127.0.0.1"

// Spec is one tunnel.
type Spec struct {
	Bastion Bastion
	Target  string        // host:port of the API server, as the bastion reaches it
	Port    int           // on 127.0.0.1
	Idle    time.Duration // how long it stays up unused; 0: defaultIdle
}

// Lasts returns Idle or its default.
func (s Spec) Lasts() time.Duration {
	if s.Idle == 0 {
		return defaultIdle
	}
	return s.Idle
}

// addr returns where the tunnel listens.
func (s Spec) addr() string { return net.JoinHostPort(loopback, strconv.Itoa(s.Port)) }

// Check returns what is wrong with s.
func (s Spec) Check() error {
	host, port, err := net.SplitHostPort(s.Target)
	switch {
	case s.Bastion.Host == "":
		return errors.New("the tunnel has no bastion")
	case err != nil || host == "" || !validPort(port):
		return fmt.Errorf("%q is not the host:port of an API server", s.Target)
	case s.Port < 1 || s.Port > 65535:
		return fmt.Errorf("%d is not a port", s.Port)
	case s.Idle != 0 && s.Idle < MinIdle:
		return fmt.Errorf("a tunnel must stay up unused for at least %s", MinIdle)
	}
	return nil
}

// ProxyURL returns the proxy-url of a kubeconfig entry that uses the tunnel on
// port.
func ProxyURL(port int) string {
	return "http://" + net.JoinHostPort(loopback, strconv.Itoa(port))
}

// Port returns the port in a proxy-url that ProxyURL made. Any other proxy is not
// ours.
func Port(proxyURL string) (int, bool) {
	text, ours := strings.CutPrefix(proxyURL, "http://"+loopback+":")
	port, err := strconv.Atoi(text)
	return port, ours && err == nil && port > 0 && port < 1<<16 && ProxyURL(port) == proxyURL
}

// Target returns the host:port that a client of the server, an https URL, asks a
// proxy for.
func Target(serverURL string) (string, error) {
	u, err := url.Parse(serverURL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return "", fmt.Errorf("%q is not an https URL", serverURL)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	if !validPort(port) {
		return "", fmt.Errorf("%q has no valid port", serverURL)
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

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
