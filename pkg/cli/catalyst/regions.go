package catalyst

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// connect signs in and finds Magnum in the chosen region.
func (i *identity) connect(ctx context.Context) (*session, error) {
	who, err := i.resolve()
	if err != nil {
		return nil, err
	}
	return connect(ctx, who)
}

// sessions signs in once and returns the chosen region, or every region that
// has a Magnum.
func (i *identity) sessions(ctx context.Context, allRegions bool) ([]*session, error) {
	if !allRegions {
		s, err := i.connect(ctx)
		return []*session{s}, err
	}
	who, err := i.resolve()
	if err != nil {
		return nil, err
	}
	signedIn, err := who.Session(ctx)
	if err != nil {
		return nil, err
	}
	var all []*session
	for _, region := range signedIn.Regions(account.ContainerInfra) {
		in := signedIn.InRegion(region)
		m, err := account.Magnum(in)
		if err != nil {
			return nil, err
		}
		all = append(all, &session{Session: in, magnum: m})
	}
	if len(all) == 0 {
		return nil, clierr.Errorf("ask the cloud's support whether it has Magnum", "no region offers clusters")
	}
	return all, nil
}

// each asks all regions at the same time and joins the answers in their order.
// What goes wrong in one region, named in its error, does not stop the others.
func each[T any](ctx context.Context, regions []*session, ask func(context.Context, *session) ([]T, error)) ([]T, error) {
	answers, errs := make([][]T, len(regions)), make([]error, len(regions))
	var wg sync.WaitGroup
	for i, s := range regions {
		wg.Go(func() {
			answers[i], errs[i] = ask(ctx, s)
			if errs[i] != nil && len(regions) > 1 {
				errs[i] = fmt.Errorf("region %q: %w", s.Region(), errs[i])
			}
		})
	}
	wg.Wait()
	all := []T{}
	for _, a := range answers {
		all = append(all, a...)
	}
	return all, errors.Join(errs...)
}
