package catalyst

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// noBastion, as --bastion, ends going through one.
const noBastion = "none"

// wayThrough is what an exec entry says about the way to its API server.
type wayThrough struct {
	bastion string
	idle    time.Duration
}

func (w *wayThrough) bind(fs *pflag.FlagSet) {
	fs.StringVar(&w.bastion, "bastion", "", "reach the API server through this host with ssh: [USER@]HOST[:PORT], an alias of ssh_config, or none")
	fs.DurationVar(&w.idle, "bastion-idle", 0, "how long the tunnel through the bastion stays up unused (10m)")
}

// fields are the arguments that bind reads.
func (w *wayThrough) fields() []flagValue {
	idle := ""
	if w.idle != 0 {
		idle = w.idle.String()
	}
	return []flagValue{{"bastion", w.bastion}, {"bastion-idle", idle}}
}

// check returns what is wrong with the flags.
func (w *wayThrough) check() error {
	if w.bastion != "" {
		if _, err := tunnel.ParseBastion(w.bastion); err != nil {
			return err
		}
	}
	if w.idle != 0 && w.idle < tunnel.MinIdle {
		return clierr.New(clierr.Usage, "", "--bastion-idle takes a duration of at least %s", tunnel.MinIdle)
	}
	return nil
}

// wayOf reads what an exec entry says; the zero value where it goes through no
// bastion.
func wayOf(args []string) (w wayThrough) {
	if len(args) == 0 {
		return w
	}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.ParseErrorsAllowlist.UnknownFlags = true
	w.bind(fs)
	if fs.Parse(args[1:]) != nil {
		return wayThrough{}
	}
	return w
}

// spec is the tunnel to a server whose entry has that proxy-url. It is nil where
// there is no bastion, or where the user has put another proxy, or none, into the
// entry since.
func (w *wayThrough) spec(server, proxyURL string) (*tunnel.Spec, error) {
	port, ours := tunnel.Port(proxyURL)
	if w.bastion == "" || !ours {
		return nil, nil
	}
	b, err := tunnel.ParseBastion(w.bastion)
	if err != nil {
		return nil, err
	}
	target, err := tunnel.Target(server)
	if err != nil {
		return nil, err
	}
	return &tunnel.Spec{Bastion: b, Target: target, Port: port, Idle: w.idle}, nil
}

// tunnelOf is the tunnel that a login goes through, nil for none.
func tunnelOf(l kubeconfig.Owned) *tunnel.Spec {
	w := wayOf(l.ExecArgs)
	s, err := w.spec(l.Server, l.ProxyURL)
	if err != nil {
		return nil
	}
	return s
}

// portsOf lists the ports that the tunnels of logins have.
func portsOf(logins []kubeconfig.Owned) []int {
	var ports []int
	for _, l := range logins {
		if port, ours := tunnel.Port(l.ProxyURL); ours {
			ports = append(ports, port)
		}
	}
	return ports
}

// keeper brings up tunnels. What it keeps is no credential, so it does so with
// --no-cache too.
func (i *identity) keeper() (*tunnel.Keeper, error) {
	dir, err := store.DefaultDir(i.env.Getenv)
	if err != nil {
		return nil, err
	}
	k := &tunnel.Keeper{Store: store.Open(dir), Command: serveCommand}
	if i.env.Terminal != nil {
		var one sync.Mutex // several tunnels may come up at a time
		k.Ask = func(ctx context.Context, prompt string, secret, notice bool) (string, error) {
			if notice {
				i.env.Hint(prompt)
				return "", nil
			}
			one.Lock()
			defer one.Unlock()
			return prompter{i}.Ask(ctx, prompt, secret)
		}
	}
	return k, nil
}

// serveCommand runs this program as the process behind a tunnel.
func serveCommand(args []string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), self, args...) // it outlives whoever starts it
	cmd.Args = append([]string{program, serveTunnel}, args...)
	return cmd, nil
}

// bringUp makes sure that a tunnel is up. A person is given time to answer ssh.
func (i *identity) bringUp(ctx context.Context, spec *tunnel.Spec) error {
	if spec == nil {
		return nil
	}
	k, err := i.keeper()
	if err != nil {
		return err
	}
	limit := credentialTimeout
	if i.env.Terminal != nil {
		limit = promptTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, err = k.Up(ctx, *spec)
	return err
}

// untunnelled explains a request that failed with what the tunnel it went through
// knows.
func (i *identity) untunnelled(ctx context.Context, spec *tunnel.Spec, err error) error {
	return cmp.Or(i.trouble(ctx, spec, err), err)
}

// trouble is what a tunnel knows about a request that failed, nil for nothing.
func (i *identity) trouble(ctx context.Context, spec *tunnel.Spec, err error) error {
	var e *apiserver.Error
	if spec == nil || !errors.As(err, &e) || !slices.Contains([]apiserver.Kind{apiserver.Timeout, apiserver.Refused, apiserver.Unreachable}, e.Kind) {
		return nil
	}
	if k, err := i.keeper(); err == nil {
		return k.Trouble(ctx, spec.Port)
	}
	return nil
}

// route adds to an endpoint the way that a login to the cluster goes: its proxy, and
// the tunnel behind that, which is brought up.
func (i *identity) route(ctx context.Context, present []kubeconfig.Owned, uuid string, at *apiserver.Endpoint) error {
	for _, l := range present {
		if l.ClusterUUID != uuid || l.Context == "" || l.ProxyURL == "" {
			continue
		}
		at.Server, at.ProxyURL, at.TLSServerName = l.Server, l.ProxyURL, l.TLSServerName
		return i.bringUp(ctx, tunnelOf(l))
	}
	return nil
}
