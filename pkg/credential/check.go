package credential

import (
	"context"
	"errors"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// How often the API server is asked whether it accepts the credential: so
// seldom that asking takes at most a hundredth of the time.
const (
	checkShare    = 100
	minCheckEvery = 5 * time.Second
	maxCheckEvery = 5 * time.Minute
	checkTimeout  = 2 * time.Second
)

// check asks the API server for its version with the credential, unless it did
// so lately. client-go can neither tell a plugin that a credential was refused
// nor recover from a new CA; here both are noticed before kubectl fails.
func (p *Provider) check(ctx context.Context, r *record, c *Credential) (*Credential, error) {
	if p.Cluster == nil || p.Store == nil || p.Now().Before(r.CheckAfter) {
		return c, nil
	}
	began := time.Now()
	err := p.probe(ctx, p.Cluster.CertificateAuthorityData, c)
	cost := time.Since(began)
	var problem *apiserver.Error
	switch {
	case errors.As(err, &problem) && problem.Kind == apiserver.WrongCA:
		return nil, p.rotated(ctx, r)
	case errors.As(err, &problem) && problem.Kind == apiserver.Unauthorized:
		if c, err = p.replace(ctx, r); err != nil {
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
	Checked(ctx, p.Store, p.Ref, p.Now(), cost)
	return c, nil
}

// Checked remembers that the API server was asked at now and took cost to
// answer. That is a courtesy: a cache that cannot be written stops nobody.
func Checked(ctx context.Context, s *store.Store, ref Ref, now time.Time, cost time.Duration) {
	release, err := s.Lock(ctx, ref.key())
	if err != nil {
		return
	}
	defer release()
	r := load(s, ref) // another process may have renewed the certificate meanwhile
	r.CheckAfter = now.Add(min(max(cost*checkShare, minCheckEvery), maxCheckEvery))
	_ = r.save(s, ref)
}

func (p *Provider) probe(ctx context.Context, ca []byte, c *Credential) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	_, err := apiserver.Version(ctx, apiserver.Endpoint{
		Server: p.Cluster.Server, CA: ca,
		TLSServerName: p.Cluster.TLSServerName, ProxyURL: p.Cluster.ProxyURL,
	}, c.Auth)
	return err
}

// replace obtains another credential in place of one that was refused.
func (p *Provider) replace(ctx context.Context, r *record) (*Credential, error) {
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
	return p.token(ctx)
}

// rotated finds out why the API server's certificate does not chain to the CA
// in the kubeconfig. If Magnum names another CA, and the API server has a
// certificate from that one, the kubeconfig gets it.
func (p *Provider) rotated(ctx context.Context, r *record) error {
	ca, err := p.ask(ctx)
	if err != nil {
		return clierr.Errorf("log in to the cluster again, or ask who gave you the kubeconfig for a new one",
			"the certificate of %s is not signed by the CA in the kubeconfig, and the cluster's CA cannot be fetched: %w", p.Cluster.Server, err)
	}
	if Fingerprint(ca) == p.givenCA() {
		return clierr.Errorf("if the cluster's CA was rotated just now, wait until its API server has restarted; else something answers in its place",
			"the certificate of %s is not signed by the cluster's CA", p.Cluster.Server)
	}
	var problem *apiserver.Error
	if err := p.probe(ctx, ca, &Credential{}); errors.As(err, &problem) && problem.Kind == apiserver.WrongCA {
		return clierr.Errorf("wait until the API server has restarted; if this stays, something answers in its place",
			"the certificate of %s is signed neither by the cluster's old CA nor by its new one", p.Cluster.Server)
	}
	*r = record{CA: Fingerprint(ca)}
	if err := r.save(p.Store, p.Ref); err != nil {
		return err
	}
	return p.tellRotated(ctx, ca)
}
