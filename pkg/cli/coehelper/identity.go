package coehelper

import (
	"context"
	"sync"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/support"
)

const program = plugin.Helper

// deps holds what commands take from outside.
type deps struct {
	cli.Env
	environ []string // all of it, for the programs that are started
	catalog plugin.Catalog
}

// identity is who somebody is to OpenStack, for commands of the helper.
type identity struct {
	account.Flags
	deps

	mu     sync.Mutex
	tokens []string // used so far; they must not appear anywhere
}

// bind adds the flags. What the current folder says of clouds is left aside: a
// bundle is made with the account of its user.
func (a *identity) bind(fs *pflag.FlagSet) {
	a.Bind(fs)
	a.SkipFolder = true
}

// cache returns the private cache, or nil where nothing is cached.
func (a *identity) cache() *store.Store { return a.Store(a.Env) }

// resolve finds the account, without the network.
func (a *identity) resolve() (*cloud.Cloud, error) {
	return cloud.Resolve(a.Options(a.Env, program))
}

// connect signs in and returns the account's Magnum.
func (a *identity) connect(ctx context.Context) (support.ClusterSource, support.Place, error) {
	c, err := a.resolve()
	if err != nil {
		return nil, support.Place{}, err
	}
	id := c.Identity()
	place := support.Place{AuthURL: id.AuthURL, Region: id.Region, Interface: id.Interface, Method: id.Method}
	s, err := c.Session(ctx)
	if err != nil {
		return nil, place, err
	}
	a.mu.Lock()
	a.tokens = append(a.tokens, s.Token().ID)
	a.mu.Unlock()
	place.Region = s.Region()
	m, err := account.Magnum(s)
	if err != nil {
		return nil, place, err
	}
	return m, place, nil
}
