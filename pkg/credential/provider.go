package credential

import (
	"context"
	"time"

	clientauth "k8s.io/client-go/pkg/apis/clientauthentication/v1"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// tokenMargin is how long before its end a token is no longer handed out: kubectl
// still has to use it.
const tokenMargin = 2 * time.Minute

// Session is a signed-in user.
type Session interface {
	User() string
	Project() string // its id
	Token() (id string, expires time.Time)
	Renew(ctx context.Context) error // replaces a token that was refused
	Authority() (Authority, error)
}

// Provider answers one call of the exec plugin.
type Provider struct {
	Ref   Ref
	Store *store.Store // nil: nothing is cached
	// Accepted has the CAs that were accepted at logins from a file, also where
	// nothing is cached; nil: there are none.
	Accepted *store.Store
	SignIn   func(ctx context.Context) (Session, error) // with a cached token where there is one
	Cluster  *clientauth.Cluster                        // the cluster kubectl is about to talk to; nil if it did not say
	Now      func() time.Time
	// Rotated puts a new CA of the cluster into the user's kubeconfig.
	Rotated func(ctx context.Context, caPEM []byte) error
	// Unreached explains why the API server could not be asked, where the way there
	// is this program's business, and returns nil when it cannot; a nil function:
	// kubectl will say it itself.
	Unreached func(error) error

	session Session
}

// Credential returns what to show the API server. With a warm cache it asks
// nobody. Every now and then (see verifyWithServer) it makes sure that the API server
// still accepts the credential, and renews what it does not.
func (p *Provider) Credential(ctx context.Context) (*Credential, error) {
	if err := p.requireVerification(); err != nil {
		return nil, err
	}
	r := loadEntry(p.Store, p.Ref)
	if err := p.trustCA(ctx, r); err != nil {
		return nil, err
	}
	c, err := p.current(ctx, r)
	if err != nil {
		return nil, err
	}
	return p.verifyWithServer(ctx, r, c)
}

// current returns the credential from the cache, or obtains one.
func (p *Provider) current(ctx context.Context, r *cacheEntry) (*Credential, error) {
	if p.Ref.Mode == ModeKeystone {
		return p.tokenCredential(ctx)
	}
	if c := r.certificate(p.givenCA(), p.Now()); c != nil {
		return certificateCredential(c, r.RenewAt), nil
	}
	return p.renewCertificate(ctx, r)
}

func (p *Provider) tokenCredential(ctx context.Context) (*Credential, error) {
	s, err := p.signIn(ctx)
	if err != nil {
		return nil, err
	}
	id, expires := s.Token()
	// A token near its end is still worth more than none.
	if soon := expires.Add(-tokenMargin); soon.After(p.Now()) {
		expires = soon
	}
	return &Credential{Auth: apiserver.Auth{Token: id}, Expires: expires}, nil
}

// renewCertificate makes one of many processes do the work.
func (p *Provider) renewCertificate(ctx context.Context, r *cacheEntry) (*Credential, error) {
	if p.Store != nil {
		release, err := p.Store.Lock(ctx, p.Ref.key())
		if err != nil {
			return nil, err
		}
		defer release()
		old := r.CertPEM
		*r = *loadEntry(p.Store, p.Ref)
		if c := r.certificate(p.givenCA(), p.Now()); c != nil && r.CertPEM != old {
			return certificateCredential(c, r.RenewAt), nil
		}
	}
	s, err := p.signIn(ctx)
	if err != nil {
		return nil, err
	}
	authority, err := s.Authority()
	if err != nil {
		return nil, err
	}
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	cert, ca, err := Issue(ctx, authority, p.Ref.ClusterUUID, s.User(), key, nil, p.Now)
	if err != nil {
		return nil, err
	}
	rotated := p.givenCA() != "" && p.givenCA() != Fingerprint(ca)
	if rotated {
		if err := p.proveCA(ctx, ca); err != nil {
			return nil, err
		}
	}
	r.setCertificate(cert)
	r.CA = Fingerprint(ca)
	if rotated {
		if err := r.save(p.Store, p.Ref); err != nil {
			return nil, err
		}
		return nil, p.reportRotatedCA(ctx, ca)
	}
	return certificateCredential(cert, r.RenewAt), r.save(p.Store, p.Ref)
}

func certificateCredential(c *Certificate, renewAt time.Time) *Credential {
	return &Credential{Auth: apiserver.Auth{CertPEM: c.CertPEM, KeyPEM: c.KeyPEM}, Expires: renewAt}
}

func (p *Provider) signIn(ctx context.Context) (Session, error) {
	if p.session == nil {
		s, err := p.SignIn(ctx)
		if err != nil {
			return nil, err
		}
		p.session = s
	}
	return p.session, nil
}

// fetchCA returns the cluster's CA as Magnum names it now.
func (p *Provider) fetchCA(ctx context.Context) ([]byte, error) {
	s, err := p.signIn(ctx)
	if err != nil {
		return nil, err
	}
	authority, err := s.Authority()
	if err != nil {
		return nil, err
	}
	return authority.CA(ctx, p.Ref.ClusterUUID)
}

func (p *Provider) givenCA() string {
	if p.Cluster == nil {
		return ""
	}
	return Fingerprint(p.Cluster.CertificateAuthorityData)
}

func (p *Provider) reportRotatedCA(ctx context.Context, ca []byte) error {
	if err := p.Rotated(ctx, ca); err != nil {
		return clierr.WithHint(err, "log in to the cluster again")
	}
	return clierr.New(clierr.Failure, "run the command again",
		"the CA of cluster %s was rotated; the kubeconfig has the new one now", p.Ref.ClusterUUID)
}

// How often the API server is asked whether it accepts the credential: so
// seldom that asking takes at most a hundredth of the time.
const (
	checkShare    = 100
	minCheckEvery = 5 * time.Second
	maxCheckEvery = 5 * time.Minute
	checkTimeout  = 2 * time.Second
)

// verifyWithServer asks the API server for its version with the credential, unless it did
// so lately. client-go can neither tell a plugin that a credential was refused
// nor recover from a new CA; here both are noticed before kubectl fails.
func (p *Provider) verifyWithServer(ctx context.Context, r *cacheEntry, c *Credential) (*Credential, error) {
	if p.Cluster == nil || p.Store == nil || p.Now().Before(r.CheckAfter) {
		return c, nil
	}
	began := time.Now()
	err := p.askVersion(ctx, p.Cluster.CertificateAuthorityData, c)
	cost := time.Since(began)
	problem := err
	switch {
	case apiserver.Is(err, apiserver.WrongCA):
		return nil, p.explainWrongCA(ctx, r)
	case apiserver.Is(err, apiserver.Unauthorized):
		if c, err = p.replaceCredential(ctx, r); err != nil {
			return nil, err
		}
	}
	// Anything else (no way there, a timeout) kubectl will say itself, unless more is
	// known here.
	if p.Unreached != nil && problem != nil {
		if explained := p.Unreached(problem); explained != nil {
			return nil, explained
		}
	}
	RememberChecked(ctx, p.Store, p.Ref, p.Now(), cost)
	return c, nil
}

// RememberChecked notes that the API server was asked at now and took cost to
// answer. That is a courtesy: a cache that cannot be written stops nobody.
func RememberChecked(ctx context.Context, s *store.Store, ref Ref, now time.Time, cost time.Duration) {
	release, err := s.Lock(ctx, ref.key())
	if err != nil {
		return
	}
	defer release()
	r := loadEntry(s, ref) // another process may have renewed the certificate meanwhile
	r.CheckAfter = now.Add(min(max(cost*checkShare, minCheckEvery), maxCheckEvery))
	_ = r.save(s, ref)
}

func (p *Provider) askVersion(ctx context.Context, ca []byte, c *Credential) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	at := apiserver.Endpoint{
		Server: p.Cluster.Server, CA: ca,
		TLSServerName: p.Cluster.TLSServerName, ProxyURL: p.Cluster.ProxyURL,
	}
	_, err := at.Client(c.Auth).Version(ctx)
	return err
}

// replaceCredential obtains another credential in place of one that was refused.
func (p *Provider) replaceCredential(ctx context.Context, r *cacheEntry) (*Credential, error) {
	if p.Ref.Mode == ModeCertificate {
		r.RenewAt = time.Time{}
		return p.renewCertificate(ctx, r)
	}
	s, err := p.signIn(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Renew(ctx); err != nil {
		return nil, err
	}
	return p.tokenCredential(ctx)
}

// explainWrongCA finds out why the API server's certificate does not chain to the CA
// in the kubeconfig. If Magnum names another CA, and the API server has a
// certificate from that one, the kubeconfig gets it.
func (p *Provider) explainWrongCA(ctx context.Context, r *cacheEntry) error {
	ca, err := p.fetchCA(ctx)
	if err != nil {
		return clierr.Errorf("log in to the cluster again, or ask who gave you the kubeconfig for a new one",
			"the certificate of %s is not signed by the CA in the kubeconfig, and the cluster's CA cannot be fetched: %w", p.Cluster.Server, err)
	}
	if Fingerprint(ca) == p.givenCA() {
		return p.mismatch(ca, nil)
	}
	if err := p.proveCA(ctx, ca); err != nil {
		return err
	}
	*r = cacheEntry{CA: Fingerprint(ca)}
	if err := r.save(p.Store, p.Ref); err != nil {
		return err
	}
	return p.reportRotatedCA(ctx, ca)
}

// proveCA returns nil when the API server has a certificate of the CA that Magnum
// names now. Without that proof the CA in the kubeconfig stays: a rotation that
// failed leaves Magnum with a CA that no API server has.
func (p *Provider) proveCA(ctx context.Context, ca []byte) error {
	err := p.askVersion(ctx, ca, &Credential{})
	switch {
	case apiserver.Verified(err):
		return nil
	case !apiserver.Is(err, apiserver.WrongCA):
		return clierr.Errorf("run the command again when the API server answers",
			"Magnum names another CA for cluster %s than the kubeconfig, and the API server does not answer to tell which is right: %w", p.Ref.ClusterUUID, err)
	case apiserver.Verified(p.askVersion(ctx, p.Cluster.CertificateAuthorityData, &Credential{})):
		return p.mismatch(ca, p.Cluster.CertificateAuthorityData)
	}
	return clierr.Errorf("wait until the API server has restarted; if this stays, something answers in its place",
		"the certificate of %s is signed neither by the CA in the kubeconfig nor by the one that Magnum names", p.Cluster.Server)
}

func (p *Provider) mismatch(magnums, proven []byte) error {
	e := MismatchedCA{Cluster: p.Ref.ClusterUUID, Server: p.Cluster.Server, Magnum: magnums, Proven: proven}
	return e.Explain()
}
