package apiserver

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

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// jsonType is the media type of plain objects.
const jsonType = "application/json"

// maxTries is how often a client of New sends a request to a server that says it is
// busy.
const maxTries = 6

// Bounds of one answer. A node with all of its images has 30 kB, a page of 500 of
// them 15 MB, the discovery of a cluster with a thousand kinds 2 MB, a version 400
// bytes.
const (
	maxObject  = 24 << 20
	maxValues  = 1 << 19
	maxVersion = 64 << 10
)

// maxObjects bounds a list. Kubernetes is made for up to 5,000 nodes in a cluster.
const maxObjects = 100_000

// Client asks one API server. It follows no redirect: the credential would go
// along.
type Client struct {
	transport http.RoundTripper
	base      *url.URL
	tries     int
	at        *Endpoint // where the client comes from; nil: New
	err       error     // why the endpoint cannot be used: the answer to everything
}

// New prepares a client; nothing is sent yet. config.Timeout is for each request
// with its answer, as for kubectl; without it an answer has to make progress.
func New(config *rest.Config) (*Client, error) {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the server's address %q: %w", config.Host, err)
	}
	t, err := configTransport(config)
	if err != nil {
		return nil, fmt.Errorf("preparing to talk to %q: %w", config.Host, err)
	}
	return &Client{transport: t, base: base, tries: maxTries}, nil
}

// Client returns a client that shows the server auth. One that cannot be used says
// so when it is asked something.
func (e Endpoint) Client(auth Auth) *Client {
	t, base, err := e.transport(auth)
	return &Client{transport: t, base: base, tries: 1, at: &e, err: err}
}

// Server returns the URL of the API server.
func (c *Client) Server() string {
	if c.at != nil {
		return c.at.Server
	}
	return c.base.String()
}

// Request is one question. Path is below the server's URL, such as
// /api/v1/namespaces.
type Request struct {
	Method string // "" is GET
	Path   string
	Query  url.Values
	Accept string // "" is JSON
	Body   any    // sent as JSON; nil for none
}

func (r Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// Do sends a request and returns an answer of the 200s, whose body the caller
// closes. Any other answer is an error of which Is knows the kind, and a redirect one
// that names where it leads. A server that is busy is asked again when it says.
func (c *Client) Do(ctx context.Context, r Request) (*http.Response, error) {
	if c.err != nil {
		return nil, c.err
	}
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
		if !busy || try >= c.tries {
			return nil, c.refusal(r, failed)
		}
		if err := waitToRetry(ctx, resp.Header.Get("Retry-After")); err != nil {
			return nil, err
		}
	}
}

func (c *Client) send(ctx context.Context, r Request, body []byte) (*http.Response, error) {
	u := c.base.JoinPath(r.Path)
	u.RawQuery = r.Query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method(), u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	accept := r.Accept
	if accept == "" {
		accept = jsonType
	}
	req.Header.Set("Accept", accept)
	if body != nil {
		req.Header.Set("Content-Type", jsonType)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return resp, nil
}

// waitToRetry pauses for as long as Retry-After asks for, at most half a minute.
func waitToRetry(ctx context.Context, after string) error {
	seconds, err := strconv.Atoi(after)
	if err != nil || seconds < 1 {
		seconds = 1
	}
	pause, stop := context.WithTimeout(ctx, time.Duration(min(seconds, 30))*time.Second)
	defer stop()
	<-pause.Done()
	return context.Cause(ctx)
}

// versionPath is where every API server tells its version.
const versionPath = "version"

// Version asks for the gitVersion of the server, such as "v1.35.6".
func (c *Client) Version(ctx context.Context) (string, error) {
	resp, err := c.Do(ctx, Request{Path: versionPath})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(httpbound.Body(resp.Body, maxVersion, maxValues))
	if err != nil {
		return "", c.explain(ctx, err)
	}
	var v struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(data, &v); err != nil || v.GitVersion == "" {
		return "", c.notKubernetes(errors.New("the answer to GET /version is not a Kubernetes version"))
	}
	return v.GitVersion, nil
}

// WhoAmI returns the name of the user that the server takes the client for.
func (c *Client) WhoAmI(ctx context.Context) (string, error) {
	var review struct {
		Status struct {
			UserInfo struct{ Username string } `json:"userInfo"`
		} `json:"status"`
	}
	_, err := c.Object(ctx, Request{
		Method: http.MethodPost, Path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
		Body: map[string]string{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
	}, &review)
	return review.Status.UserInfo.Username, err
}

// Right is something that one may be allowed to do; Namespace is "" for all of them
// and for what is in none.
type Right struct {
	Verb      string `json:"verb"`
	Group     string `json:"group,omitempty"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
}

// Allows asks what `kubectl auth can-i VERB RESOURCE` does.
func (c *Client) Allows(ctx context.Context, r Right) (bool, error) {
	const version = "authorization.k8s.io/v1"
	var review struct {
		Status struct {
			Allowed bool `json:"allowed"`
		} `json:"status"`
	}
	_, err := c.Object(ctx, Request{
		Method: http.MethodPost, Path: "/apis/" + version + "/selfsubjectaccessreviews",
		Body: map[string]any{"apiVersion": version, "kind": "SelfSubjectAccessReview", "spec": map[string]any{"resourceAttributes": r}},
	}, &review)
	return review.Status.Allowed, err
}

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
	if err := c.decode(r, resp.Body, out); err != nil && !errors.Is(err, io.EOF) {
		return time.Time{}, c.explain(ctx, err)
	}
	date, _ := http.ParseTime(resp.Header.Get("Date")) // the zero time says that there is none
	return date, nil
}

// decode reads the answer to a request. An empty one is io.EOF.
func (c *Client) decode(r Request, body io.Reader, out any) error {
	data, err := io.ReadAll(httpbound.Body(body, maxObject, maxValues))
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(data)).Decode(out)
		if err != nil && c.at != nil {
			return c.notKubernetes(fmt.Errorf("the answer to %s %s is not what was expected", r.method(), r.Path))
		}
	}
	if err != nil && c.at == nil {
		return fmt.Errorf("reading the answer to %s: %w", r.Path, err)
	}
	return err
}

// pageReader reads one page of a list and returns the token that continues the list,
// and how many objects the page had.
type pageReader func(body io.Reader) (next string, objects int, err error)

// Pages reads a list page by page. Lists ask for the most recent state, which API
// servers since 1.31 answer from their watch cache; older ones answer pages from
// etcd. A list that does not come to an end is an error.
func (c *Client) Pages(ctx context.Context, r Request, read pageReader) error {
	pages := httpbound.Pages{Path: r.Path}
	r.Query = url.Values{"limit": {strconv.Itoa(httpbound.PageSize)}}
	for {
		resp, err := c.Do(ctx, r)
		if err != nil {
			return err
		}
		next, objects, err := read(resp.Body)
		resp.Body.Close()
		more := false
		if err == nil {
			more, err = pages.Continues(next, objects)
		}
		if err != nil {
			return c.explain(ctx, err)
		}
		if !more {
			return nil
		}
		r.Query.Set("continue", next)
	}
}

// List reads all pages of a list, such as that at /api/v1/nodes.
func List[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	r := Request{Path: path}
	var all []T
	err := c.Pages(ctx, r, func(body io.Reader) (string, int, error) {
		var page struct {
			Metadata struct {
				Continue string `json:"continue"`
			} `json:"metadata"`
			Items []T `json:"items"`
		}
		if err := c.decode(r, body, &page); err != nil {
			return "", 0, err
		}
		if all = append(all, page.Items...); len(all) > maxObjects {
			return "", 0, c.notKubernetes(fmt.Errorf("the list at %s has more than %d objects", path, maxObjects))
		}
		return page.Metadata.Continue, len(page.Items), nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
