package cloud

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gophercloud/utils/v2/openstack/clientconfig"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Pin is the identity a kubeconfig entry was made for, as far as it can be
// written into arguments. It is never secret. The zero value pins nothing.
type Pin struct {
	AuthURL, Username, UserDomainName, ProjectID string
	AppCredID                                    string // set instead of Username when an application credential signed in
}

// Key names the pinned identity in the cache, the same in every terminal. Each
// token is kept under the key of its pin too, which is how a terminal without
// any openrc finds it.
func (p Pin) Key() string {
	base, err := baseURL(p.AuthURL)
	if err != nil {
		base = p.AuthURL
	}
	return store.Key(pinKind, base, p.Username, p.UserDomainName, p.ProjectID, p.AppCredID)
}

// String describes the pinned identity for a person.
func (p Pin) String() string { return p.identity().String() }

func (p Pin) identity() Identity {
	id := Identity{
		AuthURL: p.AuthURL, Interface: "public", Method: MethodPassword,
		Username: p.Username, UserDomainName: p.UserDomainName, ProjectID: p.ProjectID,
	}
	if base, err := baseURL(p.AuthURL); err == nil {
		id.AuthURL = base
	}
	if p.AppCredID != "" {
		id.Method, id.AppCredID = MethodAppCredential, p.AppCredID
		id.Username, id.UserDomainName = "", ""
	}
	return id
}

// contradicts reports whether id is certainly somebody else, or elsewhere, than
// the pin says. What id leaves open is checked after signing in.
func (p Pin) contradicts(id Identity) bool {
	differ := func(pinned, known string) bool { return pinned != "" && known != "" && pinned != known }
	want := p.identity()
	if want.AuthURL != id.AuthURL || differ(want.ProjectID, id.ProjectID) {
		return true
	}
	if p.AppCredID != "" {
		if id.Method == MethodAppCredential {
			return differ(p.AppCredID, id.AppCredID)
		}
		return id.Method != MethodToken
	}
	return differ(p.Username, id.Username) || differ(p.UserDomainName, id.UserDomainName)
}

// admits reports whether a token's record belongs to the pinned identity.
func (p Pin) admits(r *record) bool {
	if p.AppCredID != "" {
		return r.AppCredID == p.AppCredID
	}
	return r.User.Name == p.Username && r.Project.ID == p.ProjectID &&
		(p.UserDomainName == "" || r.User.DomainName == p.UserDomainName)
}

// agrees reports whether id is certainly what the pin says.
func (p Pin) agrees(id Identity) bool {
	if p.contradicts(id) {
		return false
	}
	if p.AppCredID != "" {
		return id.AppCredID == p.AppCredID
	}
	return id.Username == p.Username && id.ProjectID == p.ProjectID
}

// pinned decides between the configuration that was found and the pin: the
// configuration counts unless it belongs to somebody else. Then clouds.yaml may
// still hold the pinned account under a name that was not chosen.
func (r *resolver) pinned(c *Cloud, err error) (*Cloud, error) {
	if c != nil && !r.opts.Pin.contradicts(c.id) {
		c.nameOwner()
		return c, nil
	}
	if other := r.matching(); other != nil {
		return other, nil
	}
	if _, bad := baseURL(r.opts.Pin.AuthURL); bad != nil {
		return nil, clierr.Errorf("run kubectl catalyst login again", "this context names no usable auth URL: %w", bad)
	}
	instead := ""
	switch {
	case c != nil:
		instead = "the environment is " + c.id.String()
	case err != nil && !errors.Is(err, errNothing):
		instead = err.Error()
	}
	who := fromPin(r.opts, c, instead)
	who.known = who.known || r.hasAuthURL(who.id.AuthURL)
	return who, nil
}

// HasAuthURL reports whether the user's own clouds or variables name this
// Keystone. A kubeconfig may name any.
func HasAuthURL(o Options, authURL string) bool {
	base, err := baseURL(authURL)
	o.SkipFolder = true // what the current folder names is not the user's own
	r := &resolver{opts: o.withDefaults()}
	return err == nil && r.hasAuthURL(base)
}

func (r *resolver) hasAuthURL(base string) bool {
	if own, err := baseURL(r.environ()["auth.auth_url"]); err == nil && own == base {
		return true
	}
	if r.readFiles() != nil {
		return false
	}
	return slices.ContainsFunc(r.names(), func(name string) bool {
		c, err := r.named(name)
		return err == nil && c.id.AuthURL == base
	})
}

// mayAsk reports whether a person may be asked for a password to send to this
// Keystone: their own configuration names it, or they signed in there before. A
// kubeconfig that a stranger wrote may name the stranger's.
func (c *Cloud) mayAsk() bool {
	if !c.pinned || c.known {
		return true
	}
	r := c.load(c.opts.Pin.Key())
	return r != nil && r.AuthURL == c.id.AuthURL
}

// matching returns the cloud of clouds.yaml that is the pinned account, or else
// the first that may be, or nil. Files that cannot be read have none.
func (r *resolver) matching() *Cloud {
	if r.readFiles() != nil {
		return nil
	}
	var maybe *Cloud
	for _, name := range r.names() {
		c, err := r.named(name)
		switch {
		case err != nil || r.opts.Pin.contradicts(c.id):
		case r.opts.Pin.agrees(c.id):
			return c
		case maybe == nil:
			maybe = c
		}
	}
	return maybe
}

// nameOwner completes a token without a user name by the pinned one, so that a
// password can be asked for once the token has expired.
func (c *Cloud) nameOwner() {
	p := c.opts.Pin
	if c.id.Method != MethodToken || p.Username == "" || c.auth.Username+c.auth.UserID != "" {
		return
	}
	c.auth.Username, c.auth.UserDomainName, c.auth.UserDomainID = p.Username, p.UserDomainName, ""
	if p.UserDomainName == "" {
		c.auth.UserDomainID = fallbackDomain
	}
	c.auth.ProjectID = p.ProjectID
}

// fromPin makes the account that the pin describes. When the configuration is
// for the same Keystone its TLS settings hold for the pin as well.
func fromPin(o Options, config *Cloud, instead string) *Cloud {
	id := o.Pin.identity()
	id.Region = o.Region
	c := &Cloud{opts: o, id: id, pinned: true, instead: instead, net: new(network), versioned: hasVersion(o.Pin.AuthURL)}
	c.auth = clientconfig.AuthInfo{
		AuthURL: id.AuthURL, Username: id.Username, UserDomainName: id.UserDomainName,
		ProjectID: id.ProjectID, ApplicationCredentialID: id.AppCredID,
	}
	if id.UserDomainName == "" {
		c.auth.UserDomainID = fallbackDomain
	}
	if config != nil && config.id.AuthURL == id.AuthURL {
		c.tls, c.id.Insecure, c.known = config.tls, config.id.Insecure, true
		c.id.Region = first(o.Region, config.id.Region)
	}
	if instead != "" {
		c.debug(LevelDecision, "identity: this context belongs to %s; %s and is not used", o.Pin, instead)
	}
	return c
}

// notAsked says why nobody is asked for a password.
func (c *Cloud) notAsked() error {
	return clierr.New(clierr.SignIn, "if you do not know "+hostOf(c.id.AuthURL)+", do not use that kubeconfig; if it is your cloud's, add it to clouds.yaml or source its openrc, and run kubectl catalyst login",
		"this context belongs to %s, and no cloud of yours is there: your password is not asked for", c.opts.Pin)
}

// notPinned says whose context this is when its identity cannot be proven.
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
