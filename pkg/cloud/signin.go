package cloud

import (
	"context"
	"errors"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// signIn gets a token from Keystone. refused is a token that is known not to be
// accepted any more.
func (c *Cloud) signIn(ctx context.Context, refused string) (*record, error) {
	if c.pinned && (c.opts.Prompt == nil || c.id.Method == MethodAppCredential) {
		return nil, c.notPinned()
	}
	if !c.mayAsk() {
		return nil, c.notAsked()
	}
	method := c.id.Method
	if method == MethodToken {
		rec, err := c.takeToken(ctx, refused)
		if clierr.Code(err) != clierr.SignIn || !c.passwordInstead() {
			return rec, err
		}
		c.warn("%v", err)
		method = MethodPassword
	}
	s, err := c.collect(ctx, method)
	if err != nil {
		return nil, err
	}
	ks, err := c.keystone(ctx)
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

// passwordInstead reports whether there are the means to get a new token where
// OS_TOKEN is dead: a password beside it, or somebody who knows it.
func (c *Cloud) passwordInstead() bool {
	return c.auth.Password != "" || (c.opts.Prompt != nil && c.auth.Username+c.auth.UserID != "")
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
