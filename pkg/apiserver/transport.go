package apiserver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
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

// Endpoint is how an API server is reached, with the fields of a kubeconfig's
// cluster entry.
type Endpoint struct {
	Server        string // https URL
	CA            []byte // PEM; never empty, the system's roots are not consulted
	TLSServerName string // name to verify instead of the server's host
	ProxyURL      string // http, https or socks5; "" for the environment's proxy
	// Timeout is how long each request may take, as for kubectl; 0: as long as its
	// answer makes progress.
	Timeout time.Duration
}

// Auth is what a client shows the API server: a bearer token, or a
// certificate with its key in PEM.
type Auth struct {
	Token           string
	CertPEM, KeyPEM []byte
}

// transport returns how requests are sent, and the URL that they go below. Each
// request has a connection of its own: these clients ask few questions.
func (e Endpoint) transport(auth Auth) (http.RoundTripper, *url.URL, error) {
	bad := func(err error) (http.RoundTripper, *url.URL, error) {
		return nil, &url.URL{}, &Error{Kind: BadConfig, Server: e.Server, Err: err}
	}
	u, err := url.Parse(e.Server)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return bad(errors.New("the server is not an https URL"))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(e.CA) {
		return bad(errors.New("there is no CA certificate to verify the API server with"))
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: e.TLSServerName}
	if len(auth.CertPEM) > 0 {
		pair, err := tls.X509KeyPair(auth.CertPEM, auth.KeyPEM)
		if err != nil {
			return bad(fmt.Errorf("reading the client certificate: %w", err))
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	proxy := http.ProxyFromEnvironment
	if e.ProxyURL != "" {
		p, err := url.Parse(e.ProxyURL)
		if err != nil {
			return bad(errors.New("the proxy URL cannot be read")) // it may hold a password
		}
		proxy = http.ProxyURL(p)
	}
	t := &http.Transport{
		Proxy: proxy, TLSClientConfig: conf, ForceAttemptHTTP2: true, DisableKeepAlives: true,
		TLSHandshakeTimeout: handshakeTimeout, MaxResponseHeaderBytes: maxVersion,
	}
	bounded := httpbound.Transport(t, httpbound.Limits{Total: e.Timeout})
	if auth.Token == "" {
		return bounded, u, nil
	}
	return transport.NewBearerAuthRoundTripper(auth.Token, bounded), u, nil
}

// configTransport does what rest.TransportFor does, but for two things that
// client-go has no setting for: headers are bounded, and what limits the time of an
// answer is below what obtains a credential, for which a person may have to type.
func configTransport(config *rest.Config) (http.RoundTripper, error) {
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
