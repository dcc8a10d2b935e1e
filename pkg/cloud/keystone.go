package cloud

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// AnswerError is an answer that did not come from an OpenStack service, or not
// whole: a proxy's page, half a JSON text, a gateway that lost its backend.
type AnswerError struct {
	Host   string
	Status int
	Reason string
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("%s answered %d %s: %s", e.Host, e.Status, http.StatusText(e.Status), e.Reason)
}

// keystone returns a client for Keystone's version 3, which an address without
// a version is first asked for.
func (c *Cloud) keystone(ctx context.Context) (*gophercloud.ServiceClient, error) {
	hc, err := c.httpClient(place{})
	if err != nil {
		return nil, err
	}
	hc.Transport = onlyJSON{hc.Transport}
	base := gophercloud.NormalizeURL(c.id.AuthURL)
	sc := &gophercloud.ServiceClient{ProviderClient: c.provider(hc), Endpoint: base + "v3/", Type: "identity"}
	if c.versioned {
		return sc, nil
	}
	var versions struct {
		Versions struct {
			Values []struct{ ID string }
		}
	}
	resp, err := sc.Get(ctx, base, &versions, &gophercloud.RequestOpts{OkCodes: []int{http.StatusOK, http.StatusMultipleChoices}})
	if resp != nil {
		resp.Body.Close()
	}
	var status gophercloud.ErrUnexpectedResponseCode
	var answer *AnswerError
	switch {
	case errors.As(err, &status), errors.As(err, &answer) && answer.Status < http.StatusInternalServerError:
		return sc, nil // an address that lists no versions may still have this one below it
	case err != nil:
		return nil, Explain(err)
	}
	for _, v := range versions.Versions.Values {
		if strings.HasPrefix(v.ID, "v3") {
			return sc, nil
		}
	}
	return nil, clierr.Errorf("check auth_url in clouds.yaml or OS_AUTH_URL", "%s offers no version 3 of the identity service", hostOf(base))
}

// onlyJSON lets nothing but whole JSON answers through, because whatever is
// read of them decides about a sign-in. A 401 passes with any body, and a 204,
// which has none, answers the revoking of a token.
type onlyJSON struct{ next http.RoundTripper }

func (o onlyJSON) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := o.next.RoundTrip(req)
	if err != nil || isRedirect(resp.StatusCode) {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	bad := &AnswerError{Host: req.URL.Host, Status: resp.StatusCode}
	var large *tooLargeError
	switch {
	case errors.As(err, &large):
		return nil, clierr.WithHint(large, behind)
	case err != nil:
		bad.Reason = "the answer breaks off: " + causeOf(err)
	case resp.StatusCode >= http.StatusInternalServerError:
		bad.Reason = "the service or a gateway before it has a problem"
		return nil, clierr.WithHint(bad, "try again in a while")
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusNoContent, json.Valid(body):
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte{'<'}):
		bad.Reason = "a web page instead of JSON"
	default:
		bad.Reason = "not the JSON of an OpenStack service"
	}
	return nil, clierr.WithHint(bad, behind)
}

const behind = "check the auth URL, and whether a proxy or a login page answers in place of the identity service"

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// keystoneMessage returns what Keystone says about a refusal, on one line and
// short enough to read; "" when it says nothing.
func keystoneMessage(body []byte) string {
	var answer struct {
		Error struct{ Message string }
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	m := clierr.Clean(answer.Error.Message)
	if len(m) > 300 {
		m = strings.ToValidUTF8(m[:300], "") + "…"
	}
	return m
}

// receiptHeader comes with a 401 that accepts the password and wants a second
// method: https://docs.openstack.org/keystone/latest/admin/auth-receipts.html
const receiptHeader = "Openstack-Auth-Receipt"

// secondMethod is a password that was right and is not enough.
type secondMethod struct{}

func (*secondMethod) Error() string {
	return "a second method is needed: the passcode of an MFA device"
}

// saysNothing is the message that Keystone gives for any wrong user, password or
// project.
const saysNothing = "The request you have made requires authentication."

// refusal explains why Keystone gave no token. Nothing of the request is in it.
func (c *Cloud) refusal(err error) error {
	var status gophercloud.ErrUnexpectedResponseCode
	if !errors.As(err, &status) {
		var request *url.Error
		if errors.As(err, &request) {
			err = request.Err
		}
		if clierr.Hint(err) != "" || errors.Is(err, context.Canceled) {
			return err
		}
		return clierr.WithHint(fmt.Errorf("signing in at %s: %w", hostOf(c.id.AuthURL), err), behind)
	}
	who, message := c.id.String(), keystoneMessage(status.Body)
	because := ""
	if message != "" && message != saysNothing {
		because = ": " + message
	}
	switch {
	case status.Actual == http.StatusUnauthorized && status.ResponseHeader.Get(receiptHeader) != "":
		return clierr.New(clierr.SignIn, "set OS_PASSCODE to the six digits that your MFA device shows", "signing in as %s: %w", who, &secondMethod{})
	case status.Actual == http.StatusUnauthorized:
		return clierr.New(clierr.SignIn, c.refusedHint(), "%s was refused (401)%s", who, because)
	case status.Actual == http.StatusNotFound && strings.Contains(message, "Application Credential"):
		return clierr.New(clierr.SignIn, "make a new application credential and put it into clouds.yaml", "%s does not exist or has expired", who)
	case message != "" && (status.Actual == http.StatusBadRequest || status.Actual == http.StatusForbidden):
		return clierr.New(clierr.SignIn, "check the account in clouds.yaml or the OS_ variables", "%s was refused (%d)%s", who, status.Actual, because)
	case status.Actual == http.StatusTooManyRequests:
		return clierr.WithHint(&AnswerError{Host: hostOf(c.id.AuthURL), Status: status.Actual, Reason: cmp.Or(message, "too many sign-ins")}, "wait a moment and try again")
	default:
		return clierr.WithHint(&AnswerError{Host: hostOf(c.id.AuthURL), Status: status.Actual, Reason: cmp.Or(message, "no token and no reason")}, behind)
	}
}

func (c *Cloud) refusedHint() string {
	switch c.id.Method {
	case methodAppCredential:
		return "check the application credential's id and secret, and that it has not expired"
	case methodToken:
		return "source your openrc again for a new OS_TOKEN"
	}
	return "check user name, password, domain and project; with MFA put the six digits right behind the password, or set OS_PASSCODE"
}
