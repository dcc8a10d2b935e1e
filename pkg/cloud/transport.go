package cloud

import (
	"net"
	"net/http"
	"net/url"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// place is what a client talks to, for error messages.
type place struct {
	service string // "" is the identity service
	region  string
	url     string
	others  []string // regions that offer the service too
}

// httpClient makes the client for all requests to one place. Connections are
// shared among the clients of a Cloud.
func (c *Cloud) httpClient(p place) (http.Client, error) {
	transport, err := c.transport()
	if err != nil {
		return http.Client{}, err
	}
	return http.Client{
		Transport:     &wire{next: httpbound.Transport(transport, httpbound.Limits{Total: c.opts.Timeout, Stall: stallTimeout}), c: c, place: p},
		CheckRedirect: sameOrigin,
	}, nil
}

// transport is made on first use: a command served from the cache reads no
// certificate and has nothing to warn about.
func (c *Cloud) transport() (*http.Transport, error) {
	c.net.once.Do(func() {
		conf, err := c.tls.config()
		if err != nil {
			c.net.err = err
			return
		}
		if c.tls.insecure {
			c.warn("the certificate of %s is not verified (insecure): anyone on the way can read the password and the token", hostOf(c.id.AuthURL))
		}
		if u, err := url.Parse(c.id.AuthURL); err == nil {
			c.warnPlain(u, "the password and the token")
		}
		c.net.transport = &http.Transport{
			Proxy:                  c.proxy,
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:        conf,
			TLSHandshakeTimeout:    dialTimeout,
			IdleConnTimeout:        stallTimeout,
			MaxIdleConnsPerHost:    16, // as many as `login --all` uses at a time
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: maxHeader,
		}
	})
	return c.net.transport, c.net.err
}

// proxy finds the proxy for a request. Its address may hold a password, so an
// unusable one is not repeated.
func (c *Cloud) proxy(r *http.Request) (*url.URL, error) {
	proxy, err := c.opts.Proxy(r)
	if err != nil {
		return nil, clierr.Errorf("correct HTTP_PROXY, HTTPS_PROXY or NO_PROXY", "the address of the proxy is not a URL")
	}
	return proxy, nil
}

// provider makes a gophercloud client around an HTTP client.
func (c *Cloud) provider(hc http.Client) *gophercloud.ProviderClient {
	p := &gophercloud.ProviderClient{IdentityBase: gophercloud.NormalizeURL(c.id.AuthURL), HTTPClient: hc}
	p.UseTokenLock()
	if c.opts.UserAgent != "" {
		p.UserAgent.Prepend(c.opts.UserAgent)
	}
	return p
}
