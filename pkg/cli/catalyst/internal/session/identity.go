package session

import (
	"context"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Identity is who somebody is to OpenStack, for commands of the plugin.
type Identity struct {
	account.Flags
	Env cli.Env
}

// Store returns the private cache, or nil where nothing is cached.
func (i *Identity) Store() *store.Store { return i.Flags.Store(i.Env) }

// Resolve finds out who the user is, without the network.
func (i *Identity) Resolve() (*cloud.Cloud, error) {
	return cloud.Resolve(i.Options(i.Env, login.Program))
}

// ResolveOnce is Resolve for a sign-in that may be tried several times: what was
// answered is not asked again until forget is called.
func (i *Identity) ResolveOnce() (who *cloud.Cloud, forget func(), err error) {
	opts := i.Options(i.Env, login.Program)
	p := &prompter{i.Env.Terminal, map[string]string{}}
	if opts.Prompt != nil {
		opts.Prompt = p
	}
	who, err = cloud.Resolve(opts)
	return who, func() { p.answers = nil }, err
}

// Debug writes a line of detail when -v asks for that level.
func (i *Identity) Debug(level int, message string) { i.Flags.Debug(i.Env, level, message) }

// Bound limits what is asked of one API server, where --request-timeout does not
// say how long each request may take.
func (i *Identity) Bound(ctx context.Context, usual time.Duration) (context.Context, context.CancelFunc) {
	if i.RequestTimeout > 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, usual)
}

// Tunnels returns what brings up the user's tunnels.
func (i *Identity) Tunnels() *route.Tunnels {
	t := &route.Tunnels{Getenv: i.Env.Getenv}
	if i.Env.Terminal != nil {
		var one sync.Mutex // several tunnels may come up at a time
		t.Ask = func(ctx context.Context, prompt string, secret, notice bool) (string, error) {
			if notice {
				i.Env.Hint(prompt)
				return "", nil
			}
			one.Lock()
			defer one.Unlock()
			return i.Env.Terminal.Ask(ctx, prompt, secret)
		}
	}
	return t
}

// prompter asks each question once.
type prompter struct {
	terminal *cli.Terminal
	answers  map[string]string // by question; nil: each question is asked again
}

func (p *prompter) Ask(ctx context.Context, label string, secret bool) (string, error) {
	if answer, given := p.answers[label]; given {
		return answer, nil
	}
	answer, err := p.terminal.Ask(ctx, label, secret)
	if err == nil && p.answers != nil {
		p.answers[label] = answer
	}
	return answer, err
}
