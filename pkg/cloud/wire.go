package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
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

// wire logs each request, bounds each body and says what went wrong in terms of
// the place.
type wire struct {
	next  http.RoundTripper
	c     *Cloud
	place place
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	// http.Client's own timeout would put its words in place of ours.
	limit := totalTimeout
	if asked := w.c.opts.Timeout; asked > 0 {
		limit = asked + time.Second // the transport below ends it, and says whose limit that was
	}
	ctx, cancel := context.WithTimeout(req.Context(), limit)
	resp, err := w.next.RoundTrip(req.WithContext(ctx))
	took := time.Since(start).Round(time.Millisecond)
	address := shown(req.URL)
	if err != nil {
		cancel()
		w.c.debug(LevelRequest, "%s %s: %v (%s)", req.Method, address, causeOf(err), took)
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, unreachable(w.place, req.URL, err)
	}
	w.c.debug(LevelRequest, "%s %s: %s (%s)", req.Method, address, resp.Status, took)
	w.headers(resp)
	body := struct {
		io.Reader
		io.Closer
	}{httpbound.Body(resp.Body, maxBody+1, maxValues), resp.Body}
	resp.Body = &bounded{ReadCloser: body, left: maxBody, host: req.URL.Host, done: cancel}
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
	done context.CancelFunc
}

func (b *bounded) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
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
