// Package account is who somebody is to OpenStack on the command lines of both
// programs: the flags, with the OS_* variables and clouds.yaml behind them.
package account

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// ContainerInfra is Magnum's service type in the Keystone catalog.
const ContainerInfra = "container-infra"

// Flags are those of every command that talks to OpenStack.
type Flags struct {
	Cloud, Region string
	NoCache       bool
	Verbosity     int
	Pin           cloud.Pin // whom a kubeconfig entry belongs to; not a flag of most commands
}

// Bind adds the flags.
func (f *Flags) Bind(fs *pflag.FlagSet) {
	fs.StringVar(&f.Cloud, "os-cloud", "", "cloud in clouds.yaml (OS_CLOUD)")
	fs.StringVar(&f.Region, "os-region-name", "", "region (OS_REGION_NAME)")
	fs.BoolVar(&f.NoCache, "no-cache", false, "neither use nor keep tokens and certificates in the private cache")
	fs.IntVarP(&f.Verbosity, "v", "v", 0, "detail of what is done, 1 to 9; secrets are never shown")
}

// Store returns the private cache, or nil with --no-cache.
func (f *Flags) Store(env cli.Env) (*store.Store, error) {
	if f.NoCache {
		return nil, nil
	}
	dir, err := store.DefaultDir(env.Getenv)
	if err != nil {
		return nil, clierr.WithHint(err, "set it, or use --no-cache")
	}
	return store.Open(dir), nil
}

// Options is what cloud.Resolve needs to find the account for a program. With a
// terminal it asks there for what is missing.
func (f *Flags) Options(env cli.Env, program string) (cloud.Options, error) {
	cache, err := f.Store(env)
	if err != nil {
		return cloud.Options{}, err
	}
	opts := cloud.Options{
		Cloud: f.Cloud, Region: f.Region, Pin: f.Pin,
		Getenv: env.Getenv, Store: cache, Now: env.Now,
		Warn:      func(m string) { env.Warn(m, "") },
		Debug:     func(level int, message string) { f.Debug(env, level, message) },
		UserAgent: program + "/" + cli.BuildVersion().Version,
	}
	if env.Terminal != nil {
		opts.Prompt = env.Terminal
	}
	return opts, nil
}

// Debug writes a line of detail when -v asks for that level.
func (f *Flags) Debug(env cli.Env, level int, message string) {
	if level <= f.Verbosity {
		fmt.Fprintln(env.ErrOut, clierr.Message(message))
	}
}

// Magnum returns the Magnum of a session's project and region.
func Magnum(s *cloud.Session) (*magnum.Client, error) {
	sc, err := s.Service(ContainerInfra)
	if err != nil {
		return nil, err
	}
	return magnum.New(sc).In(magnum.Place{Project: s.Project().Name, Region: s.Region()}), nil
}
