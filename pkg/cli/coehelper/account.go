package coehelper

import (
	"context"
	"fmt"
	"sync"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/support"
)

// account is who somebody is to OpenStack: the flags, with the OS_* variables
// and clouds.yaml behind them.
type account struct {
	deps
	cloud, region string
	noCache       bool
	verbosity     int

	mu     sync.Mutex
	tokens []string // used so far; they must not appear anywhere
}

func (a *account) bind(fs *pflag.FlagSet) {
	fs.StringVar(&a.cloud, "os-cloud", "", "cloud in clouds.yaml (OS_CLOUD)")
	fs.StringVar(&a.region, "os-region-name", "", "region (OS_REGION_NAME)")
	fs.BoolVar(&a.noCache, "no-cache", false, "neither use nor keep tokens in the private cache")
	fs.IntVarP(&a.verbosity, "v", "v", 0, "detail of what is done, 1 to 9; secrets are never shown")
}

// cache is the private cache, nil with --no-cache or where there is no home.
func (a *account) cache() *store.Store {
	dir, err := store.DefaultDir(a.Getenv)
	if a.noCache || err != nil {
		return nil
	}
	return store.Open(dir)
}

// resolve finds the account, without the network.
func (a *account) resolve() (*cloud.Cloud, error) {
	opts := cloud.Options{
		Cloud: a.cloud, Region: a.region, Getenv: a.Getenv, Store: a.cache(), Now: a.Now,
		Warn: func(m string) { a.Warn(m, "") },
		Debug: func(level int, message string) {
			if level <= a.verbosity {
				fmt.Fprintln(a.ErrOut, clierr.Clean(message))
			}
		},
		UserAgent: program + "/" + cli.BuildVersion().Version,
	}
	if a.Terminal != nil {
		opts.Prompt = a.Terminal
	}
	return cloud.Resolve(opts)
}

// connect signs in and returns the account's Magnum.
func (a *account) connect(ctx context.Context) (support.OpenStack, support.Place, error) {
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
	service, err := s.Service("container-infra")
	if err != nil {
		return nil, place, err
	}
	return magnum.New(service).In(magnum.Place{Project: s.Project().Name, Region: s.Region()}), place, nil
}
