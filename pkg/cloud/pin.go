package cloud

import "github.com/catalyst-cloud/kubectl-catalyst/pkg/store"

// pinKind is the kind of the cache keys of pins.
const pinKind = "pin"

// Pin is the identity a kubeconfig entry was made for, as far as it can be
// written into arguments. It is never secret. The zero value pins nothing.
type Pin struct {
	AuthURL, Username, UserDomainName, ProjectID string
	AppCredID                                    string // set instead of Username when an application credential signed in
}

// Key names the pinned identity in the cache, the same in every terminal. Each
// token is cached under the key of its pin too, which is how a terminal without
// any openrc finds it.
func (p Pin) Key() string { return p.key() }

// KeyIn names the pinned identity in a region: what is cached for a cluster belongs
// to one, while a token serves them all.
func (p Pin) KeyIn(region string) string { return p.key(region) }

func (p Pin) key(more ...string) string {
	base, err := baseURL(p.AuthURL)
	if err != nil {
		base = p.AuthURL
	}
	return store.Key(pinKind, append([]string{base, p.Username, p.UserDomainName, p.ProjectID, p.AppCredID}, more...)...)
}

// String describes the pinned identity for a person.
func (p Pin) String() string { return p.identity().String() }

func (p Pin) identity() Identity {
	id := Identity{
		AuthURL: p.AuthURL, Interface: "public", Method: methodPassword,
		Username: p.Username, UserDomainName: p.UserDomainName, ProjectID: p.ProjectID,
	}
	if base, err := baseURL(p.AuthURL); err == nil {
		id.AuthURL = base
	}
	if p.AppCredID != "" {
		id.Method, id.AppCredID = methodAppCredential, p.AppCredID
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
		if id.Method == methodAppCredential {
			return differ(p.AppCredID, id.AppCredID)
		}
		return id.Method != methodToken
	}
	return differ(p.Username, id.Username) || differ(p.UserDomainName, id.UserDomainName)
}

// agrees reports whether id is certainly the pinned identity.
func (p Pin) agrees(id Identity) bool {
	if p.contradicts(id) {
		return false
	}
	if p.AppCredID != "" {
		return id.AppCredID == p.AppCredID
	}
	return id.Username == p.Username && id.ProjectID == p.ProjectID
}
