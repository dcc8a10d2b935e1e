// Package login gathers from Magnum all that a kubeconfig entry of a cluster
// needs: where its API server is, the CA to verify it with, and in certificate
// mode a client certificate.
package login

import (
	"context"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// Auto stands for the mode that suits the cluster: Keystone where its API
// server asks Keystone about tokens, else a certificate.
const Auto credential.Mode = "auto"

// Magnum is what a login asks of the cloud; *magnum.Client is it.
type Magnum interface {
	credential.Authority
	Cluster(ctx context.Context, ref string) (*magnum.Cluster, error)
}

// Request is a login to one cluster.
type Request struct {
	Magnum Magnum
	Ref    string          // name or UUID
	Mode   credential.Mode // Auto, credential.ModeKeystone or credential.ModeCertificate
	User   string          // common name of the certificate
	// Wait waits for a cluster that is being created; nil: not at all.
	Wait   func(context.Context, *magnum.Cluster) error
	Server string // https URL to use in place of the cluster's own API address; "" for none
	Known  []byte // the cluster's CA (PEM) as an earlier login found it, or nil
	Now    func() time.Time
	Report func(status string) // told what is being waited for; may not be nil
}

// Access is what a login obtained.
type Access struct {
	Cluster     *magnum.Cluster
	Server      string // https URL
	CA          []byte // PEM
	Mode        credential.Mode
	Certificate *credential.Certificate // nil in Keystone mode
}

// Fetch asks for the cluster, its CA and, in certificate mode, a signature at
// the same time: Magnum takes a second for each, and names are accepted for
// all of them.
func Fetch(ctx context.Context, r Request) (*Access, error) {
	a, err := r.fetch(ctx)
	if a == nil || a.Cluster == nil || !a.Cluster.Creating() || r.Wait == nil {
		return a, err
	}
	if err := r.Wait(ctx, a.Cluster); err != nil {
		return nil, err
	}
	return r.fetch(ctx)
}

// fetch returns the cluster even when it is not usable yet.
func (r Request) fetch(ctx context.Context) (*Access, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a := &Access{Mode: r.Mode}
	var clusterErr, authErr error
	var wg sync.WaitGroup
	wg.Go(func() {
		if a.Cluster, clusterErr = r.Magnum.Cluster(ctx, r.Ref); clusterErr != nil {
			cancel() // without the cluster the rest is of no use
		}
	})
	wg.Go(func() {
		if r.Mode == credential.ModeCertificate {
			authErr = a.issue(ctx, r, r.Ref)
			return
		}
		a.CA, authErr = r.Magnum.CA(ctx, r.Ref)
	})
	wg.Wait()
	// The cluster's own state explains best why it has no certificates.
	if clusterErr != nil {
		return nil, clusterErr
	}
	if err := a.Cluster.Usable(); err != nil {
		return a, err
	}
	if a.Server = r.Server; a.Server == "" {
		u, err := a.Cluster.APIServer()
		if err != nil {
			return nil, err
		}
		a.Server = u.String()
	}
	if authErr != nil {
		return nil, authErr
	}
	return a, a.settle(ctx, r)
}

// settle decides what Auto stands for.
func (a *Access) settle(ctx context.Context, r Request) error {
	if a.Mode != Auto {
		return nil
	}
	if a.Mode = credential.ModeKeystone; a.Cluster.KeystoneAuth() {
		return nil
	}
	a.Mode = credential.ModeCertificate
	r.Report("asking for a certificate")
	return a.issue(ctx, r, a.Cluster.UUID)
}

func (a *Access) issue(ctx context.Context, r Request, ref string) error {
	key, err := credential.NewKey()
	if err != nil {
		return err
	}
	a.Certificate, a.CA, err = credential.Issue(ctx, r.Magnum, ref, r.User, key, r.Known, r.Now)
	return err
}
