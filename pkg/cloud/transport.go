package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// Limits of one request. Magnum's slowest answer, an upgrade, takes well under
// a minute; a thousand clusters are some 2 MB.
const (
	dialTimeout  = 10 * time.Second
	stallTimeout = 90 * time.Second // without progress
	totalTimeout = 3 * time.Minute
	maxBody      = 16 << 20
	maxValues    = 1 << 19 // in JSON: a thousand clusters have some 70,000
	maxHeader    = httpbound.MaxHeader
)

// httpClient makes the client for all requests to one place. Connections are
// shared among the clients of a Cloud.
func (c *Cloud) httpClient(p place) (http.Client, error) {
	transport, err := c.transport()
	if err != nil {
		return http.Client{}, err
	}
	return http.Client{
		Transport:     &roundTripper{next: httpbound.Transport(transport, httpbound.Limits{Total: c.opts.Timeout, Stall: stallTimeout}), c: c, place: p},
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

// roundTripper logs each request, bounds each body and explains what went wrong in
// terms of the place.
type roundTripper struct {
	next  http.RoundTripper
	c     *Cloud
	place place
}

func (t *roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	// http.Client's own timeout would put its words in place of ours.
	limit := totalTimeout
	if asked := t.c.opts.Timeout; asked > 0 {
		limit = asked + time.Second // the transport below ends it, and says whose limit that was
	}
	ctx, cancel := context.WithTimeout(req.Context(), limit)
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	took := time.Since(start).Round(time.Millisecond)
	address := shown(req.URL)
	if err != nil {
		cancel()
		t.c.debug(levelRequest, "%s %s: %v (%s)", req.Method, address, causeOf(err), took)
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, unreachable(t.place, req.URL, err)
	}
	t.c.debug(levelRequest, "%s %s: %s (%s)", req.Method, address, resp.Status, took)
	t.headers(resp)
	body := struct {
		io.Reader
		io.Closer
	}{httpbound.Body(resp.Body, maxBody+1, maxValues), resp.Body}
	resp.Body = &bounded{ReadCloser: body, remaining: maxBody, host: req.URL.Host, done: cancel}
	return resp, nil
}

// headers logs those headers of a response that never hold a secret.
func (t *roundTripper) headers(resp *http.Response) {
	for _, name := range []string{"Content-Type", "Content-Length", "Date", "Openstack-Api-Version", "X-Openstack-Request-Id"} {
		if v := resp.Header.Get(name); v != "" {
			t.c.debug(levelHeader, "  %s: %s", name, v)
		}
	}
}

// bounded is a body that ends in an error when it grows too large.
type bounded struct {
	io.ReadCloser
	remaining int
	host      string
	done      context.CancelFunc
}

func (b *bounded) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.remaining < 0 {
		return 0, &tooLargeError{b.host}
	}
	if len(p) > b.remaining+1 {
		p = p[:b.remaining+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.remaining -= n; b.remaining < 0 {
		return n - 1, &tooLargeError{b.host}
	}
	return n, err
}

// maxRedirects is how many redirects of one request are followed.
const maxRedirects = 5

// sameOrigin follows a redirect only to the same scheme, host and port, as Go would
// send the token along, and only when the method stays the same.
func sameOrigin(req *http.Request, via []*http.Request) error {
	from := via[0]
	hint := fmt.Sprintf("use the address that %s means, or look for a proxy or a login page in between", from.URL.Host)
	switch {
	case req.URL.Scheme != from.URL.Scheme || req.URL.Host != from.URL.Host:
		return clierr.Errorf(hint, "%s://%s redirects to %s://%s, where no token is sent",
			from.URL.Scheme, from.URL.Host, req.URL.Scheme, req.URL.Host)
	case req.Method != from.Method:
		return clierr.Errorf(hint, "%s answers a %s with a redirect that drops the request", from.URL.Host, from.Method)
	case len(via) > maxRedirects:
		return clierr.Errorf(hint, "%s redirects in a circle", from.URL.Host)
	}
	return nil
}

// warnPlain warns once about each host that secrets go to unencrypted. On this
// machine nobody is on the way.
func (c *Cloud) warnPlain(u *url.URL, what string) {
	if u.Scheme != "http" || isLoopback(u.Hostname()) {
		return
	}
	c.net.output.Lock()
	warned := c.net.plain[u.Hostname()]
	if c.net.plain == nil {
		c.net.plain = map[string]bool{}
	}
	c.net.plain[u.Hostname()] = true
	c.net.output.Unlock()
	if !warned {
		c.warn("%s is http: anyone on the way can read %s", u.Host, what)
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// tooLargeError is a body beyond what any OpenStack service sends.
type tooLargeError struct{ host string }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("%s sends more than %d MiB, which is no answer of an OpenStack service", e.host, maxBody>>20)
}
