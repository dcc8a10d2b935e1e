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

// KeptToken is a token that was kept for an account and is not any more. It is
// valid until it is revoked or expires.
type KeptToken struct {
	Expires time.Time
	Given   bool // it was set as OS_TOKEN or made from it: whoever set it goes on using it

	c      *Cloud
	record *record
}

// Format keeps the token out of every fmt verb.
func (t KeptToken) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "cloud.KeptToken{%s}", t.record.identity())
}

// Owner describes for a person whose token it is.
func (t KeptToken) Owner() string { return t.record.identity().String() }

// SignOut forgets every kept token of the account, without the network, and
// returns those that are still valid.
func (c *Cloud) SignOut() ([]KeptToken, error) {
	kept := c.keptByKey()
	var errs []error
	valid := map[string]KeptToken{}
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		errs = append(errs, c.opts.Store.Delete(key))
		if r := kept[key]; r.good(c.opts.Now(), 0) {
			c.trust(r)
			valid[r.Token] = KeptToken{Expires: r.Expires, Given: r.Origin != "", c: c, record: r}
		}
	}
	return slices.Collect(maps.Values(valid)), errors.Join(errs...)
}

// SharesToken reports whether a token is kept that both accounts would use.
func (c *Cloud) SharesToken(other *Cloud) bool {
	theirs := other.keptByKey()
	for key := range c.keptByKey() {
		if theirs[key] != nil {
			return true
		}
	}
	return false
}

// Revoke makes Keystone refuse the token from now on. One that Keystone does not
// know any more is revoked already.
func (t KeptToken) Revoke(ctx context.Context) error {
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
