// Package kubeapi talks JSON to one Kubernetes API server, reached as a
// kubeconfig says. It knows no kinds: callers bring slim structs with the fields
// they need, which keeps the typed clients, and tens of megabytes, out of the
// program.
package kubeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"k8s.io/client-go/rest"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// JSON is the media type of plain objects.
const JSON = "application/json"

// tries is how often a request is sent to a server that says it is busy.
const tries = 6

// Client asks one API server. It follows no redirect: the credential would go
// along.
type Client struct {
	transport http.RoundTripper
	base      *url.URL
}

// New prepares a client; nothing is sent yet. config.Timeout is for each request
// with its answer, as for kubectl; without it an answer has to make progress.
func New(config *rest.Config) (*Client, error) {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the server's address %q: %w", config.Host, err)
	}
	t, err := newTransport(config)
	if err != nil {
		return nil, fmt.Errorf("preparing to talk to %q: %w", config.Host, err)
	}
	return &Client{transport: t, base: base}, nil
}

// Server returns the URL of the API server.
func (c *Client) Server() string { return c.base.String() }

// Request is one question. Path is below the server's URL, such as
// /api/v1/namespaces.
type Request struct {
	Method string // "" is GET
	Path   string
	Query  url.Values
	Accept string // "" is JSON
	Body   any    // sent as JSON; nil for none
}

// Do sends a request and returns an answer of the 200s, whose body the caller
// closes. Any other answer is a *Status, and a redirect an error that names where
// it leads. A server that is busy is asked again when it says.
func (c *Client) Do(ctx context.Context, r Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = json.Marshal(r.Body); err != nil {
			return nil, fmt.Errorf("encoding what to send to %s: %w", r.Path, err)
		}
	}
	for try := 1; ; try++ {
		resp, err := c.send(ctx, r, body)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 && resp.StatusCode < 300 {
			return resp, nil
		}
		if err := httpbound.Redirect(resp); err != nil {
			resp.Body.Close()
			return nil, c.unreachable(ctx, err)
		}
		failed := readStatus(resp)
		busy := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable
		if !busy || try == tries {
			return nil, failed
		}
		if err := wait(ctx, resp.Header.Get("Retry-After")); err != nil {
			return nil, err
		}
	}
}

func (c *Client) send(ctx context.Context, r Request, body []byte) (*http.Response, error) {
	u := c.base.JoinPath(r.Path)
	u.RawQuery = r.Query.Encode()
	method, accept := r.Method, r.Accept
	if method == "" {
		method = http.MethodGet
	}
	if accept == "" {
		accept = JSON
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	if body != nil {
		req.Header.Set("Content-Type", JSON)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return resp, nil
}

// Bounds of one object. A node with all of its images has 30 kB, the discovery of
// a cluster with a thousand kinds 2 MB.
const (
	maxObject = 24 << 20
	maxValues = 1 << 19
)

// Object sends a request and decodes the answer into out, which may be nil. It
// returns the server's clock, which ages of objects have to be measured by;
// the zero time when the server did not say.
func (c *Client) Object(ctx context.Context, r Request, out any) (time.Time, error) {
	resp, err := c.Do(ctx, r)
	if err != nil {
		return time.Time{}, err
	}
	defer resp.Body.Close()
	if out == nil {
		out = &struct{}{}
	}
	if err := json.NewDecoder(httpbound.Body(resp.Body, maxObject, maxValues)).Decode(out); err != nil && !errors.Is(err, io.EOF) {
		return time.Time{}, c.explain(ctx, fmt.Errorf("reading the answer to %s: %w", r.Path, err))
	}
	date, _ := http.ParseTime(resp.Header.Get("Date")) // the zero time says that there is none
	return date, nil
}

// wait does what Retry-After asks for, at most half a minute.
func wait(ctx context.Context, after string) error {
	seconds, err := strconv.Atoi(after)
	if err != nil || seconds < 1 {
		seconds = 1
	}
	t := time.NewTimer(time.Duration(min(seconds, 30)) * time.Second)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Client) unreachable(ctx context.Context, err error) error {
	err = c.explain(ctx, fmt.Errorf("asking the API server at %s: %w", c.base.Host, err))
	if ctx.Err() != nil {
		return err
	}
	return clierr.WithHint(err, "'kubectl cluster-info' shows whether it answers; --context names another cluster, -f reads files instead")
}

// explain adds the next step that an error knows, and returns why ctx ended where
// that is what went wrong.
func (c *Client) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var known interface{ Hint() string }
	if errors.As(err, &known) {
		return clierr.WithHint(err, known.Hint())
	}
	return err
}
