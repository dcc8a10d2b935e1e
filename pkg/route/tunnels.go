package route

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// ServeCommand is the hidden command behind a tunnel.
const ServeCommand = "serve-tunnel"

// How long a tunnel may take to come up, and how long where a person may have to
// answer ssh.
const (
	upTimeout     = 30 * time.Second
	promptTimeout = 3 * time.Minute
)

// Tunnels brings up the tunnels of a user.
type Tunnels struct {
	Getenv func(string) string
	// Ask lets ssh ask the person; nil: there is nobody to ask. See tunnel.Keeper.
	Ask func(ctx context.Context, prompt string, secret, notice bool) (string, error)
}

// Keeper returns what starts and ends tunnels. What it keeps on disk is no
// credential, so it does so with --no-cache too.
func (t *Tunnels) Keeper() (*tunnel.Keeper, error) {
	dir, err := store.DefaultDir(t.Getenv)
	if err != nil {
		return nil, err
	}
	return &tunnel.Keeper{Store: store.Open(dir), Command: serveCommand, Ask: t.Ask}, nil
}

// serveCommand runs this program as the process behind a tunnel.
func serveCommand(args []string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), self, args...) // it outlives whoever starts it
	cmd.Args = append([]string{"kubectl-catalyst", ServeCommand}, args...)
	return cmd, nil
}

// BringUp makes sure that a tunnel is up; nil is none. A person is given time to
// answer ssh.
func (t *Tunnels) BringUp(ctx context.Context, spec *tunnel.Spec) error {
	if spec == nil {
		return nil
	}
	k, err := t.Keeper()
	if err != nil {
		return err
	}
	limit := upTimeout
	if t.Ask != nil {
		limit = promptTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, err = k.Up(ctx, *spec)
	return err
}

// Explain explains a request that failed with what the tunnel it went through
// knows.
func (t *Tunnels) Explain(ctx context.Context, spec *tunnel.Spec, err error) error {
	return cmp.Or(t.Trouble(ctx, spec, err), err)
}

// Trouble returns what a tunnel knows about a request that failed, nil for
// nothing.
func (t *Tunnels) Trouble(ctx context.Context, spec *tunnel.Spec, err error) error {
	if spec == nil || !apiserver.Is(err, apiserver.Timeout, apiserver.Refused, apiserver.Unreachable) {
		return nil
	}
	if k, err := t.Keeper(); err == nil {
		return k.Trouble(ctx, spec.Port)
	}
	return nil
}

// OfLogin adds to an endpoint the route of a login to the cluster: its proxy, and
// the tunnel behind that, which is brought up.
func (t *Tunnels) OfLogin(ctx context.Context, logins []kubeconfig.Owned, uuid string, at *apiserver.Endpoint) error {
	for _, l := range logins {
		if l.ClusterUUID != uuid || l.Context == "" || l.ProxyURL == "" {
			continue
		}
		at.Server, at.ProxyURL, at.TLSServerName = l.Server, l.ProxyURL, l.TLSServerName
		return t.BringUp(ctx, TunnelOf(l))
	}
	return nil
}
