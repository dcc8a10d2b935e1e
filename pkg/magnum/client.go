package magnum

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// The microversions that Magnum is asked in. Without the header it assumes 1.1, where
// node groups, resize and upgrade are refused with 406. What came after usual is asked
// for only where it is needed: a cloud that is older answers each question twice.
const (
	usual  = "1.10"
	newest = "1.14" // the highest that this package was written against
)

// Client is one project's view of Magnum in one region. It is safe for
// concurrent use: a cluster, its CA and a signature can be asked for together.
type Client struct {
	svc   gophercloud.ServiceClient
	place Place

	mu       sync.Mutex
	version  string    // the microversion asked for; lowered once if the cloud is older
	latest   string    // likewise, where the newest is wanted
	siblings []Cluster // the clusters of the project, for explaining an error
}

// New returns a client that sends its requests through sc, whose endpoint is
// that of the service container-infra and ends with a slash.
func New(sc *gophercloud.ServiceClient) *Client {
	c := &Client{svc: *sc, version: usual, latest: newest}
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
	return c.callIn(ctx, &c.version, "", method, path, body, out)
}

// callNewest is call in the newest microversion that both sides know. needed is the
// oldest that has what is asked for; a cloud that does not reach it refuses with
// TooOld, and has done nothing.
func (c *Client) callNewest(ctx context.Context, needed, method, path string, body, out any) error {
	if have := c.microversion(&c.latest); needed != "" && slices.Compare(numbers(have), numbers(needed)) < 0 {
		return c.refusal(answer{method: method, status: http.StatusNotAcceptable, body: []byte(`{"errors": []}`)})
	}
	return c.callIn(ctx, &c.latest, needed, method, path, body, out)
}

// served returns the newest microversion that the cloud was found to know.
func (c *Client) served() string { return c.microversion(&c.latest) }

// Served asks for the newest microversion that the cloud and this package know; ""
// where it does not tell.
func (c *Client) Served(ctx context.Context) string {
	if err := c.callNewest(ctx, "", http.MethodGet, "clusters?limit=1", nil, nil); err != nil {
		return ""
	}
	return c.served()
}

func (c *Client) callIn(ctx context.Context, in *string, needed, method, path string, body, out any) error {
	version := c.microversion(in)
	a, err := c.send(ctx, method, path, version, body)
	for tries := 0; method == http.MethodGet && tries < retries(a, err) && pauseForRetry(ctx); tries++ {
		a, err = c.send(ctx, method, path, version, body)
	}
	if err == nil && a.status == http.StatusNotAcceptable {
		lower := c.lowerVersion(in, version, a.maxVersion())
		if lower != version && slices.Compare(numbers(lower), numbers(needed)) >= 0 {
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
	return readAnswer(method, resp)
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

func (c *Client) microversion(in *string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *in
}

// lowerVersion changes to the cloud's own maximum when that is below what was
// asked for, and returns the version to use from now on.
func (c *Client) lowerVersion(in *string, asked, maximum string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if maximum != "" && slices.Compare(numbers(maximum), numbers(asked)) < 0 {
		*in = maximum
	}
	return *in
}

// decode reads a successful answer into out, which may be nil.
func (c *Client) decode(a answer, out any) error {
	if out == nil {
		return nil
	}
	err := json.Unmarshal(a.body, out)
	if err == nil {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	var syntax *json.SyntaxError
	switch {
	case kind != "" && kind != "application/json":
		return c.malformed(&Malformed{Reason: fmt.Sprintf("it is %s, not JSON", kind)})
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(a.body)):
		return c.malformed(&Malformed{Reason: "the JSON in it ends too early"})
	}
	return c.malformed(&Malformed{Reason: "it is not the JSON that was expected", Err: err})
}

// retries returns how often a GET may be sent again: once when the connection
// broke or a gateway in front of Magnum lost it, and for a second when it met a
// half-deleted cluster.
func retries(a answer, err error) int {
	var op *net.OpError
	lost := false
	switch {
	case err == nil && a.countsNoMasters():
		return 5
	case err == nil:
		lost = a.status == http.StatusBadGateway || a.status == http.StatusServiceUnavailable ||
			a.status == http.StatusGatewayTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		lost = true
	case errors.As(err, &op):
		lost = op.Op == "read" && !op.Timeout() // how a reset looks on every system
	}
	if lost {
		return 1
	}
	return 0
}

// pauseForRetry waits a moment, so that a gateway has one, and reports whether there is
// still somebody to answer.
func pauseForRetry(ctx context.Context) bool {
	pause := time.NewTimer(200 * time.Millisecond)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// refusal turns an answer that is not a success into the error it means
// whatever was asked for. What depends on the request is added by its caller.
func (c *Client) refusal(a answer) error {
	detail := a.detail()
	switch {
	case a.status >= 500:
		return clierr.Errorf("try again in a while; when it stays, tell the cloud's support what stands in brackets",
			"%w", &Unavailable{Endpoint: c.endpoint(), Status: a.status, Detail: detail, RequestID: a.requestID()})
	case a.status < 400:
		return c.malformed(&Malformed{Reason: fmt.Sprintf("it redirects to %q, where no token is sent", target(a))})
	case detail == "" && a.errors() == nil:
		return c.malformed(&Malformed{
			Reason: fmt.Sprintf("it is %d %s, but not in Magnum's words", a.status, http.StatusText(a.status))})
	case a.status == http.StatusUnauthorized:
		return clierr.New(clierr.SignIn, "sign in again: the token has expired or was revoked",
			"%w", &Unauthorized{Detail: detail})
	case a.status == http.StatusForbidden:
		return clierr.Errorf("ask an administrator of the project for the role this needs",
			"%w", &Forbidden{Detail: detail})
	case a.status == http.StatusNotAcceptable:
		return clierr.Errorf("this needs a newer Magnum than the cloud runs", "%w", &TooOld{Detail: detail})
	case a.status == http.StatusTooManyRequests:
		return clierr.Errorf("wait a moment and try again", "%w", &Rejected{Status: a.status, Detail: detail})
	case a.method == http.MethodGet && a.countsNoMasters(): // and goes on doing so: see call
		return clierr.New(clierr.SignIn, "name a project: OS_PROJECT_NAME, or project_name in clouds.yaml",
			"%w", &Unscoped{})
	}
	return clierr.Errorf("", "%w", &Rejected{Status: a.status, Detail: detail})
}

// unreachable explains why no answer came.
func (c *Client) unreachable(err error) error {
	var reauth *gophercloud.ErrUnableToReauthenticate
	var malformed *Malformed
	var untrusted *tls.CertificateVerificationError
	var transport *url.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &reauth):
		return reauth.ErrReauth
	case errors.As(err, &transport) && clierr.Hint(transport.Err) != "":
		return transport.Err // the session knows better what happened
	case clierr.Hint(err) != "":
		return err
	case errors.As(err, &malformed):
		return c.malformed(malformed)
	case errors.As(err, &untrusted):
		return clierr.Errorf("name the cloud's own CA with cacert in clouds.yaml or OS_CACERT",
			"%w", &Unavailable{Endpoint: c.endpoint(), Err: untrusted.Err})
	case errors.As(err, &transport):
		err = transport.Err // it repeats the address
	}
	return clierr.Errorf("check the network, a proxy and the region ("+c.regionHint()+")",
		"%w", &Unavailable{Endpoint: c.endpoint(), Err: err})
}

// target returns the host of a redirect.
func target(a answer) string {
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		return "an address that is no URL"
	}
	return shorten(u.Host)
}

func (c *Client) regionHint() string {
	if c.place.Region == "" {
		return "--os-region-name"
	}
	return c.place.Region + "; --os-region-name chooses another"
}

func (c *Client) malformed(err *Malformed) error {
	return clierr.Errorf("check that nothing between here and "+c.endpoint()+" answers in its place: a proxy, a login page",
		"%w", err)
}

// endpoint returns the address of the service without anything secret in it.
func (c *Client) endpoint() string {
	u, err := url.Parse(c.svc.ResourceBaseURL())
	if err != nil {
		return "an address that is no URL"
	}
	return strings.TrimSuffix(u.Redacted(), "/")
}
