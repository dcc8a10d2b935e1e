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

// takeToken uses OS_TOKEN as it is: Keystone is asked what the token stands for.
// Only a token for another project than the one wanted is exchanged.
func (c *Cloud) takeToken(ctx context.Context, refused string) (*record, error) {
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
	// What a cloud of the current folder trusts, a context elsewhere does not.
	if path, err := filepath.Abs(c.tls.cacert); err == nil && c.tls.cacert != "" && c.id.Folder == "" {
		r.CACert = path
	}
	for _, role := range b.Roles {
		r.Roles = append(r.Roles, role.Name)
	}
	return r, nil
}
