package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// object is a JSON object.
type object = map[string]any

// cloud is everything the services know. Its lock guards all fields and all
// that they point to.
type cloud struct {
	*Sandbox
	mu          sync.Mutex
	projects    []*project
	users       []*user
	credentials []*credential
	tokens      map[string]*token
	templates   []*template
	clusters    []*cluster
}

func newCloud(s *Sandbox) *cloud {
	return &cloud{Sandbox: s, tokens: map[string]*token{}}
}

func (c *cloud) now() time.Time { return c.opts.Now().UTC() }

// project is a Keystone project of the domain Default.
type project struct{ id, name string }

// user is a Keystone user of the domain Default.
type user struct {
	id, name, password string
	roles              map[*project][]string
	factor             factor
}

// factor says how a user proves more than the password.
type factor int

const (
	passwordOnly factor = iota
	appended            // the six digits stand right behind the password
	totp                // Keystone's own second method
)

// credential is an application credential.
type credential struct {
	id, name, secret string
	user             *user
	project          *project
	unrestricted     bool // may make trusts, and so create clusters
}

func (c *cloud) project(ref string) *project {
	return find(c.projects, func(p *project) bool { return ref != "" && (p.id == ref || p.name == ref) })
}

func (c *cloud) user(ref string) *user {
	return find(c.users, func(u *user) bool { return ref != "" && (u.id == ref || u.name == ref) })
}

func find[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

// stableID derives an id from a name, so that every sandbox has the same ones.
func stableID(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + ":" + name))
	return hex.EncodeToString(sum[:16])
}

// stableUUID is stableID in the form of a UUID.
func stableUUID(kind, name string) string { return uuidForm(stableID(kind, name)) }

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return uuidForm(hex.EncodeToString(b[:]))
}

// uuidForm writes 32 hexadecimal digits as a random (version 4) UUID.
func uuidForm(id string) string {
	return fmt.Sprintf("%s-%s-4%s-8%s-%s", id[:8], id[8:12], id[13:16], id[17:20], id[20:32])
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // the client may be gone
}
