package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"time"
)

// keystoneTime is how Keystone writes a moment.
const keystoneTime = "2006-01-02T15:04:05.000000Z"

// token is a sign-in that has not ended.
type token struct {
	id              string
	user            *user
	project         *project // nil: unscoped
	roles           []string
	methods         []string
	issued, expires time.Time
	audit           string
	credential      *credential // nil: not by an application credential
}

// issue makes a token. One made from another token ends when that one does.
func (c *cloud) issue(t token) *token {
	t.id = "gAAAAAB" + secretText(132) // as long as a real Fernet token
	t.audit = secretText(16)
	t.issued = c.now().Truncate(time.Second)
	if t.expires.IsZero() {
		t.expires = t.issued.Add(c.opts.TokenLifetime)
	}
	c.tokens[t.id] = &t
	return &t
}

// valid returns the token of that id unless it has expired or was revoked.
func (c *cloud) valid(id string) *token {
	t := c.tokens[id]
	if t == nil || !c.now().Before(t.expires) {
		return nil
	}
	return t
}

// RevokeTokens ends every token there is, as a change of password does.
func (s *Sandbox) RevokeTokens() {
	s.cloud.mu.Lock()
	defer s.cloud.mu.Unlock()
	clear(s.cloud.tokens)
}

// describe writes a token as Keystone does.
func (c *cloud) describe(t *token, withCatalog bool) object {
	body := object{
		"methods":    t.methods,
		"user":       object{"id": t.user.id, "name": t.user.name, "domain": defaultDomain(), "password_expires_at": nil},
		"audit_ids":  []string{t.audit},
		"issued_at":  t.issued.Format(keystoneTime),
		"expires_at": t.expires.Format(keystoneTime),
	}
	if t.project == nil {
		return body
	}
	body["project"] = object{"id": t.project.id, "name": t.project.name, "domain": defaultDomain()}
	body["is_domain"] = false
	roles := []object{}
	for _, name := range t.roles {
		roles = append(roles, object{"id": stableID("role", name), "name": name})
	}
	body["roles"] = roles
	if withCatalog {
		body["catalog"] = c.catalog()
	}
	if t.credential != nil {
		body["application_credential"] = object{"id": t.credential.id, "name": t.credential.name,
			"restricted": !t.credential.unrestricted}
	}
	return body
}

func defaultDomain() object { return object{"id": "default", "name": "Default"} }

// secretText returns n random bytes as text.
func secretText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
