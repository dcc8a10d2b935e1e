package cloud

import (
	"context"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// keys lists where a token of this account may be kept, best first.
func (c *Cloud) keys() []string {
	switch {
	case c.pinned:
		return []string{c.opts.Pin.Key()}
	case c.opts.Pin != Pin{}:
		return []string{c.id.Key(), c.opts.Pin.Key()}
	}
	return []string{c.id.Key()}
}

// The kinds of keys under which tokens are kept.
const (
	identityKind = "identity"
	pinKind      = "pin"
)

// keptByKey returns every kept record of this account's user in its project, by
// key: those of other regions and other spellings of the account too.
func (c *Cloud) keptByKey() map[string]*record {
	kept := map[string]*record{}
	if c.opts.Store == nil {
		return kept
	}
	owners := []Pin{}
	if (c.opts.Pin != Pin{}) {
		owners = append(owners, c.opts.Pin)
	} else if r := c.load(c.id.Key()); r != nil {
		owners = append(owners, r.pin())
	}
	for _, kind := range []string{identityKind, pinKind} {
		keys, err := c.opts.Store.Keys(kind)
		if err != nil {
			c.debug(LevelDecision, "token: %v", err)
		}
		for _, key := range keys {
			r := c.load(key)
			if r != nil && slices.ContainsFunc(owners, func(p Pin) bool { return p.identity().AuthURL == r.AuthURL && p.admits(r) }) {
				kept[key] = r
			}
		}
	}
	return kept
}

// load reads one record. What cannot be read counts as absent: the cost is a
// sign-in.
func (c *Cloud) load(key string) *record {
	if c.opts.Store == nil {
		return nil
	}
	data, err := c.opts.Store.Get(key)
	if err != nil {
		c.debug(LevelDecision, "token: %v", err)
		return nil
	}
	return decodeRecord(data)
}

// kept returns a token that is good for a while yet, or nil.
func (c *Cloud) kept() *record {
	margin := spare
	if c.id.Method == MethodToken {
		margin = lastSpare // nothing here could replace it
	}
	return c.search(func(r *record) bool { return r.good(c.opts.Now(), margin) })
}

// search returns the first kept record of this account that pleases.
func (c *Cloud) search(pleases func(*record) bool) *record {
	for _, key := range c.keys() {
		r := c.load(key)
		if r == nil || !c.mine(r) {
			continue
		}
		c.trust(r)
		if pleases(r) {
			return r
		}
	}
	return nil
}

// mine reports whether a record found under one of the keys is this account's:
// the pinned one, or made from the very OS_TOKEN that is set now, or from the
// password beside it.
func (c *Cloud) mine(r *record) bool {
	if (c.opts.Pin != Pin{}) {
		return c.opts.Pin.admits(r)
	}
	if c.id.Method != MethodToken || c.auth.Token == "" {
		return true
	}
	return r.Origin == fingerprint(c.auth.Token) || (r.Origin == "" && c.auth.Password != "")
}

// trust takes over the CA file with which the record's servers were verified,
// where nothing else is known about them.
func (c *Cloud) trust(r *record) {
	if c.pinned && c.tls == (tlsFiles{}) && r.AuthURL == c.id.AuthURL {
		c.tls.cacert = r.CACert
	}
}

// keep stores a token for the next process. A cache that cannot be written
// costs time, not the work at hand.
func (c *Cloud) keep(r *record) {
	if c.opts.Store == nil {
		return
	}
	data, err := r.encode()
	if err == nil {
		err = c.opts.Store.Put(r.Key, data)
	}
	if p := r.pin().Key(); err == nil && p != r.Key && c.mayShare(r, p) {
		err = c.opts.Store.Put(p, data)
	}
	if err != nil {
		c.warn("the token cannot be kept, so every command signs in again: %v", err)
	}
}

// mayShare reports whether a record may be kept under the key of its pin, where
// contexts find it. What a cloud of the current folder got takes no other
// sign-in's place there.
func (c *Cloud) mayShare(r *record, pin string) bool {
	if c.id.Folder == "" {
		return true
	}
	other := c.load(pin)
	return other == nil || other.Key == r.Key || !other.good(c.opts.Now(), 0)
}

// forget removes a token that was refused, wherever it is kept.
func (c *Cloud) forget(token string) {
	for key, r := range c.keptByKey() {
		if r.Token == token {
			if err := c.opts.Store.Delete(key); err != nil {
				c.debug(LevelDecision, "token: %v", err)
			}
		}
	}
}

// lock waits for the other processes that are signing in to the same account.
func (c *Cloud) lock(ctx context.Context) (release func(), err error) {
	if c.opts.Store == nil {
		return func() {}, nil
	}
	release, err = c.opts.Store.Lock(ctx, c.keys()[0])
	switch {
	case err == nil:
		return release, nil
	case ctx.Err() != nil:
		return nil, clierr.WithHint(err, "another kubectl may be asking for your password in another terminal")
	}
	c.debug(LevelDecision, "token: no lock: %v", err)
	return func() {}, nil
}

// signInOnce signs in unless another process has just done so. refused is a
// token that must not come back, or "". The Cloud it returns is the one whose
// token it is: where Keystone shows that the configuration belongs to somebody
// else than the pin says, that is the pinned one.
func (c *Cloud) signInOnce(ctx context.Context, refused string) (*Cloud, *record, error) {
	release, err := c.lock(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	if rec := c.kept(); rec != nil && rec.Token != refused {
		c.debug(LevelDecision, "token: another process has signed in meanwhile")
		return c, rec, nil
	}
	if refused != "" {
		c.forget(refused)
	}
	rec, err := c.signIn(ctx, refused)
	if err != nil {
		late := c.search(func(r *record) bool { return r.Token != refused && r.good(c.opts.Now(), 0) })
		if late != nil {
			c.debug(LevelDecision, "token: cannot be replaced yet, its last minutes serve: %v", err)
			return c, late, nil
		}
		return nil, nil, err
	}
	rec.Key = c.id.Key()
	c.keep(rec)
	if (c.opts.Pin != Pin{}) && !c.opts.Pin.admits(rec) {
		if c.pinned {
			return nil, nil, c.notPinned()
		}
		other := fromPin(c.opts, c, "the environment is "+rec.identity().String())
		if held := other.kept(); held != nil && held.Token != refused {
			return other, held, nil
		}
		return other.signInOnce(ctx, refused)
	}
	return c, rec, nil
}
