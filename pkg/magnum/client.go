// Package magnum talks to OpenStack Magnum, the service that runs Kubernetes
// clusters: it reads clusters, templates and node groups, fetches a cluster's
// certificate authority and has certificates signed. Whatever Magnum answers
// when it refuses becomes an error that says what to do next.
package magnum

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/gophercloud/gophercloud/v2"
)

// newest is the highest microversion this package was written against. Without
// the header Magnum assumes 1.1, where node groups, resize and upgrade are
// refused with 406.
const newest = "1.10"

// Client is one project's view of Magnum in one region. It is safe for
// concurrent use: a cluster, its CA and a signature can be asked for together.
type Client struct {
	svc   gophercloud.ServiceClient
	place Place

	mu      sync.Mutex
	version string    // the microversion asked for; lowered once if the cloud is older
	known   []Cluster // what the project has, for explaining an error
}

// Place says in words where a client looks, for error messages. Empty fields
// are left out.
type Place struct{ Project, Region string }

// New returns a client that sends its requests through sc, whose endpoint is
// that of the service container-infra and ends with a slash.
func New(sc *gophercloud.ServiceClient) *Client {
	c := &Client{svc: *sc, version: newest}
	c.svc.Microversion = "" // the header is set per request, where a fallback can change it
	return c
}

// In returns c after telling it the names of its project and region, which
// error messages then mention.
func (c *Client) In(p Place) *Client {
	c.place = p
	return c
}

// call sends one request and decodes the answer into out. A GET that a broken
// connection or a gateway lost is sent once more; nothing else is ever
// repeated, except that a cloud with an older Magnum is asked again in its own
// microversion, because a 406 means that nothing was done.
func (c *Client) call(ctx context.Context, method, path string, body, out any) error {
	version := c.microversion()
	a, err := c.send(ctx, method, path, version, body)
	if method == http.MethodGet && worthRepeating(a, err) && rest(ctx) {
		a, err = c.send(ctx, method, path, version, body)
	}
	for tries := 0; tries < maxHalfDeletedTries && err == nil && method == http.MethodGet && a.countsNoMasters() && rest(ctx); tries++ {
		a, err = c.send(ctx, method, path, version, body)
	}
	if err == nil && a.status == http.StatusNotAcceptable {
		if lower := c.lowerVersion(version, a.maxVersion()); lower != version {
			a, err = c.send(ctx, method, path, lower, body)
		}
	}
	if err != nil {
		return c.unreachable(err)
	}
	if a.status >= 300 {
		return c.refusal(a)
	}
	return c.decode(a, out)
}

// send does one round trip. Every status but 401 comes back as an answer, so
// that this package alone decides how much of a body is read; a 401 goes
// through gophercloud first when the session knows how to renew its token.
func (c *Client) send(ctx context.Context, method, path, version string, body any) (answer, error) {
	opts := &gophercloud.RequestOpts{
		JSONBody:         body,
		KeepResponseBody: true,
		OkCodes:          statuses(c.svc.ReauthFunc == nil),
		MoreHeaders:      map[string]string{"OpenStack-API-Version": "container-infra " + version},
	}
	resp, err := c.svc.Request(ctx, method, c.svc.ServiceURL(path), opts)
	var refused gophercloud.ErrUnexpectedResponseCode
	if errors.As(err, &refused) && refused.Actual == http.StatusUnauthorized {
		return answer{method: method, status: refused.Actual, header: refused.ResponseHeader, body: refused.Body}, nil
	}
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	return read(method, resp)
}

func statuses(unauthorized bool) []int {
	all := make([]int, 0, 500)
	for code := 100; code < 600; code++ {
		if code != http.StatusUnauthorized || unauthorized {
			all = append(all, code)
		}
	}
	return all
}

func (c *Client) microversion() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version
}

// lowerVersion settles on the cloud's own maximum when that is below what was
// asked for, and returns the version to use from now on.
func (c *Client) lowerVersion(asked, maximum string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if maximum != "" && slices.Compare(numbers(maximum), numbers(asked)) < 0 {
		c.version = maximum
	}
	return c.version
}
