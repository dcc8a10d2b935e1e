package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"golang.org/x/net/http/httpproxy"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Limits of one request. Magnum's slowest answer, an upgrade, takes well under
// a minute; a thousand clusters are some 2 MB.
const (
	dialTimeout   = 10 * time.Second
	headerTimeout = 90 * time.Second
	totalTimeout  = 3 * time.Minute
	maxBody       = 16 << 20
	maxRedirects  = 5
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
		Transport:     &wire{next: transport, c: c, place: p},
		CheckRedirect: sameOrigin,
		Timeout:       totalTimeout,
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
		c.net.transport = &http.Transport{
			Proxy:                 proxyFrom(c.opts.Getenv),
			DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:       conf,
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: headerTimeout,
			IdleConnTimeout:       headerTimeout,
			MaxIdleConnsPerHost:   16, // as many as `login --all` uses at a time
			ForceAttemptHTTP2:     true,
		}
	})
	return c.net.transport, c.net.err
}

// proxyFrom reads HTTPS_PROXY and its kin. A proxy's address may hold a
// password, so an unusable one is not repeated.
func proxyFrom(getenv func(string) string) func(*http.Request) (*url.URL, error) {
	either := func(name string) string { return first(getenv(name), getenv(strings.ToLower(name))) }
	conf := httpproxy.Config{HTTPProxy: either("HTTP_PROXY"), HTTPSProxy: either("HTTPS_PROXY"), NoProxy: either("NO_PROXY")}
	find := conf.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		proxy, err := find(r.URL)
		if err != nil {
			return nil, clierr.Errorf("correct HTTP_PROXY, HTTPS_PROXY or NO_PROXY", "the address of the proxy is not a URL")
		}
		return proxy, nil
	}
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

// RedirectError is an answer that points to another server. It is not followed:
// Go would send the token along.
type RedirectError struct{ From, To string }

func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s redirects to %s, where no token is sent", e.From, e.To)
}

// sameOrigin follows a redirect only to the same scheme, host and port, and only
// when the method stays the same.
func sameOrigin(req *http.Request, via []*http.Request) error {
	from := via[0]
	hint := fmt.Sprintf("use the address that %s means, or look for a proxy or a login page in between", from.URL.Host)
	switch {
	case req.URL.Scheme != from.URL.Scheme || req.URL.Host != from.URL.Host:
		to := req.URL.Scheme + "://" + req.URL.Host
		return clierr.WithHint(&RedirectError{From: from.URL.Scheme + "://" + from.URL.Host, To: to}, hint)
	case req.Method != from.Method:
		return clierr.Errorf(hint, "%s answers a %s with a redirect that drops the request", from.URL.Host, from.Method)
	case len(via) > maxRedirects:
		return clierr.Errorf(hint, "%s redirects in a circle", from.URL.Host)
	}
	return nil
}

// wire logs each request, bounds each body and says what went wrong in terms of
// the place.
type wire struct {
	next  http.RoundTripper
	c     *Cloud
	place place
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := w.next.RoundTrip(req)
	took := time.Since(start).Round(time.Millisecond)
	address := shown(req.URL)
	if err != nil {
		w.c.debug(LevelRequest, "%s %s: %v (%s)", req.Method, address, causeOf(err), took)
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, unreachable(w.place, req.URL, err)
	}
	w.c.debug(LevelRequest, "%s %s: %s (%s)", req.Method, address, resp.Status, took)
	w.headers(resp)
	resp.Body = &bounded{ReadCloser: resp.Body, left: maxBody, host: req.URL.Host}
	return resp, nil
}

// headers logs those headers of a response that never hold a secret.
func (w *wire) headers(resp *http.Response) {
	for _, name := range []string{"Content-Type", "Content-Length", "Date", "Openstack-Api-Version", "X-Openstack-Request-Id"} {
		if v := resp.Header.Get(name); v != "" {
			w.c.debug(LevelHeader, "  %s: %s", name, v)
		}
	}
}

// shown is a URL as it may be logged: no password, and the names of the query
// only.
func shown(u *url.URL) string {
	clean := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	s := clean.String()
	if len(u.RawQuery) > 0 {
		var names []string
		for name := range u.Query() {
			names = append(names, url.QueryEscape(name)+"=…")
		}
		slices.Sort(names)
		s += "?" + strings.Join(names, "&")
	}
	return s
}

// TooLargeError is a body beyond what any OpenStack service sends.
type TooLargeError struct{ Host string }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s sends more than %d MiB, which is no answer of an OpenStack service", e.Host, maxBody>>20)
}

// bounded is a body that ends in an error when it grows too large.
type bounded struct {
	io.ReadCloser
	left int
	host string
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &TooLargeError{Host: b.host}
	}
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return n - 1, &TooLargeError{Host: b.host}
	}
	return n, err
}

// Explain returns the error of a request without the method and address that
// net/http and gophercloud put before it, when what is below explains itself.
func Explain(err error) error {
	var reauth *gophercloud.ErrUnableToReauthenticate
	if errors.As(err, &reauth) {
		return reauth.ErrReauth
	}
	var ue *url.Error
	if errors.As(err, &ue) && clierr.Hint(ue.Err) != "" {
		return ue.Err
	}
	return err
}
