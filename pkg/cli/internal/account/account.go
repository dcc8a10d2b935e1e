// Package account is who somebody is to OpenStack on the command lines of both
// programs: the flags, with the OS_* variables and clouds.yaml behind them.
package account

import (
	"fmt"
	"sync"
	"time"

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
	// RequestTimeout is how long one request to a server may take; 0: as long as its
	// answer makes progress.
	RequestTimeout time.Duration
	Pin            cloud.Pin // whom a kubeconfig entry belongs to; not a flag of most commands
	SkipFolder     bool      // what the current folder says of clouds is left aside

	once *once
}

// Bind adds the flags.
func (f *Flags) Bind(fs *pflag.FlagSet) {
	f.once = new(once)
	fs.StringVar(&f.Cloud, "os-cloud", "", "cloud in clouds.yaml (OS_CLOUD)")
	fs.StringVar(&f.Region, "os-region-name", "", "region (OS_REGION_NAME)")
	fs.BoolVar(&f.NoCache, "no-cache", false, "neither use nor keep tokens and certificates in the private cache")
	fs.Var((*cli.Timeout)(&f.RequestTimeout), "request-timeout", "how long one request to a server may take, as in 30s; 0 is as long as the answer makes progress")
	fs.IntVarP(&f.Verbosity, "v", "v", 0, "detail of what is done, 1 to 9; secrets are never shown")
}

// Store returns the private cache, or nil with --no-cache. A cache that cannot be
// used is warned about once, and the result is nil too: no command needs it to do
// its work.
func (f *Flags) Store(env cli.Env) *store.Store {
	if f.NoCache {
		return nil
	}
	once := f.shared()
	once.opening.Do(func() {
		warn := func(err error) {
			f.warn(env, fmt.Sprintf("nothing is kept in the private cache, so each command signs in anew: %v", err), clierr.Hint(err))
		}
		dir, err := store.DefaultDir(env.Getenv)
		if err != nil {
			warn(clierr.WithHint(err, "set it, or use --no-cache"))
			return
		}
		once.cache = store.OpenForgiving(dir, warn)
	})
	return once.cache
}

// once holds what a command does a single time, however many accounts it resolves.
type once struct {
	opening sync.Once
	cache   *store.Store
	warned  sync.Map // warnings
}

// shared returns what the copies of these flags have in common.
func (f *Flags) shared() *once {
	if f.once == nil { // flags that no command line has
		f.once = new(once)
	}
	return f.once
}

// warn writes a warning that was not written yet.
func (f *Flags) warn(env cli.Env, message, hint string) {
	if _, again := f.shared().warned.LoadOrStore(message, true); !again {
		env.Warn(message, hint)
	}
}

// Options is what cloud.Resolve needs to find the account for a program. With a
// terminal it asks there for what is missing.
func (f *Flags) Options(env cli.Env, program string) cloud.Options {
	opts := cloud.Options{
		Cloud: f.Cloud, Region: f.Region, Pin: f.Pin, SkipFolder: f.SkipFolder,
		Getenv: env.Getenv, Store: f.Store(env), Now: env.Now,
		Warn:      func(m string) { f.warn(env, m, "") },
		Debug:     func(level int, message string) { f.Debug(env, level, message) },
		UserAgent: program + "/" + cli.BuildVersion().Version,
		Timeout:   f.RequestTimeout,
	}
	if env.Terminal != nil {
		opts.Prompt = env.Terminal
	}
	return opts
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
