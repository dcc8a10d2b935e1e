package credential

import (
	"context"
	"time"

	clientauth "k8s.io/client-go/pkg/apis/clientauthentication/v1"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// early is how long before its end a token is no longer handed out: kubectl
// still has to use it.
const early = 2 * time.Minute

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
	Store *store.Store // nil: nothing is kept
	// Accepted has the CAs that were accepted at logins from a file, also where
	// nothing is kept; nil: there are none.
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
// nobody. Every now and then (see check) it makes sure that the API server
// still accepts the credential, and renews what it does not.
func (p *Provider) Credential(ctx context.Context) (*Credential, error) {
	if err := p.requireVerification(); err != nil {
		return nil, err
	}
	r := load(p.Store, p.Ref)
	if err := p.trust(ctx, r); err != nil {
		return nil, err
	}
	c, err := p.current(ctx, r)
	if err != nil {
		return nil, err
	}
	return p.check(ctx, r, c)
}

// current returns the credential from the cache, or obtains one.
func (p *Provider) current(ctx context.Context, r *record) (*Credential, error) {
	if p.Ref.Mode == ModeKeystone {
		return p.token(ctx)
	}
	if c := r.certificate(p.givenCA(), p.Now()); c != nil {
		return certificateCredential(c, r.RenewAt), nil
	}
	return p.renewCertificate(ctx, r)
}

func (p *Provider) token(ctx context.Context) (*Credential, error) {
	s, err := p.signIn(ctx)
	if err != nil {
		return nil, err
	}
	id, expires := s.Token()
	// A token near its end is still worth more than none.
	if soon := expires.Add(-early); soon.After(p.Now()) {
		expires = soon
	}
	return &Credential{Auth: apiserver.Auth{Token: id}, Expires: expires}, nil
}

// renewCertificate makes one of many processes do the work.
func (p *Provider) renewCertificate(ctx context.Context, r *record) (*Credential, error) {
	if p.Store != nil {
		release, err := p.Store.Lock(ctx, p.Ref.key())
		if err != nil {
			return nil, err
		}
		defer release()
		old := r.CertPEM
		*r = *load(p.Store, p.Ref)
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
	r.keep(cert)
	r.CA = Fingerprint(ca)
	if given := p.givenCA(); given != "" && given != r.CA {
		if err := r.save(p.Store, p.Ref); err != nil {
			return nil, err
		}
		return nil, p.tellRotated(ctx, ca)
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

// ask returns the cluster's CA as Magnum names it now.
func (p *Provider) ask(ctx context.Context) ([]byte, error) {
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

func (p *Provider) tellRotated(ctx context.Context, ca []byte) error {
	if err := p.Rotated(ctx, ca); err != nil {
		return clierr.WithHint(err, "log in to the cluster again")
	}
	return clierr.New(clierr.Failure, "run the command again",
		"the CA of cluster %s was rotated; the kubeconfig has the new one now", p.Ref.ClusterUUID)
}
