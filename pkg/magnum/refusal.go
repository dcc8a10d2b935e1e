package magnum

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

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
