package kubeapi

import (
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// Limits of a connection, as client-go has them.
const (
	dialTimeout      = 30 * time.Second
	handshakeTimeout = 10 * time.Second
	idleConnections  = 25
)

// newTransport does what rest.TransportFor does, but for two things that client-go
// has no setting for: headers are bounded, and what limits the time of an answer
// is below what obtains a credential, for which a person may have to type.
func newTransport(config *rest.Config) (http.RoundTripper, error) {
	c, err := config.TransportConfig()
	if err != nil {
		return nil, err
	}
	tlsConfig, err := transport.TLSConfigFor(c)
	if err != nil {
		return nil, err
	}
	dial := (&net.Dialer{Timeout: dialTimeout, KeepAlive: dialTimeout}).DialContext
	if c.DialHolder != nil {
		dial = c.DialHolder.Dial
	}
	proxy := http.ProxyFromEnvironment
	if c.Proxy != nil {
		proxy = c.Proxy
	}
	t := &http.Transport{
		Proxy: proxy, DialContext: dial, TLSClientConfig: tlsConfig, TLSHandshakeTimeout: handshakeTimeout,
		ForceAttemptHTTP2: len(config.NextProtos) == 0, MaxIdleConnsPerHost: idleConnections,
		DisableCompression: c.DisableCompression, MaxResponseHeaderBytes: httpbound.MaxHeader,
	}
	return transport.HTTPWrappersForConfig(c, httpbound.Transport(t, httpbound.Limits{Total: config.Timeout}))
}
