// Package live reads what decides who can reach whom from a cluster: pages of
// JSON, a few lists at a time, straight into the loader. What a role may not list
// for the whole cluster is read namespace by namespace, and what it may not read
// at all is named.
package live

import (
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
)

// pageSize is how many objects a page of a list has, as for kubectl. Lists ask
// for the most recent state, which API servers since 1.31 answer from their
// watch cache; older ones answer pages from etcd.
const pageSize = 500

// maxStatus bounds what is read of an error's body.
const maxStatus = 64 << 10

// client asks one API server.
type client struct {
	http *http.Client
	base *url.URL
}

func newClient(config *rest.Config) (*client, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1 // a handful of lists, bounded by how many run at a time
	h, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("preparing to talk to %q: %w", config.Host, err)
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the server's address %q: %w", config.Host, err)
	}
	return &client{http: h, base: base}, nil
}

// statusError is an answer other than 200.
type statusError struct {
	Code    int    `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func (e *statusError) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return fmt.Sprintf("the API server answered HTTP %d", e.Code)
}

func isStatus(err error, codes ...int) bool {
	var s *statusError
	if !errors.As(err, &s) {
		return false
	}
	for _, c := range codes {
		if s.Code == c {
			return true
		}
	}
	return false
}

// get asks for a path. A server that is busy is asked again when it says.
func (c *client) get(ctx context.Context, path, accept string, query url.Values) (io.ReadCloser, error) {
	u := c.base.JoinPath(path)
	u.RawQuery = query.Encode()
	for try := 0; ; try++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", accept)
		resp, err := c.http.Do(req)
		if err != nil {
			return nil, c.unreachable(ctx, err)
		}
		if resp.StatusCode == http.StatusOK {
			return resp.Body, nil
		}
		failed := readStatus(resp)
		busy := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable
		if !busy || try == 5 {
			return nil, failed
		}
		if err := wait(ctx, resp.Header.Get("Retry-After")); err != nil {
			return nil, err
		}
	}
}

func readStatus(resp *http.Response) error {
	defer resp.Body.Close()
	s := &statusError{}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
	if err != nil || json.Unmarshal(data, s) != nil {
		s = &statusError{}
	}
	s.Code = resp.StatusCode
	return s
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

func (c *client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return clierr.WithHint(fmt.Errorf("asking the API server at %s: %w", c.base.Host, err),
		"'kubectl cluster-info' shows whether it answers; --context names another cluster, -f reads files instead")
}

// object decodes a small answer into v.
func (c *client) object(ctx context.Context, path, accept string, v any) error {
	body, err := c.get(ctx, path, accept, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(v); err != nil {
		return fmt.Errorf("reading the answer to %s: %w", path, err)
	}
	return nil
}
