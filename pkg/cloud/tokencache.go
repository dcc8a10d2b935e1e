package cloud

import (
	"context"
	"slices"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// A token that can be replaced counts as used up renewMargin before its end, early
// enough for what is still to be done with it; one that cannot be replaced only
// minMargin before, when nothing can be done with it any more. Short-lived tokens
// get a tenth of their life instead.
const (
	renewMargin = 5 * time.Minute
	minMargin   = 20 * time.Second
)

// cacheKeys lists the keys under which a token of this account may be cached, best
// first.
func (c *Cloud) cacheKeys() []string {
	switch {
	case c.pinned:
		return []string{c.opts.Pin.Key()}
	case c.opts.Pin != Pin{}:
		return []string{c.id.Key(), c.opts.Pin.Key()}
	}
	return []string{c.id.Key()}
}

// cachedToken returns a cached token that is good for a while yet, or nil.
func (c *Cloud) cachedToken() *tokenRecord {
	margin := renewMargin
	if c.id.Method == methodToken {
		margin = minMargin // nothing here could replace it
	}
	return c.searchCache(func(r *tokenRecord) bool { return r.good(c.opts.Now(), margin) })
}

// searchCache returns the first cached token of this account that match accepts.
func (c *Cloud) searchCache(match func(*tokenRecord) bool) *tokenRecord {
	for _, key := range c.cacheKeys() {
		r := c.loadToken(key)
		if r == nil || !c.owns(r) {
			continue
		}
		c.adoptCA(r)
		if match(r) {
			return r
		}
	}
	return nil
}

// loadToken reads one record. What cannot be read counts as absent: the cost is a
// sign-in.
func (c *Cloud) loadToken(key string) *tokenRecord {
	if c.opts.Store == nil {
		return nil
	}
	data, err := c.opts.Store.Get(key)
	if err != nil {
		c.debug(levelDecision, "token: %v", err)
		return nil
	}
	return decodeTokenRecord(data)
}

// owns reports whether a record found under one of the keys is this account's: the
// pinned one, or made from the very OS_TOKEN that is set now, or from the password
// beside it.
func (c *Cloud) owns(r *tokenRecord) bool {
	if (c.opts.Pin != Pin{}) {
		return r.belongsTo(c.opts.Pin)
	}
	if c.id.Method != methodToken || c.auth.Token == "" {
		return true
	}
	return r.Origin == fingerprint(c.auth.Token) || (r.Origin == "" && c.auth.Password != "")
}

// adoptCA takes over the CA file with which the record's servers were verified,
// where nothing else is known about them.
func (c *Cloud) adoptCA(r *tokenRecord) {
	if c.pinned && c.tls == (tlsFiles{}) && r.AuthURL == c.id.AuthURL {
		c.tls.cacert = r.CACert
	}
}

// storeToken caches a token for the next process. A cache that cannot be written
// costs time, not the work at hand.
func (c *Cloud) storeToken(r *tokenRecord) {
	if c.opts.Store == nil {
		return
	}
	data, err := r.encode()
	if err == nil {
		err = c.opts.Store.Set(r.Key, data)
	}
	if p := r.pin().Key(); err == nil && p != r.Key && c.mayStoreForPin(r, p) {
		err = c.opts.Store.Set(p, data)
	}
	if err != nil {
		c.warn("the token cannot be kept, so every command signs in again: %v", err)
	}
}

// mayStoreForPin reports whether a record may be cached under the key of its pin,
// where contexts find it. What a cloud of the current folder got takes no other
// sign-in's place there.
func (c *Cloud) mayStoreForPin(r *tokenRecord, pin string) bool {
	if c.id.Folder == "" {
		return true
	}
	other := c.loadToken(pin)
	return other == nil || other.Key == r.Key || !other.good(c.opts.Now(), 0)
}

// cachedTokens returns every cached token of this account's user in its project, by
// key: those of other regions and other spellings of the account too.
func (c *Cloud) cachedTokens() map[string]*tokenRecord {
	cached := map[string]*tokenRecord{}
	if c.opts.Store == nil {
		return cached
	}
	owners := []Pin{}
	if (c.opts.Pin != Pin{}) {
		owners = append(owners, c.opts.Pin)
	} else if r := c.loadToken(c.id.Key()); r != nil {
		owners = append(owners, r.pin())
	}
	for _, kind := range []string{identityKind, pinKind} {
		keys, err := c.opts.Store.Keys(kind)
		if err != nil {
			c.debug(levelDecision, "token: %v", err)
		}
		for _, key := range keys {
			r := c.loadToken(key)
			if r != nil && slices.ContainsFunc(owners, func(p Pin) bool { return p.identity().AuthURL == r.AuthURL && r.belongsTo(p) }) {
				cached[key] = r
			}
		}
	}
	return cached
}

// forgetToken removes a token that was refused, wherever it is cached.
func (c *Cloud) forgetToken(token string) {
	for key, r := range c.cachedTokens() {
		if r.Token == token {
			if err := c.opts.Store.Delete(key); err != nil {
				c.debug(levelDecision, "token: %v", err)
			}
		}
	}
}

// lockCache waits for the other processes that are signing in to the same account.
func (c *Cloud) lockCache(ctx context.Context) (release func(), err error) {
	if c.opts.Store == nil {
		return func() {}, nil
	}
	release, err = c.opts.Store.Lock(ctx, c.cacheKeys()[0])
	switch {
	case err == nil:
		return release, nil
	case ctx.Err() != nil:
		return nil, clierr.WithHint(err, "another kubectl may be asking for your password in another terminal")
	}
	c.debug(levelDecision, "token: no lock: %v", err)
	return func() {}, nil
}
