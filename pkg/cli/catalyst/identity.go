package catalyst

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// identity is who somebody is to OpenStack, for commands of the plugin.
type identity struct {
	account.Flags
	env      cli.Env
	progress *cli.Progress     // what is on the screen while somebody may be asked; may be nil
	answers  map[string]string // what was answered, by question, while one attempt may be repeated; may be nil
}

func (i *identity) bind(fs *pflag.FlagSet) { i.Bind(fs) }

// store returns the private cache, or nil where nothing is kept.
func (i *identity) store() *store.Store { return i.Store(i.env) }

// acceptedCAs returns where the CAs are that were accepted at logins from a
// file. They are no credentials, so that --no-cache makes no difference. nil
// where the user has no cache.
func (i *identity) acceptedCAs() *store.Store {
	dir, err := store.DefaultDir(i.env.Getenv)
	if err != nil {
		return nil
	}
	return store.Open(dir)
}

// resolve finds out who the user is, without the network.
func (i *identity) resolve() (*cloud.Cloud, error) {
	opts := i.Options(i.env, program)
	if opts.Prompt != nil {
		opts.Prompt = prompter{i}
	}
	return cloud.Resolve(opts)
}

func (i *identity) debug(level int, message string) { i.Debug(i.env, level, message) }

// within bounds what is asked of one API server, where --request-timeout does not
// say how long each request may take.
func (i *identity) within(ctx context.Context, usual time.Duration) (context.Context, context.CancelFunc) {
	if i.RequestTimeout > 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, usual)
}

// prompter asks at the terminal with the progress out of the way.
type prompter struct{ i *identity }

func (p prompter) Ask(ctx context.Context, label string, secret bool) (string, error) {
	if answer, given := p.i.answers[label]; given {
		return answer, nil
	}
	if p.i.progress != nil {
		defer p.i.progress.Hide()()
	}
	answer, err := p.i.env.Terminal.Ask(ctx, label, secret)
	if err == nil && p.i.answers != nil {
		p.i.answers[label] = answer
	}
	return answer, err
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
	m, err := account.Magnum(s)
	if err != nil {
		return nil, err
	}
	return &session{Session: s, magnum: m}, nil
}
