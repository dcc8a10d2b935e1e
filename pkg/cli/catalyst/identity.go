package catalyst

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// containerInfra is Magnum's service type in the Keystone catalog.
const containerInfra = "container-infra"

// identity is who somebody is to OpenStack: flags of every command that talks
// to it, with the OS_* variables and clouds.yaml behind them.
type identity struct {
	env           cli.Env
	cloud, region string
	noCache       bool
	verbosity     int
	pin           cloud.Pin
	progress      *cli.Progress // what is on the screen while somebody may be asked; may be nil
}

func (i *identity) bind(fs *pflag.FlagSet) {
	fs.StringVar(&i.cloud, "os-cloud", "", "cloud in clouds.yaml (OS_CLOUD)")
	fs.StringVar(&i.region, "os-region-name", "", "region (OS_REGION_NAME)")
	fs.BoolVar(&i.noCache, "no-cache", false, "neither use nor keep tokens and certificates in the private cache")
	fs.IntVarP(&i.verbosity, "v", "v", 0, "detail of what is done, 1 to 9; secrets are never shown")
}

// store returns the private cache, or nil with --no-cache.
func (i *identity) store() (*store.Store, error) {
	if i.noCache {
		return nil, nil
	}
	dir, err := store.DefaultDir(i.env.Getenv)
	if err != nil {
		return nil, clierr.WithHint(err, "set it, or use --no-cache")
	}
	return store.Open(dir), nil
}

// resolve finds out who the user is, without the network.
func (i *identity) resolve() (*cloud.Cloud, error) {
	cache, err := i.store()
	if err != nil {
		return nil, err
	}
	opts := cloud.Options{
		Cloud: i.cloud, Region: i.region, Pin: i.pin,
		Getenv: i.env.Getenv, Store: cache, Now: i.env.Now,
		Warn:      func(m string) { i.env.Warn(m, "") },
		Debug:     i.debug,
		UserAgent: "kubectl-catalyst/" + cli.BuildVersion().Version,
	}
	if i.env.Terminal != nil {
		opts.Prompt = prompter{i}
	}
	return cloud.Resolve(opts)
}

// prompter asks at the terminal with the progress out of the way.
type prompter struct{ i *identity }

func (p prompter) Ask(ctx context.Context, label string, secret bool) (string, error) {
	if p.i.progress != nil {
		defer p.i.progress.Hide()()
	}
	return p.i.env.Terminal.Ask(ctx, label, secret)
}

func (i *identity) debug(level int, message string) {
	if level <= i.verbosity {
		fmt.Fprintln(i.env.ErrOut, clierr.Clean(message))
	}
}

// session is a signed-in user and their Magnum.
type session struct {
	*cloud.Session
	magnum *magnum.Client
}

func connect(ctx context.Context, c *cloud.Cloud) (*session, error) {
	s, err := c.Session(ctx)
	if err != nil {
		return nil, err
	}
	m, err := magnumOf(s)
	if err != nil {
		return nil, err
	}
	return &session{Session: s, magnum: m}, nil
}

func magnumOf(s *cloud.Session) (*magnum.Client, error) {
	sc, err := s.Service(containerInfra)
	if err != nil {
		return nil, err
	}
	return magnum.New(sc).In(magnum.Place{Project: s.Project().Name, Region: s.Region()}), nil
}
