package cloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

// ForgottenToken is a token that was cached for an account and is not any more. It is
// valid until it is revoked or expires.
type ForgottenToken struct {
	Expires time.Time
	Given   bool // it was set as OS_TOKEN or made from it: whoever set it still uses it

	c      *Cloud
	record *tokenRecord
}

// Format keeps the token out of every fmt verb.
func (t ForgottenToken) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "cloud.ForgottenToken{%s}", t.record.identity())
}

// Owner describes for a person whose token it is.
func (t ForgottenToken) Owner() string { return t.record.identity().String() }

// SignOut removes every cached token of the account, without the network, and
// returns those that are still valid.
func (c *Cloud) SignOut() ([]ForgottenToken, error) {
	cached := c.cachedTokens()
	var errs []error
	valid := map[string]ForgottenToken{}
	for _, key := range slices.Sorted(maps.Keys(cached)) {
		errs = append(errs, c.opts.Store.Delete(key))
		if r := cached[key]; r.good(c.opts.Now(), 0) {
			c.adoptCA(r)
			valid[r.Token] = ForgottenToken{Expires: r.Expires, Given: r.Origin != "", c: c, record: r}
		}
	}
	return slices.Collect(maps.Values(valid)), errors.Join(errs...)
}

// SharesToken reports whether a token is cached that both accounts would use.
func (c *Cloud) SharesToken(other *Cloud) bool {
	theirs := other.cachedTokens()
	for key := range c.cachedTokens() {
		if theirs[key] != nil {
			return true
		}
	}
	return false
}

// Revoke makes Keystone refuse the token from now on. One that Keystone does not
// know any more is revoked already.
func (t ForgottenToken) Revoke(ctx context.Context) error {
	ks, err := t.c.keystone(ctx)
	if err != nil {
		return err
	}
	ks.SetToken(t.record.Token)
	r := tokens.Revoke(ctx, ks, t.record.Token)
	var status gophercloud.ErrUnexpectedResponseCode
	if errors.As(r.Err, &status) && (status.Actual == http.StatusUnauthorized || status.Actual == http.StatusNotFound) {
		return nil
	}
	if err := Explain(r.Err); err != nil {
		return t.c.refusal(err)
	}
	return nil
}
