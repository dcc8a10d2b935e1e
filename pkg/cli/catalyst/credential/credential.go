// Package credential holds the exec plugin that kubectl calls.
package credential

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// How long one call of the plugin may take, during which kubectl shows nothing.
// Somebody typing a password is given longer.
const (
	timeout       = 30 * time.Second
	promptTimeout = 3 * time.Minute
)

// New returns the command that prints a credential.
func New(env cli.Env) *cobra.Command {
	id := &session.Identity{Env: env}
	args := &login.ExecArgs{}
	cmd := &cobra.Command{
		Use:     "credential",
		Short:   "Print a credential for kubectl (client.authentication.k8s.io/v1)",
		Long:    "Print a credential for kubectl. Entries in a kubeconfig call this; people have no need to.",
		Hidden:  true,
		Example: `  kubectl catalyst credential --cluster=2c9a52f0-6ba6-4b5e-8c55-2f1cf0d4a1be --auth=keystone`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			args.Cloud, args.Region, id.Pin = id.Cloud, id.Region, args.Pin
			return run(cmd.Context(), id, args)
		},
	}
	id.Bind(cmd.Flags())
	args.Bind(cmd.Flags())
	cli.AllowAsPlugin(cmd)
	return cmd
}

func run(ctx context.Context, id *session.Identity, args *login.ExecArgs) error {
	if args.Cluster == "" || args.Mode != credential.ModeKeystone && args.Mode != credential.ModeCertificate {
		return clierr.New(clierr.Usage, "log in to the cluster again", "--cluster UUID and --auth keystone|certificate are needed")
	}
	limit := timeout
	if id.Env.Terminal != nil {
		limit = promptTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p, err := provider(id, args)
	if err != nil {
		return err
	}
	through, err := throughBastion(ctx, id, args, p)
	if err != nil {
		return err
	}
	c, err := p.Credential(ctx)
	if err != nil {
		return err
	}
	if through != nil {
		c.Until(id.Env.Now().Add(through.Lasts() / 2))
	}
	return c.Write(id.Env.Out)
}

// throughBastion brings up the tunnel that kubectl is about to use. The credential
// is then good for less time than it could be, so that a client that runs for long
// asks for another before the tunnel can have ended.
func throughBastion(ctx context.Context, id *session.Identity, args *login.ExecArgs, p *credential.Provider) (*tunnel.Spec, error) {
	if p.Cluster == nil {
		return nil, nil
	}
	through, err := args.Bastion.Tunnel(p.Cluster.Server, p.Cluster.ProxyURL)
	if err != nil || through == nil {
		return nil, err
	}
	p.Unreached = func(err error) error { return id.Tunnels().Trouble(ctx, through, err) }
	return through, id.Tunnels().BringUp(ctx, through)
}

func provider(id *session.Identity, args *login.ExecArgs) (*credential.Provider, error) {
	id.SkipFolder = true // kubectl runs anywhere, and a folder must not choose where it signs in
	info, err := credential.ParseInfo(id.Env.Getenv(cli.ExecInfo))
	if err != nil {
		return nil, err
	}
	p := &credential.Provider{
		Ref:   login.CacheRef(args.Pin, args.Region, args.Cluster, args.Mode),
		Store: id.Store(), Accepted: login.AcceptedCAs(id.Env.Getenv), Cluster: info, Now: id.Env.Now,
		SignIn: func(ctx context.Context) (credential.Session, error) {
			c, err := id.Resolve()
			if err != nil {
				return nil, err
			}
			s, err := c.Session(ctx)
			return signedIn{s}, err
		},
		Rotated: func(ctx context.Context, ca []byte) error { return replaceCA(ctx, id.Env, args.Cluster, ca) },
	}
	if args.Pin == (cloud.Pin{}) {
		// Not pinned: whose credential this is depends on who the user is now.
		c, err := id.Resolve()
		if err != nil {
			return nil, err
		}
		p.Ref.Identity = c.Identity().Key()
	}
	return p, nil
}

// signedIn lets pkg/credential use a session of OpenStack.
type signedIn struct{ s *cloud.Session }

func (i signedIn) User() string { return i.s.User().Name }

func (i signedIn) Project() string { return i.s.Project().ID }

func (i signedIn) Token() (string, time.Time) {
	t := i.s.Token()
	return t.ID, t.Expires
}

func (i signedIn) Renew(ctx context.Context) error { return i.s.Renew(ctx) }

func (i signedIn) Authority() (credential.Authority, error) {
	return account.Magnum(i.s)
}

// replaceCA writes the new CA of a cluster into each of its entries.
func replaceCA(ctx context.Context, env cli.Env, uuid string, ca []byte) error {
	files, err := kubeconfig.Locate("", env.Getenv)
	if err != nil {
		return err
	}
	files.Warn = func(m string) { env.Warn(m, "") }
	changes, err := files.ReplaceCA(ctx, uuid, ca)
	if err == nil && len(changes) == 0 {
		err = fmt.Errorf("the CA of cluster %s was rotated, and its entry is in none of the kubeconfigs that KUBECONFIG names", uuid)
	}
	return err
}
