package cloud

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// UnreachableError is a server that could not be talked to. It never means that
// something was looked for and not found.
type UnreachableError struct {
	Service string // "" is the identity service
	Region  string
	URL     string
	Err     error
}

func (e *UnreachableError) Error() string {
	what := "the identity service at " + hostOf(e.URL)
	if e.Service != "" {
		what = fmt.Sprintf("service %q", e.Service)
		if e.Region != "" {
			what += fmt.Sprintf(" of region %q", e.Region)
		}
		what += " at " + e.URL
	}
	return what + " cannot be reached: " + causeOf(e.Err)
}

// Unwrap returns what the network said.
func (e *UnreachableError) Unwrap() error { return e.Err }

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

// place is the service that a client talks to, for error messages.
type place struct {
	service string // "" is the identity service
	region  string
	url     string
	others  []string // regions that offer the service too
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

// unreachable explains a failed round trip and what to do about it.
func unreachable(p place, u *url.URL, err error) error {
	e := &UnreachableError{Service: p.service, Region: p.region, URL: cmp.Or(p.url, shown(u)), Err: err}
	var (
		invalid  *tls.CertificateVerificationError
		notTLS   tls.RecordHeaderError
		badName  *net.DNSError
		proxyErr *net.OpError
		slow     *httpbound.SlowError
	)
	hint := "check the network, a VPN and the proxy variables"
	switch {
	case clierr.Hint(err) != "":
		return err
	case errors.As(err, &slow):
		hint = slow.Hint()
	case errors.As(err, &invalid):
		hint = certificateHint(invalid.Err)
	case errors.As(err, &notTLS), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		hint = fmt.Sprintf("nothing at %s speaks TLS: is its address http rather than https?", u.Host)
	case errors.As(err, &proxyErr) && proxyErr.Op == "proxyconnect":
		hint = "check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names servers that are reached directly"
	case errors.As(err, &badName) && badName.IsNotFound:
		hint = "check the spelling of the address and the network"
	case len(p.others) > 0:
		hint = "the service is also offered in " + strings.Join(p.others, ", ") + ": choose with --os-region-name"
	}
	return clierr.WithHint(e, hint)
}

func certificateHint(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &unknown):
		return "name the CA of this cloud with cacert in clouds.yaml or OS_CACERT"
	case errors.As(err, &host):
		return "use the host name that the certificate is made for"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "check this computer's clock; when it is right, the server needs a new certificate"
	}
	return "check cacert in clouds.yaml or OS_CACERT"
}

// causeOf returns the innermost sentence of a network error that still means
// something: "connection refused" rather than the call that failed.
func causeOf(err error) string {
	var (
		dns     *net.DNSError
		invalid *tls.CertificateVerificationError
		op      *net.OpError
		call    *os.SyscallError
		timeout interface{ Timeout() bool }
		slow    *httpbound.SlowError
	)
	switch {
	case errors.As(err, &slow):
		return slow.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no host of this name"
	case errors.As(err, &invalid):
		return "its certificate is not trusted: " + invalid.Err.Error()
	case errors.As(err, &call):
		err = call.Err
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it does not answer in time"
	case errors.As(err, &op):
		err = op.Err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection without an answer"
	}
	return err.Error()
}
