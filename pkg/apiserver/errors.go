package apiserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// Kind says in one word what is in the way of an API server.
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
	NotKubernetes Kind = "NotKubernetes" // something else answered
)

// Error says why an API server did not tell its version.
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

// explain turns a failed request into an *Error that names the obstacle.
func explain(ctx context.Context, at Endpoint, err error) error {
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err // the method and URL are said already
	}
	e := &Error{Kind: classify(ctx, err), Server: at.Server, Err: err}
	var large *httpbound.LargeError
	if errors.As(err, &large) {
		e.Kind = NotKubernetes
	}
	if at.ProxyURL == "" && (e.Kind == Timeout || e.Kind == Unreachable) && private(at.Server, err) {
		e.Kind = Private
		e.Err = fmt.Errorf("the address is private and does not answer from here: %w", err)
	}
	return e
}

func classify(ctx context.Context, err error) Kind {
	var (
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		dns      *net.DNSError
		alert    tls.AlertError
		timeout  interface{ Timeout() bool }
		hasAlert = errors.As(err, &alert)
	)
	switch {
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
