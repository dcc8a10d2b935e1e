package apiserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// Kind names in one word what is in the way of an API server.
type Kind string

// What can be in the way.
const (
	BadConfig     Kind = "BadConfig"     // URL, CA, proxy or certificate cannot be used
	NoName        Kind = "NoName"        // the host name does not resolve
	Private       Kind = "Private"       // a private address, and no way there from here
	Timeout       Kind = "Timeout"       // nothing answered in time
	Refused       Kind = "Refused"       // the host is there, the port is closed
	Unreachable   Kind = "Unreachable"   // any other transport failure
	WrongCA       Kind = "WrongCA"       // the certificate is not signed by the cluster's CA
	WrongName     Kind = "WrongName"     // the certificate is for another name
	Expired       Kind = "Expired"       // the certificate is not valid now
	Unauthorized  Kind = "Unauthorized"  // 401: the credential was not accepted
	Forbidden     Kind = "Forbidden"     // 403
	Missing       Kind = "Missing"       // the API server answers that there is no such object or resource
	Conflict      Kind = "Conflict"      // 409: the object is there already, or was changed meanwhile
	Gone          Kind = "Gone"          // 410: the list has changed too much to be continued
	Invalid       Kind = "Invalid"       // 400 or 422: the API server does not take the object
	NotKubernetes Kind = "NotKubernetes" // something else answered
)

// Error is why a client of an Endpoint has no answer.
type Error struct {
	Kind   Kind
	Server string
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("API server %s: %v", e.Server, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns the next step for a person.
func (e *Error) Hint() string {
	switch e.Kind {
	case Private:
		return "the cluster's API is private: log in with --bastion USER@HOST, run this from inside its network, or give a way in with --proxy-url"
	case Timeout, Unreachable:
		return "check the network between this machine and the cluster, and api_master_lb_allowed_cidrs of the cluster"
	case Refused:
		return "the API server may still be starting, or --server names the wrong port"
	case NoName:
		return "check the name and the DNS of this machine, or give another address with --server"
	case WrongCA:
		return "the CA may have been rotated: log in again; if it stays, something between here and the cluster answers in its place"
	case WrongName:
		return "name the host in the certificate with --tls-server-name"
	case Expired:
		return "check the clock of this machine; if it is right, the cluster's certificates need renewal"
	case Unauthorized:
		return "the cluster did not accept the credential: try the other mode with --auth keystone or --auth certificate"
	case Forbidden:
		return "you are known to the cluster but have no role in it: ask its administrator for k8s_viewer, k8s_developer or k8s_admin"
	case Missing:
		return "look for it with 'kubectl get -A', or ask the cloud's support"
	case NotKubernetes:
		return "check that --server and --proxy-url lead to the cluster's API server"
	default:
		return "check --server, --proxy-url and the cluster's CA"
	}
}

// maxStatus bounds what is read of an error's body.
const maxStatus = 64 << 10

// maxMessage bounds what remains of a server's message. Messages about objects that
// break many rules are long.
const maxMessage = 8 << 10

// Status is an answer that is not a success, with the fields of the API's own
// Status. Code is the HTTP status.
type Status struct {
	Kind    string `json:"kind"` // "Status" when an API server refused, not something before it
	Code    int    `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func (s *Status) Error() string {
	if s.Message != "" {
		return s.Message
	}
	return fmt.Sprintf("the API server answered HTTP %d", s.Code)
}

// problem returns what the HTTP status says is in the way.
func (s *Status) problem() Kind {
	switch s.Code {
	case http.StatusUnauthorized:
		return Unauthorized
	case http.StatusForbidden:
		return Forbidden
	case http.StatusNotFound:
		return Missing
	case http.StatusConflict:
		return Conflict
	case http.StatusGone:
		return Gone
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return Invalid
	}
	return NotKubernetes
}

func readStatus(resp *http.Response) *Status {
	defer resp.Body.Close()
	s := &Status{}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
	if err != nil || json.Unmarshal(data, s) != nil {
		s = &Status{}
	}
	s.Code = resp.StatusCode
	if len(s.Message) > maxMessage {
		s.Message = strings.ToValidUTF8(s.Message[:maxMessage], "") + "…"
	}
	return s
}

// Is reports whether err is a failure of one of these kinds. Of a client of New only
// answers have a kind.
func Is(err error, kinds ...Kind) bool {
	var e *Error
	var s *Status
	switch {
	case errors.As(err, &e):
		return slices.Contains(kinds, e.Kind)
	case errors.As(err, &s):
		return slices.Contains(kinds, s.problem())
	}
	return false
}

func (c *Client) notKubernetes(err error) *Error {
	return &Error{Kind: NotKubernetes, Server: c.Server(), Err: err}
}

// refusal returns the error of an answer that is not a success.
func (c *Client) refusal(r Request, s *Status) error {
	if c.at == nil {
		return s
	}
	kind, path := s.problem(), "/"+strings.TrimPrefix(r.Path, "/")
	switch {
	case kind == Unauthorized || kind == Forbidden:
		return &Error{Kind: kind, Server: c.at.Server, Err: fmt.Errorf("the API server answered %d %s", s.Code, http.StatusText(s.Code))}
	case kind == Missing && s.Kind == "Status" && r.Path != versionPath:
		return &Error{Kind: kind, Server: c.at.Server, Err: fmt.Errorf("there is no %s", path)}
	}
	return c.notKubernetes(fmt.Errorf("the answer to %s was HTTP %d", path, s.Code))
}

// unreachable returns the error of a request that got no answer.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if c.at != nil {
		return c.explain(ctx, err)
	}
	err = c.explain(ctx, fmt.Errorf("asking the API server at %s: %w", c.base.Host, err))
	if ctx.Err() != nil {
		return err
	}
	return clierr.WithHint(err, "'kubectl cluster-info' shows whether it answers; --context names another cluster, -f reads files instead")
}

// explain turns what ended a request into an *Error that names the obstacle. Where a
// kubeconfig leads to the server, it adds the next step that the error knows, and
// returns why ctx ended where that is what went wrong.
func (c *Client) explain(ctx context.Context, err error) error {
	if c.at != nil {
		return explain(ctx, *c.at, err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var known interface{ Hint() string }
	if errors.As(err, &known) {
		return clierr.WithHint(err, known.Hint())
	}
	return err
}

func explain(ctx context.Context, at Endpoint, err error) error {
	var explained *Error
	if errors.As(err, &explained) {
		return err
	}
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err // the method and URL are said already
	}
	e := &Error{Kind: classify(ctx, err), Server: at.Server, Err: err}
	if at.ProxyURL == "" && (e.Kind == Timeout || e.Kind == Unreachable) && private(at.Server, err) {
		e.Kind = Private
		e.Err = fmt.Errorf("the address is private and does not answer from here: %w", err)
	}
	return e
}

// classify returns what in the way of a request its error shows.
func classify(ctx context.Context, err error) Kind {
	var (
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		dns      *net.DNSError
		alert    tls.AlertError
		timeout  interface{ Timeout() bool }
		large    *httpbound.LargeError
		redirect *httpbound.RedirectError
		endless  *httpbound.EndlessError
		hasAlert = errors.As(err, &alert)
	)
	switch {
	case errors.As(err, &large), errors.As(err, &redirect), errors.As(err, &endless):
		return NotKubernetes
	case errors.As(err, &unknown):
		return WrongCA
	case errors.As(err, &name):
		return WrongName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Expired
	case errors.As(err, &invalid):
		return WrongCA
	case hasAlert: // the server did not take our certificate
		return Unauthorized
	case errors.As(err, &dns) && !dns.IsTimeout:
		return NoName
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.As(err, &timeout) && timeout.Timeout(), ctx.Err() != nil:
		return Timeout
	case errors.Is(err, http.ErrSchemeMismatch):
		return NotKubernetes
	}
	return Unreachable
}

// private reports whether the address that was tried is one that only its own
// network knows (RFC 1918, RFC 4193, RFC 6598).
func private(server string, err error) bool {
	var tried *net.OpError
	if errors.As(err, &tried) && tried.Addr != nil {
		if at, err := netip.ParseAddrPort(tried.Addr.String()); err == nil {
			return privateAddr(at.Addr())
		}
	}
	u, err := url.Parse(server)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && privateAddr(ip)
}

func privateAddr(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLinkLocalUnicast() || netip.MustParsePrefix("100.64.0.0/10").Contains(ip.Unmap())
}

// Verified reports whether whoever answered a request with err, or with nil, has a
// certificate that the endpoint's CA vouches for: it let somebody in, or refused.
func Verified(err error) bool {
	return err == nil || Is(err, Unauthorized, Forbidden, Missing)
}
