// Package tunnel leads to an API server that only a bastion can reach: a process
// in the background listens on a port of 127.0.0.1 as an HTTP proxy for that one
// API server, and the user's own ssh carries what comes in.
//
// The port is part of the kubeconfig entry (proxy-url), so it never changes. The
// process is started when somebody needs it, serves every kubectl of its user, and
// ends when nobody has used it for a while. Who wants to use it first makes sure
// that the process on the port is this one: the two share a secret that lies in
// the user's private cache.
//
// TLS goes through untouched: the client verifies the API server itself, under the
// name and with the CA that it has without a tunnel.
package tunnel

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DefaultIdle is how long a tunnel stays up after its last use.
const DefaultIdle = 10 * time.Minute

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
	Idle    time.Duration // how long it stays up unused; 0: DefaultIdle
}

// Lasts returns Idle or its default.
func (s Spec) Lasts() time.Duration {
	if s.Idle == 0 {
		return DefaultIdle
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
func Target(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return "", fmt.Errorf("%q is not an https URL", server)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	if !validPort(port) {
		return "", fmt.Errorf("%q has no valid port", server)
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

func validPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 1<<16
}
