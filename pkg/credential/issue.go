package credential

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// Authority is what signs for a cluster; *magnum.Client is one.
type Authority interface {
	CA(ctx context.Context, cluster string) (pem []byte, err error)
	Sign(ctx context.Context, cluster string, csrPEM []byte) (pem []byte, err error)
}

// Issue obtains a certificate for user from the authority of the cluster with
// that name or UUID, and the CA it chains to. Both are asked for at the same
// time.
func Issue(ctx context.Context, a Authority, cluster, user string, key *Key, now func() time.Time) (*Certificate, []byte, error) {
	csr, err := key.Request(user)
	if err != nil {
		return nil, nil, err
	}
	var ca, signed []byte
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		ca, err = a.CA(gctx, cluster)
		return err
	})
	g.Go(func() (err error) {
		signed, err = a.Sign(gctx, cluster, csr)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	cert, err := key.Accept(signed, ca, now())
	if err != nil {
		return nil, nil, err
	}
	return cert, ca, nil
}
