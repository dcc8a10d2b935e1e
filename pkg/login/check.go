package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// checkTimeout bounds how long a login waits for an API server.
const checkTimeout = 5 * time.Second

// trial is what an API server answered to a login before it was written.
type trial struct {
	through *tunnel.Spec
	version string
	cost    time.Duration
	err     error // what is in the way
}

// tryServers asks each API server with what the login will have, before anything is
// written: it decides between Keystone and a certificate where that was left open,
// and whether the CA that Magnum names may take the place of another one. Logins that
// would be worse than those that are there are left out, with an error for each. What
// is in the way of the others is kept for reportTrials: they count all the same.
func (r *run) tryServers(ctx context.Context, s *Session, logins []*clusterLogin) (kept []*clusterLogin, refused error) {
	if r.NoCheck {
		return logins, nil
	}
	progress := r.Display.Progress()
	errs := make([]error, len(logins))
	var wg sync.WaitGroup
	for i, l := range logins {
		line := progress.Line(l.Cluster.Name)
		line.Set("asking the API server for its version")
		wg.Go(func() { errs[i] = r.tryServer(ctx, s, l, line) })
	}
	wg.Wait()
	progress.Close()
	for i, l := range logins {
		if errs[i] == nil {
			kept = append(kept, l)
		}
	}
	return kept, errors.Join(errs...)
}

// preview reports whether nothing is merged: then the API server is asked only where
// that changes what is shown.
func (r *run) preview() bool { return r.OutputFile == "-" || r.DryRun }

// tryServer tries one login.
func (r *run) tryServer(ctx context.Context, s *Session, l *clusterLogin, line Line) error {
	older := r.loginWithOtherCA(l)
	var err error
	if l.trial.through, err = l.args.Bastion.Tunnel(l.entry.Server, l.entry.ProxyURL); err != nil {
		return err
	}
	if r.preview() && older == nil && (!l.Guessed || l.trial.through != nil) {
		return nil
	}
	if l.trial.err = r.Tunnels.BringUp(ctx, l.trial.through); l.trial.err == nil {
		bound, cancel := r.boundCheck(ctx)
		defer cancel()
		l.trial.err = r.askServer(bound, s, l)
		if l.Guessed && apiserver.Is(l.trial.err, apiserver.Unauthorized) {
			line.Set("the API server does not ask Keystone; asking for a certificate")
			if err := r.useCertificate(ctx, s, l); err != nil {
				return err
			}
			l.trial.err = r.askServer(bound, s, l)
		}
	}
	if older != nil {
		return r.keepBetterCA(ctx, l, older)
	}
	return nil
}

// boundCheck gives the questions to an API server a limit, unless each request has
// one of its own.
func (r *run) boundCheck(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.RequestTimeout != 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, checkTimeout)
}

// endpoint is where the entry of a login leads, verified with a CA.
func (r *run) endpoint(l *clusterLogin, ca []byte) apiserver.Endpoint {
	return apiserver.Endpoint{
		Server: l.entry.Server, CA: ca, TLSServerName: l.entry.TLSServerName, ProxyURL: l.entry.ProxyURL,
		Timeout: r.RequestTimeout,
	}
}

// askServer asks for the version with the credential of the login. A guessed mode is
// asked about first: a review of oneself shows whether the token is known.
func (r *run) askServer(ctx context.Context, s *Session, l *clusterLogin) (err error) {
	var auth apiserver.Auth
	if l.Mode == credential.ModeKeystone {
		auth.Token = s.Token().ID
	} else {
		auth.CertPEM, auth.KeyPEM = l.Certificate.CertPEM, l.Certificate.KeyPEM
	}
	api := r.endpoint(l, l.CA).Client(auth)
	began := time.Now()
	l.trial.version, err = api.Version(ctx)
	l.trial.cost = time.Since(began)
	if err == nil && l.Guessed && l.Mode == credential.ModeKeystone {
		_, err = api.WhoAmI(ctx)
		if !apiserver.Is(err, apiserver.Unauthorized) {
			err = nil // an API server too old for the question has accepted the token all the same
		}
	}
	return err
}

// useCertificate turns a login into one with a certificate.
func (r *run) useCertificate(ctx context.Context, s *Session, l *clusterLogin) error {
	q := request{run: r, session: s}
	if err := q.issue(ctx, l.access, l.Cluster.UUID); err != nil {
		return err
	}
	l.Mode = credential.ModeCertificate
	r.makeEntry(s, l)
	return nil
}

// loginWithOtherCA returns a login to the same cluster that has another CA, or nil.
func (r *run) loginWithOtherCA(l *clusterLogin) *kubeconfig.Owned {
	older := slices.Concat(r.logins, r.replaced)
	i := slices.IndexFunc(older, func(o kubeconfig.Owned) bool {
		return o.ClusterUUID == l.Cluster.UUID && len(o.CAData) > 0 && credential.Fingerprint(o.CAData) != credential.Fingerprint(l.CA)
	})
	if i < 0 {
		return nil
	}
	return &older[i]
}

// keepBetterCA returns an error unless the API server has proved that the CA which
// Magnum names is its own. A rotation that failed leaves Magnum with another one, and
// the CA of the older login is then the only one that works.
func (r *run) keepBetterCA(ctx context.Context, l *clusterLogin, older *kubeconfig.Owned) error {
	if apiserver.Verified(l.trial.err) {
		return nil
	}
	kept := fmt.Sprintf("the login %q is left as it is", older.Context)
	if apiserver.Is(l.trial.err, apiserver.WrongCA) {
		bound, cancel := r.boundCheck(ctx)
		defer cancel()
		_, err := r.endpoint(l, older.CAData).Client(apiserver.Auth{}).Version(bound)
		if !apiserver.Verified(err) {
			return nil // neither works, and a warning says so
		}
		mismatch := credential.MismatchedCA{Cluster: l.Cluster.Name, Server: l.entry.Server, Magnum: l.CA, Proven: older.CAData}
		explained := mismatch.Explain()
		return clierr.Errorf(clierr.Hint(explained), "%s: %w", kept, &mismatch)
	}
	return clierr.Errorf("log in again where the API server can be reached; --no-check takes the CA that Magnum names without asking it",
		"%s: Magnum names the CA SHA-256 %s for cluster %q and that login has SHA-256 %s, and the API server does not tell which is its own: %w",
		kept, fingerprints(l.CA), l.Cluster.Name, fingerprints(older.CAData), r.Tunnels.Explain(ctx, l.trial.through, l.trial.err))
}

// reportTrials adds to the results what the API servers answered, and warns about
// what is in the way.
func (r *run) reportTrials(ctx context.Context, logins []*clusterLogin) {
	if r.NoCheck || r.preview() {
		return
	}
	for _, l := range logins {
		reachable := l.trial.err == nil
		l.result.Reachable, l.result.Version = &reachable, l.trial.version
		if cache := r.Cache(); reachable && !r.Embed && cache != nil {
			credential.RememberChecked(ctx, cache, l.ref, r.Now(), l.trial.cost)
		}
		r.warnAboutServer(l.Cluster.Name, r.Tunnels.Explain(ctx, l.trial.through, l.explainWrongCA()))
	}
}

// explainWrongCA returns what is in the way of a login. An API server that the CA of
// Magnum does not verify says so in these words.
func (l *clusterLogin) explainWrongCA() error {
	if apiserver.Is(l.trial.err, apiserver.WrongCA) {
		mismatch := credential.MismatchedCA{Cluster: l.Cluster.Name, Server: l.entry.Server, Magnum: l.CA}
		return mismatch.Explain()
	}
	return l.trial.err
}

func (r *run) warnAboutServer(cluster string, err error) {
	var e *apiserver.Error
	if errors.As(err, &e) {
		r.Display.Warn(fmt.Sprintf("logged in to %q, but its %v", cluster, e), e.Hint())
	} else if err != nil {
		r.Display.Warn(fmt.Sprintf("logged in to %q, but %v", cluster, err), clierr.Hint(err))
	}
}
