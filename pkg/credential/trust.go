package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// A Keystone token works for all of the user's project, so it goes only to a
// server that is verified with the cluster's own CA. Who may ask Magnum for that
// CA relies on Magnum alone. Who may not (a developer or a viewer with a shared
// kubeconfig) relies on what they accepted when they logged in from the file:
// that is in the private cache, where a kubeconfig that was altered later,
// or one that never went through a login, cannot reach it.

// requireVerification refuses a cluster entry with which nobody can tell where
// the token goes.
func (p *Provider) requireVerification() error {
	if p.Ref.Mode != ModeKeystone {
		return nil
	}
	hint := "log in to the cluster again; if the kubeconfig came from somebody else: kubectl catalyst login --from-file FILE"
	switch {
	case p.Cluster == nil:
		return clierr.Errorf(hint, "the kubeconfig does not say which cluster the Keystone token is for (provideClusterInfo is not true): no token is given out")
	case p.Cluster.InsecureSkipTLSVerify:
		return clierr.Errorf("remove insecure-skip-tls-verify from the cluster entry and log in again",
			"the kubeconfig switches off TLS verification for %s: a Keystone token is not sent there", p.Cluster.Server)
	case p.givenCA() == "":
		return clierr.Errorf(hint, "the kubeconfig names no CA for %s: a Keystone token is not sent there", p.Cluster.Server)
	}
	return nil
}

// trustCA makes sure that the CA in the kubeconfig is the cluster's before a token
// goes to whoever that CA vouches for. A CA that was verified before is in the
// cache entry, which belongs to one identity in one project and one cluster. That
// Magnum does not answer, or knows no such cluster, is no reason to trust.
func (p *Provider) trustCA(ctx context.Context, r *cacheEntry) error {
	if p.Ref.Mode != ModeKeystone || p.givenCA() == r.CA {
		return nil
	}
	ca, err := p.fetchCA(ctx)
	var unknown *magnum.NotFound
	switch {
	case err == nil && Fingerprint(ca) != p.givenCA():
		return clierr.Errorf("log in to the cluster again; if this stays, do not use that kubeconfig",
			"the CA in the kubeconfig for %s is not the CA of cluster %s", p.Cluster.Server, p.Ref.ClusterUUID)
	case errors.As(err, &unknown):
		return clierr.Errorf("set OS_CLOUD and OS_REGION_NAME for the project and region of the cluster, or log in again; if you know no such cluster, do not use that kubeconfig",
			"no token is sent to %s: %w", p.Cluster.Server, unknown)
	case mayNotAsk(err):
		if err := p.requireAccepted(ctx); err != nil {
			return err
		}
	case err != nil:
		return clierr.WithHint(err, "log in to the cluster again")
	}
	r.CA = p.givenCA()
	return r.save(p.Store, p.Ref)
}

// mayNotAsk reports whether Magnum refused to tell this user the CA.
func mayNotAsk(err error) bool {
	var theirs *magnum.NotYours
	var forbidden *magnum.Forbidden
	return errors.As(err, &theirs) || errors.As(err, &forbidden)
}

// requireAccepted refuses a CA that nobody accepted for this cluster on this
// machine.
func (p *Provider) requireAccepted(ctx context.Context) error {
	s, err := p.signIn(ctx)
	if err != nil {
		return err
	}
	a := loadAcceptance(p.Accepted, p.Ref.ClusterUUID)
	why := "nobody has accepted it on this machine"
	switch {
	case a == nil:
	case a.Project != "" && a.Project != s.Project():
		why = "it was accepted for a cluster of another project"
	case a.CA != p.givenCA():
		why = "it is not the one that was accepted at the login"
	default:
		return nil
	}
	return clierr.Errorf("ask who sent you the kubeconfig for the fingerprint of the CA, and run: kubectl catalyst login --from-file FILE --ca-fingerprint SHA256",
		"no token is sent to %s: you may not ask Magnum for the CA of cluster %s, and of the CA in the kubeconfig %s", p.Cluster.Server, p.Ref.ClusterUUID, why)
}

// acceptance is a CA that somebody accepted for a cluster when they logged in
// from a file. It is not secret, and it lies where nobody else can write.
type acceptance struct {
	CA      string `json:"ca"`                // as Fingerprint returns it
	Project string `json:"project,omitempty"` // what the file says of the cluster
}

func acceptanceKey(clusterUUID string) string { return store.Key("accepted", clusterUUID) }

// RememberAccepted notes that the user accepted a CA for a cluster.
func RememberAccepted(s *store.Store, clusterUUID, projectID string, caPEM []byte) error {
	data, err := json.Marshal(acceptance{CA: Fingerprint(caPEM), Project: projectID})
	if err != nil {
		return fmt.Errorf("encoding the accepted CA of cluster %s: %w", clusterUUID, err)
	}
	return s.Set(acceptanceKey(clusterUUID), data)
}

// Accepted returns the fingerprint of the CA that was accepted for a cluster, or
// "".
func Accepted(s *store.Store, clusterUUID string) string {
	if a := loadAcceptance(s, clusterUUID); a != nil {
		return a.CA
	}
	return ""
}

// loadAcceptance returns nil for a cluster of which nothing was accepted.
func loadAcceptance(s *store.Store, clusterUUID string) *acceptance {
	if s == nil {
		return nil
	}
	var a acceptance
	if data, err := s.Get(acceptanceKey(clusterUUID)); err != nil || data == nil || json.Unmarshal(data, &a) != nil || a.CA == "" {
		return nil
	}
	return &a
}
