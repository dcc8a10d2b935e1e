// Package apiserver asks a Kubernetes API server, over verified TLS, for its
// version and for a few objects, and says what is in the way when it does not
// answer.
package apiserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// maxBody bounds a small answer; a version is 400 bytes.
const maxBody = 64 << 10

// Bounds of a page of a list: 500 nodes with all of their images have 15 MB.
const (
	maxList   = 24 << 20
	maxValues = 1 << 19
)

// maxObjects bounds a list. Kubernetes is made for up to 5,000 nodes in a cluster.
const maxObjects = 100_000

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

// Version asks GET /version and returns the gitVersion, such as "v1.35.6". A
// failure is an *Error.
func Version(ctx context.Context, at Endpoint, as Auth) (string, error) {
	status, body, err := send(ctx, at, as, request{method: http.MethodGet, path: "version", limit: maxBody})
	if err != nil {
		return "", err
	}
	return version(at, status, body)
}

// Get asks for a path such as /api/v1/persistentvolumes and decodes the JSON
// into out. A failure is an *Error.
func Get(ctx context.Context, at Endpoint, as Auth, path string, out any) error {
	return ask(ctx, at, as, request{method: http.MethodGet, path: path, limit: maxList}, out)
}

// List reads all pages of a list, such as that at /api/v1/nodes. A failure is an
// *Error.
func List[T any](ctx context.Context, at Endpoint, as Auth, path string) ([]T, error) {
	pages := httpbound.Pages{Path: path}
	query := url.Values{"limit": {strconv.Itoa(httpbound.PageSize)}}
	var all []T
	for {
		var page struct {
			Metadata struct{ Continue string }
			Items    []T
		}
		err := ask(ctx, at, as, request{method: http.MethodGet, path: path, query: query, limit: maxList}, &page)
		if err != nil {
			return nil, err
		}
		if all = append(all, page.Items...); len(all) > maxObjects {
			return nil, &Error{Kind: NotKubernetes, Server: at.Server, Err: fmt.Errorf("the list at %s has more than %d objects", path, maxObjects)}
		}
		more, err := pages.Continues(page.Metadata.Continue, len(page.Items))
		if err != nil {
			return nil, &Error{Kind: NotKubernetes, Server: at.Server, Err: err}
		}
		if !more {
			return all, nil
		}
		query.Set("continue", page.Metadata.Continue)
	}
}

// Post sends a question such as a SelfSubjectReview, as JSON, and decodes the
// answer into out. A failure is an *Error.
func Post(ctx context.Context, at Endpoint, as Auth, path string, question, out any) error {
	data, err := json.Marshal(question)
	if err != nil {
		return &Error{Kind: BadConfig, Server: at.Server, Err: err}
	}
	return ask(ctx, at, as, request{method: http.MethodPost, path: path, body: data, limit: maxBody}, out)
}

func ask(ctx context.Context, at Endpoint, as Auth, r request, out any) error {
	status, body, err := send(ctx, at, as, r)
	if err == nil {
		err = check(at, status, r.path)
	}
	if status == http.StatusNotFound && isStatus(body) {
		err = &Error{Kind: Missing, Server: at.Server, Err: fmt.Errorf("there is no /%s", strings.TrimPrefix(r.path, "/"))}
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &Error{Kind: NotKubernetes, Server: at.Server, Err: fmt.Errorf("the answer to %s %s is not what was expected", r.method, r.path)}
	}
	return nil
}

// request is one question; of the answer at most limit bytes are read.
type request struct {
	method, path string
	query        url.Values
	body         []byte // JSON, or nil
	limit        int64
}

// send does one round trip.
func send(ctx context.Context, at Endpoint, as Auth, r request) (status int, body []byte, err error) {
	transport, err := newTransport(at, as)
	if err != nil {
		return 0, nil, err
	}
	defer transport.CloseIdleConnections()
	target, err := url.JoinPath(at.Server, r.path)
	if err != nil {
		return 0, nil, &Error{Kind: BadConfig, Server: at.Server, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
	if err != nil {
		return 0, nil, &Error{Kind: BadConfig, Server: at.Server, Err: err}
	}
	req.URL.RawQuery = r.query.Encode()
	req.Header.Set("Accept", "application/json")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if as.Token != "" {
		req.Header.Set("Authorization", "Bearer "+as.Token)
	}
	// A round trip follows no redirect: a token is for this server alone.
	resp, err := httpbound.Transport(transport, httpbound.Limits{Total: at.Timeout}).RoundTrip(req)
	if err != nil {
		return 0, nil, explain(ctx, at, err)
	}
	defer resp.Body.Close()
	if err := httpbound.Redirect(resp); err != nil {
		return 0, nil, &Error{Kind: NotKubernetes, Server: at.Server, Err: err}
	}
	if body, err = io.ReadAll(httpbound.Body(resp.Body, r.limit, maxValues)); err != nil {
		return 0, nil, explain(ctx, at, err)
	}
	return resp.StatusCode, body, nil
}

// check turns a status that is not a success into an error.
func check(at Endpoint, status int, path string) error {
	switch status {
	case http.StatusOK, http.StatusCreated:
		return nil
	case http.StatusUnauthorized:
		return &Error{Kind: Unauthorized, Server: at.Server, Err: errors.New("the API server answered 401 Unauthorized")}
	case http.StatusForbidden:
		return &Error{Kind: Forbidden, Server: at.Server, Err: errors.New("the API server answered 403 Forbidden")}
	}
	return &Error{Kind: NotKubernetes, Server: at.Server, Err: fmt.Errorf("the answer to /%s was HTTP %d", strings.TrimPrefix(path, "/"), status)}
}

// isStatus tells the refusal of an API server from that of anything else.
func isStatus(body []byte) bool {
	var s struct{ Kind string }
	return json.Unmarshal(body, &s) == nil && s.Kind == "Status"
}

func version(at Endpoint, status int, body []byte) (string, error) {
	if err := check(at, status, "version"); err != nil {
		return "", err
	}
	var v struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(body, &v); err != nil || v.GitVersion == "" {
		return "", &Error{Kind: NotKubernetes, Server: at.Server, Err: errors.New("the answer to GET /version is not a Kubernetes version")}
	}
	return v.GitVersion, nil
}

func newTransport(at Endpoint, as Auth) (*http.Transport, error) {
	bad := func(err error) error { return &Error{Kind: BadConfig, Server: at.Server, Err: err} }
	u, err := url.Parse(at.Server)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, bad(errors.New("the server is not an https URL"))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(at.CA) {
		return nil, bad(errors.New("there is no CA certificate to verify the API server with"))
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: at.TLSServerName}
	if len(as.CertPEM) > 0 {
		pair, err := tls.X509KeyPair(as.CertPEM, as.KeyPEM)
		if err != nil {
			return nil, bad(fmt.Errorf("reading the client certificate: %w", err))
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	proxy := http.ProxyFromEnvironment
	if at.ProxyURL != "" {
		p, err := url.Parse(at.ProxyURL)
		if err != nil {
			return nil, bad(errors.New("the proxy URL cannot be read")) // it may hold a password
		}
		proxy = http.ProxyURL(p)
	}
	return &http.Transport{
		Proxy: proxy, TLSClientConfig: conf, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: maxBody,
	}, nil
}
