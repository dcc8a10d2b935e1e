package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// receiptHeader comes with a 401 that accepts the password and wants a second
// method: https://docs.openstack.org/keystone/latest/admin/auth-receipts.html
const receiptHeader = "Openstack-Auth-Receipt"

// signIn gets a token from Keystone. refused is a token that is known not to be
// accepted any more.
func (c *Cloud) signIn(ctx context.Context, refused string) (*record, error) {
	if c.pinned && (c.opts.Prompt == nil || c.id.Method == MethodAppCredential) {
		return nil, c.notPinned()
	}
	method := c.id.Method
	if method == MethodToken {
		rec, err := c.takeToken(ctx, refused)
		if c.auth.Password == "" || clierr.Code(err) != clierr.SignIn {
			return rec, err
		}
		method = MethodPassword // beside the dead token there are the means to get another
	}
	s, err := c.collect(ctx, method)
	if err != nil {
		return nil, err
	}
	ks, err := c.identity(ctx)
	if err != nil {
		return nil, err
	}
	rec, err := c.create(ctx, ks, s)
	var more *secondMethod
	if errors.As(err, &more) && s.passcode == "" && c.opts.Prompt != nil {
		if s.passcode, err = c.ask(ctx, "MFA code of "+s.account(c), true, "OS_PASSCODE"); err == nil {
			rec, err = c.create(ctx, ks, s)
		}
	}
	if err != nil {
		return nil, err
	}
	c.debug(LevelDecision, "token: signed in as %s", rec.identity())
	return rec, nil
}

// takeToken uses OS_TOKEN as it is: Keystone is asked what the token stands for.
// Only a token for another project than the one wanted is exchanged.
func (c *Cloud) takeToken(ctx context.Context, refused string) (*record, error) {
	token := c.auth.Token
	hint := "source your openrc again for a new OS_TOKEN; kubectl catalyst keeps tokens itself when it may ask for the password (unset OS_TOKEN OS_AUTH_TYPE)"
	switch token {
	case "":
		return nil, clierr.New(clierr.SignIn, hint, "signing in by token needs OS_TOKEN, which is not set")
	case refused:
		return nil, clierr.New(clierr.SignIn, hint, "OS_TOKEN has expired or was revoked")
	}
	ks, err := c.identity(ctx)
	if err != nil {
		return nil, err
	}
	ks.SetToken(token)
	r := tokens.Get(ctx, ks, token)
	if err := Explain(r.Err); err != nil {
		var status gophercloud.ErrUnexpectedResponseCode
		if errors.As(err, &status) && (status.Actual == http.StatusUnauthorized || status.Actual == http.StatusNotFound) {
			return nil, clierr.New(clierr.SignIn, hint, "%s does not accept OS_TOKEN: it has expired, was revoked or belongs to another cloud", hostOf(c.id.AuthURL))
		}
		return nil, c.refusal(err)
	}
	var body tokenBody
	if err := r.ExtractInto(&body); err != nil {
		return nil, c.refusal(err)
	}
	var rec *record
	if c.wantsOther(body) {
		ks.SetToken("")
		rec, err = c.create(ctx, ks, secrets{token: token})
	} else {
		rec, err = c.newRecord(token, body)
	}
	if err != nil {
		return nil, err
	}
	rec.Origin = fingerprint(token)
	return rec, nil
}

// wantsOther reports whether a project is named and the token is not for it.
func (c *Cloud) wantsOther(body tokenBody) bool {
	id := c.id
	if body.Project == nil {
		return id.ProjectID != "" || id.ProjectName != ""
	}
	return (id.ProjectID != "" && id.ProjectID != body.Project.ID) ||
		(id.ProjectID == "" && id.ProjectName != "" && id.ProjectName != body.Project.Name)
}

// create asks for a new token.
func (c *Cloud) create(ctx context.Context, ks *gophercloud.ServiceClient, s secrets) (*record, error) {
	opts, err := c.authOptions(s)
	if err != nil {
		return nil, err
	}
	r := tokens.Create(ctx, ks, opts)
	if err := Explain(r.Err); err != nil {
		return nil, c.refusal(err)
	}
	var body tokenBody
	if err := r.ExtractInto(&body); err != nil {
		return nil, c.refusal(err)
	}
	return c.newRecord(r.Header.Get("X-Subject-Token"), body)
}

// tokenBody is Keystone's description of a token.
type tokenBody struct {
	Issued  time.Time `json:"issued_at"`
	Expires time.Time `json:"expires_at"`
	User    tokens.User
	Project *tokens.Project
	Roles   []tokens.Role
	Catalog json.RawMessage
	AppCred struct {
		ID string
	} `json:"application_credential"`
}

// newRecord checks that a token is what everything else needs, one that is
// scoped to a project.
func (c *Cloud) newRecord(token string, b tokenBody) (*record, error) {
	host := hostOf(c.id.AuthURL)
	switch {
	case token == "" || b.Expires.IsZero():
		return nil, clierr.WithHint(fmt.Errorf("%s answered without a token", host), behind)
	case b.Project == nil:
		return nil, clierr.New(clierr.SignIn, "name a project: OS_PROJECT_NAME or OS_PROJECT_ID, or project_name in clouds.yaml",
			"the token of %q from %s is not for any project", b.User.Name, host)
	}
	now := c.opts.Now()
	if !b.Expires.After(now) {
		c.warn("this computer's clock is wrong: a token from %s ends at %s, and here it is %s already; tokens cannot be kept until it is set right",
			host, b.Expires.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	r := &record{
		Version: recordVersion, Token: token, Issued: b.Issued, Expires: b.Expires, AuthURL: c.id.AuthURL, AppCredID: b.AppCred.ID,
		User:    User{ID: b.User.ID, Name: b.User.Name, DomainID: b.User.Domain.ID, DomainName: b.User.Domain.Name},
		Project: Project{ID: b.Project.ID, Name: b.Project.Name, DomainID: b.Project.Domain.ID, DomainName: b.Project.Domain.Name},
		catalog: b.Catalog,
	}
	if path, err := filepath.Abs(c.tls.cacert); err == nil && c.tls.cacert != "" {
		r.CACert = path
	}
	for _, role := range b.Roles {
		r.Roles = append(r.Roles, role.Name)
	}
	return r, nil
}

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
