package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// signInOnce signs in unless another process has just done so. refused is a token
// that must not come back, or "". The Cloud it returns is the one whose token it
// is: where Keystone shows that the configuration belongs to somebody else than the
// pin says, that is the pinned one. The lock is held until then, so that processes
// with the same configuration wait for the pinned token too.
func (c *Cloud) signInOnce(ctx context.Context, refused string) (*Cloud, *tokenRecord, error) {
	release, err := c.lockCache(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	rec, err := c.signInUnlessCached(ctx, refused)
	if err != nil {
		return nil, nil, err
	}
	if c.opts.Pin == (Pin{}) || rec.belongsTo(c.opts.Pin) {
		return c, rec, nil
	}
	if c.pinned {
		return nil, nil, c.notPinned()
	}
	other := fromPin(c.opts, c, "the environment is "+rec.identity().String())
	rec, err = other.pinnedToken(ctx, refused)
	return other, rec, err
}

// pinnedToken returns a token of the pinned identity, from the cache or by signing in
// once.
func (c *Cloud) pinnedToken(ctx context.Context, refused string) (*tokenRecord, error) {
	if rec := c.cachedToken(); rec != nil && rec.Token != refused {
		return rec, nil
	}
	release, err := c.lockCache(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	rec, err := c.signInUnlessCached(ctx, refused)
	if err == nil && !rec.belongsTo(c.opts.Pin) {
		err = c.notPinned()
	}
	return rec, err
}

// signInUnlessCached signs in and caches the token, for a caller who holds the lock.
// What another process cached meanwhile serves as well.
func (c *Cloud) signInUnlessCached(ctx context.Context, refused string) (*tokenRecord, error) {
	if rec := c.cachedToken(); rec != nil && rec.Token != refused {
		c.debug(levelDecision, "token: another process has signed in meanwhile")
		return rec, nil
	}
	if refused != "" {
		c.forgetToken(refused)
	}
	rec, err := c.signIn(ctx, refused)
	if err != nil {
		late := c.searchCache(func(r *tokenRecord) bool { return r.Token != refused && r.good(c.opts.Now(), 0) })
		if late != nil {
			c.debug(levelDecision, "token: cannot be replaced yet, its last minutes serve: %v", err)
			return late, nil
		}
		return nil, err
	}
	rec.Key = c.id.Key()
	c.storeToken(rec)
	return rec, nil
}

// signIn gets a token from Keystone. refused is a token that is known not to be
// accepted any more.
func (c *Cloud) signIn(ctx context.Context, refused string) (*tokenRecord, error) {
	if c.pinned && (c.opts.Prompt == nil || c.id.Method == methodAppCredential) {
		return nil, c.notPinned()
	}
	if !c.mayAsk() {
		return nil, c.notAsked()
	}
	method := c.id.Method
	if method == methodToken {
		rec, err := c.useGivenToken(ctx, refused)
		if clierr.Code(err) != clierr.SignIn || !c.passwordInstead() {
			return rec, err
		}
		c.warn("%v", err)
		method = methodPassword
	}
	s, err := c.collectSecrets(ctx, method)
	if err != nil {
		return nil, err
	}
	ks, err := c.keystone(ctx)
	if err != nil {
		return nil, err
	}
	rec, err := c.createToken(ctx, ks, s)
	var more *secondMethod
	if errors.As(err, &more) && s.passcode == "" && c.opts.Prompt != nil {
		if s.passcode, err = c.promptFor(ctx, "MFA code of "+s.account(c), true, "OS_PASSCODE"); err == nil {
			rec, err = c.createToken(ctx, ks, s)
		}
	}
	if err != nil {
		return nil, err
	}
	c.debug(levelDecision, "token: signed in as %s", rec.identity())
	return rec, nil
}

// passwordInstead reports whether there are the means to get a new token where
// OS_TOKEN is dead: a password beside it, or somebody who knows it.
func (c *Cloud) passwordInstead() bool {
	return c.auth.Password != "" || (c.opts.Prompt != nil && c.auth.Username+c.auth.UserID != "")
}

// createToken asks Keystone for a new token.
func (c *Cloud) createToken(ctx context.Context, ks *gophercloud.ServiceClient, s secrets) (*tokenRecord, error) {
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
	return c.newTokenRecord(r.Header.Get("X-Subject-Token"), body)
}

// useGivenToken uses OS_TOKEN as it is: Keystone is asked what the token stands for.
// Only a token for another project than the one wanted is exchanged.
func (c *Cloud) useGivenToken(ctx context.Context, refused string) (*tokenRecord, error) {
	token := c.auth.Token
	const hint = "source your openrc again for a new OS_TOKEN"
	switch token {
	case "":
		return nil, clierr.New(clierr.SignIn, hint, "signing in by token needs OS_TOKEN, which is not set")
	case refused:
		return nil, clierr.New(clierr.SignIn, hint, "OS_TOKEN has expired or was revoked")
	}
	ks, err := c.keystone(ctx)
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
	var rec *tokenRecord
	if c.wantsOther(body) {
		ks.SetToken("")
		rec, err = c.createToken(ctx, ks, secrets{token: token})
	} else {
		rec, err = c.newTokenRecord(token, body)
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

// tokenBody is Keystone's description of a token.
type tokenBody struct {
	Issued  time.Time `json:"issued_at"`
	Expires time.Time `json:"expires_at"`
	User    tokens.User
	Project *tokens.Project
	Roles   []tokens.Role
	Catalog json.RawMessage
	AppCred struct {
		ID         string
		Restricted bool
	} `json:"application_credential"`
}

// newTokenRecord checks that a token is scoped to a project, as everything else
// needs it to be.
func (c *Cloud) newTokenRecord(token string, b tokenBody) (*tokenRecord, error) {
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
	r := &tokenRecord{
		Version: tokenRecordVersion, Token: token, Issued: b.Issued, Expires: b.Expires, AuthURL: c.id.AuthURL, AppCredID: b.AppCred.ID, Restricted: b.AppCred.Restricted,
		User:    User{ID: b.User.ID, Name: b.User.Name, DomainID: b.User.Domain.ID, DomainName: b.User.Domain.Name},
		Project: Project{ID: b.Project.ID, Name: b.Project.Name, DomainID: b.Project.Domain.ID, DomainName: b.Project.Domain.Name},
		catalog: b.Catalog,
	}
	// What a cloud of the current folder trusts, a context elsewhere does not.
	if path, err := filepath.Abs(c.tls.cacert); err == nil && c.tls.cacert != "" && c.id.Folder == "" {
		r.CACert = path
	}
	for _, role := range b.Roles {
		r.Roles = append(r.Roles, role.Name)
	}
	return r, nil
}

// mayAsk reports whether a person may be asked for a password to send to this
// Keystone: their own configuration names it, or they signed in there before. A
// kubeconfig that a stranger wrote may name the stranger's.
func (c *Cloud) mayAsk() bool {
	if !c.pinned || c.known {
		return true
	}
	r := c.loadToken(c.opts.Pin.Key())
	return r != nil && r.AuthURL == c.id.AuthURL
}

// notAsked is the error for a password that nobody is asked for.
func (c *Cloud) notAsked() error {
	return clierr.New(clierr.SignIn, "if you do not know "+hostOf(c.id.AuthURL)+", do not use that kubeconfig; if it is your cloud's, add it to clouds.yaml or source its openrc, and run kubectl catalyst login",
		"this context belongs to %s, and no cloud of yours is there: your password is not asked for", c.opts.Pin)
}

// notPinned is the error for a context whose identity cannot be proven.
func (c *Cloud) notPinned() error {
	p := c.opts.Pin
	what := fmt.Sprintf("this context belongs to %s, whose token is not kept here or has expired", p)
	if c.instead != "" {
		what += "; " + c.instead
	}
	hint := fmt.Sprintf("source the openrc of %q for project %s, or run kubectl catalyst login in a terminal", p.Username, p.ProjectID)
	if p.AppCredID != "" {
		hint = fmt.Sprintf("provide the secret of application credential %s through clouds.yaml or the OS_ variables", p.AppCredID)
	}
	return clierr.New(clierr.SignIn, hint, "%s", what)
}
