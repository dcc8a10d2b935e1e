package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// receiptHeader comes with a 401 that accepts the password and wants a second
// method: https://docs.openstack.org/keystone/latest/admin/auth-receipts.html
const receiptHeader = "Openstack-Auth-Receipt"

// secondMethod is a password that was right and is not enough.
type secondMethod struct{}

func (*secondMethod) Error() string {
	return "a second method is needed: the passcode of an MFA device"
}

// saysNothing is what Keystone answers to any wrong user, password or project.
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
		return clierr.WithHint(&AnswerError{Host: hostOf(c.id.AuthURL), Status: status.Actual, Reason: first(message, "too many sign-ins")}, "wait a moment and try again")
	default:
		return clierr.WithHint(&AnswerError{Host: hostOf(c.id.AuthURL), Status: status.Actual, Reason: first(message, "no token and no reason")}, behind)
	}
}

func (c *Cloud) refusedHint() string {
	switch c.id.Method {
	case MethodAppCredential:
		return "check the application credential's id and secret, and that it has not expired"
	case MethodToken:
		return "source your openrc again for a new OS_TOKEN"
	}
	return "check user name, password, domain and project; with MFA put the six digits right behind the password, or set OS_PASSCODE"
}
