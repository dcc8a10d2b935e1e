package session

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
)

// Session is a user who has signed in, and their Magnum.
type Session = login.Session

// Connect signs in as somebody and finds Magnum in their region.
func Connect(ctx context.Context, who *cloud.Cloud) (*Session, error) {
	s, err := who.Session(ctx)
	if err != nil {
		return nil, err
	}
	return withMagnum(who, s)
}

func withMagnum(who *cloud.Cloud, s *cloud.Session) (*Session, error) {
	m, err := account.Magnum(s)
	if err != nil {
		return nil, err
	}
	return &Session{Session: s, Cloud: who.Identity().Name, Magnum: m}, nil
}

// Connect signs in and finds Magnum in the chosen region.
func (i *Identity) Connect(ctx context.Context) (*Session, error) {
	who, err := i.Resolve()
	if err != nil {
		return nil, err
	}
	return Connect(ctx, who)
}

// ConnectRegions signs in once and returns the chosen region, or every region
// that has a Magnum.
func (i *Identity) ConnectRegions(ctx context.Context, allRegions bool) ([]*Session, error) {
	if !allRegions {
		s, err := i.Connect(ctx)
		return []*Session{s}, err
	}
	who, err := i.Resolve()
	if err != nil {
		return nil, err
	}
	signedIn, err := who.Session(ctx)
	if err != nil {
		return nil, err
	}
	var all []*Session
	for _, region := range signedIn.Regions(account.ContainerInfra) {
		s, err := withMagnum(who, signedIn.InRegion(region))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, clierr.Errorf("ask the cloud's support whether it has Magnum", "no region offers clusters")
	}
	return all, nil
}

// AskEach asks all regions at the same time and joins the answers in their
// order. What goes wrong in one region, named in its error, does not stop the
// others.
func AskEach[T any](ctx context.Context, regions []*Session, ask func(context.Context, *Session) ([]T, error)) ([]T, error) {
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
