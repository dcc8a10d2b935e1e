package credential

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Mode is how a user proves to a cluster who they are.
type Mode string

// The two modes that Magnum clusters know.
const (
	ModeKeystone    Mode = "keystone"    // the user's project-scoped Keystone token as a bearer token
	ModeCertificate Mode = "certificate" // a client certificate that the cluster's CA signed
)

// Ref names one credential: of which identity, for which cluster, in which
// mode. Identity is cloud.Pin.KeyIn.
type Ref struct {
	Identity, ClusterUUID string
	Mode                  Mode
}

func (r Ref) key() string {
	return store.Key("cluster", r.Identity, r.ClusterUUID, string(r.Mode))
}

// cacheEntry is the content of the private cache for one Ref. A certificate and its
// key are always together in one file.
type cacheEntry struct {
	CA         string    `json:"verified_ca"` // fingerprint of the CA that Magnum named, or that was accepted, see trustCA
	CertPEM    string    `json:"certificate,omitempty"`
	KeyPEM     string    `json:"key,omitempty"`
	RenewAt    time.Time `json:"renewAt,omitzero"`
	CheckAfter time.Time `json:"checkAfter,omitzero"` // until then the API server is taken to accept it
}

// certificate returns the cached pair if it is still good for the CA.
func (r *cacheEntry) certificate(ca string, now time.Time) *Certificate {
	if r.CertPEM == "" || !now.Before(r.RenewAt) || ca != "" && ca != r.CA {
		return nil
	}
	return &Certificate{CertPEM: []byte(r.CertPEM), KeyPEM: []byte(r.KeyPEM)}
}

func (r *cacheEntry) setCertificate(c *Certificate) {
	r.CertPEM, r.KeyPEM, r.RenewAt = string(c.CertPEM), string(c.KeyPEM), c.renewAt()
}

// loadEntry returns an empty entry when there is none, or none that can be read:
// then the credential is simply obtained anew.
func loadEntry(s *store.Store, ref Ref) *cacheEntry {
	r := &cacheEntry{}
	if s == nil {
		return r
	}
	data, err := s.Get(ref.key())
	if err != nil || data == nil || json.Unmarshal(data, r) != nil {
		return &cacheEntry{}
	}
	return r
}

func (r *cacheEntry) save(s *store.Store, ref Ref) error {
	if s == nil {
		return nil
	}
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding the credential of cluster %s: %w", ref.ClusterUUID, err)
	}
	return s.Set(ref.key(), data)
}

// CacheLogin puts what a login obtained into the private cache. cert is nil in
// Keystone mode, where the token has a cache of its own.
func CacheLogin(s *store.Store, ref Ref, caPEM []byte, cert *Certificate) error {
	r := &cacheEntry{CA: Fingerprint(caPEM)}
	if cert != nil {
		r.setCertificate(cert)
	}
	return r.save(s, ref)
}

// Forget removes a credential from the private cache, and the CA that was
// accepted for its cluster.
func Forget(s *store.Store, ref Ref) error {
	return errors.Join(s.Delete(ref.key()), s.Delete(acceptanceKey(ref.ClusterUUID)))
}
