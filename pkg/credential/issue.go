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
// time. known is the CA of an earlier login, or nil: a fresh signature that
// chains to it proves that it is the cluster's CA still, which saves the
// question.
func Issue(ctx context.Context, a Authority, cluster, user string, key *Key, known []byte, now func() time.Time) (*Certificate, []byte, error) {
	csr, err := key.Request(user)
	if err != nil {
		return nil, nil, err
	}
	if known != nil {
		signed, err := a.Sign(ctx, cluster, csr)
		if err != nil {
			return nil, nil, err
		}
		if cert, err := key.Accept(signed, known, now()); err == nil {
			return cert, known, nil
		}
		ca, err := a.CA(ctx, cluster)
		if err != nil {
			return nil, nil, err
		}
		cert, err := key.Accept(signed, ca, now())
		return cert, ca, err
	}
	var ca, signed []byte
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		ca, err = a.CA(ctx, cluster)
		return err
	})
	group.Go(func() (err error) {
		signed, err = a.Sign(ctx, cluster, csr)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	cert, err := key.Accept(signed, ca, now())
	if err != nil {
		return nil, nil, err
	}
	return cert, ca, nil
}
