package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// options is the command line of tunnel.
type options struct {
	session.Identity
	kubeconfig string
	cluster    string
	bastion    string
	port       int
	output     *cli.OutputFlag
}

// result is what tunnel prints.
type result struct {
	Cluster  string `json:"cluster"`
	UUID     string `json:"uuid"`
	Server   string `json:"server"`
	Bastion  string `json:"bastion"`
	ProxyURL string `json:"proxy_url"`
	Context  string `json:"context"` // "" when no login uses it
}

// New returns the command that keeps a tunnel up.
func New(env cli.Env) *cobra.Command {
	o := &options{Identity: session.Identity{Env: env}, output: cli.Output("table", "json", "yaml", "name")}
	cmd := &cobra.Command{
		Use:   "tunnel CLUSTER",
		Short: "Reach a private API server through a bastion",
		Long: `Reach a private API server through a bastion, with your own ssh: its configuration,
agent, jump hosts and hardware keys all work. Nothing about the cluster's certificate
changes: its CA is verified as ever.

CLUSTER is a login of yours (its context, or the cluster's name or UUID) or any
cluster of the project. The tunnel stays up until you press Ctrl-C; programs use it
as an HTTP proxy, which leads to this API server only.

After a login with --bastion kubectl brings the tunnel up by itself, and this command
is for keeping it up, or for seeing what is in its way.`,
		Example: `  # Once: kubectl brings the tunnel up when it needs it
  kubectl catalyst login prod --bastion ubuntu@bastion.example.org

  # For other programs, as long as this runs
  kubectl catalyst tunnel prod --bastion ubuntu@bastion.example.org`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.cluster = args[0]
			if err := o.validate(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	fs := cmd.Flags()
	o.Bind(fs)
	o.output.Bind(fs)
	fs.StringVar(&o.bastion, "bastion", "", "host to go through: [USER@]HOST[:PORT], or an alias of ssh_config (default: that of the login)")
	fs.IntVar(&o.port, "port", 0, "port of 127.0.0.1 to listen on (default: that of the login, or a free one)")
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig with the login")
	return cmd
}

func (o *options) validate() error {
	if o.bastion != "" {
		if _, err := tunnel.ParseBastion(o.bastion); err != nil {
			return err
		}
	}
	if o.port < 0 || o.port > 65535 {
		return clierr.New(clierr.Usage, "", "--port takes a number from 1 to 65535")
	}
	return nil
}

func (o *options) run(ctx context.Context) error {
	spec, r, err := o.find(ctx)
	if err != nil {
		return err
	}
	r.Bastion, r.ProxyURL = spec.Bastion.String(), tunnel.ProxyURL(spec.Port)
	k, err := o.Tunnels().Keeper()
	if err != nil {
		return err
	}
	progress := o.Env.Progress()
	progress.Line("tunnel").Set("logging in to " + spec.Bastion.String())
	fresh, err := k.Up(ctx, *spec)
	progress.Close()
	if err != nil {
		return err
	}
	return o.serve(ctx, k, spec.Port, fresh, r)
}

// find finds the cluster, among the logins, else in the cloud, and the tunnel to it.
func (o *options) find(ctx context.Context) (*tunnel.Spec, result, error) {
	_, logins, err := o.Kubeconfig(o.kubeconfig)
	if err != nil {
		return nil, result{}, err
	}
	for _, l := range logins {
		if l.Context != "" && session.IsNamed(l, o.cluster) {
			return o.ofLogin(ctx, l, logins)
		}
	}
	if o.bastion == "" {
		return nil, result{}, clierr.New(clierr.Usage, "name a bastion: --bastion USER@HOST", "no login to %q goes through a bastion", o.cluster)
	}
	s, err := o.Connect(ctx)
	if err != nil {
		return nil, result{}, err
	}
	c, err := s.Magnum.Cluster(ctx, o.cluster)
	if err != nil {
		return nil, result{}, err
	}
	u, err := c.APIServer()
	if err != nil {
		return nil, result{}, err
	}
	return o.anew(ctx, logins, result{Cluster: c.Name, UUID: c.UUID, Server: u.String()})
}

// ofLogin returns the tunnel that a login uses, or one of its own to the same server.
func (o *options) ofLogin(ctx context.Context, l kubeconfig.Owned, logins []kubeconfig.Owned) (*tunnel.Spec, result, error) {
	r := result{Cluster: l.ClusterName, UUID: l.ClusterUUID, Server: l.Server}
	s := route.TunnelOf(l)
	if s == nil || o.port != 0 && o.port != s.Port {
		return o.anew(ctx, logins, r)
	}
	if o.bastion != "" {
		if b, err := tunnel.ParseBastion(o.bastion); err != nil || b.String() != s.Bastion.String() {
			return o.anew(ctx, logins, r)
		}
	}
	r.Context = l.Context
	return s, r, nil
}

// anew returns a tunnel that no login uses.
func (o *options) anew(ctx context.Context, logins []kubeconfig.Owned, r result) (*tunnel.Spec, result, error) {
	if o.bastion == "" {
		return nil, r, clierr.New(clierr.Usage, "name a bastion: --bastion USER@HOST", "the login to %q goes through no bastion", o.cluster)
	}
	port := o.port
	if port == 0 {
		var err error
		if port, err = tunnel.FreePort(ctx, route.Ports(logins)); err != nil {
			return nil, r, err
		}
	}
	s, err := route.Bastion{Host: o.bastion}.Tunnel(r.Server, tunnel.ProxyURL(port))
	if err == nil && s == nil {
		err = errors.New("there is no bastion")
	}
	return s, r, err
}

// serve keeps the tunnel up until ctx ends. One that was up before stays for those
// who use it.
func (o *options) serve(ctx context.Context, k *tunnel.Keeper, port int, fresh bool, r result) error {
	held, err := k.HoldOpen(ctx, port)
	if err != nil {
		return err
	}
	defer held.Close()
	if err := o.print(r); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, held)
		close(ended)
	}()
	select {
	case <-ended:
		return clierr.Errorf("start it again", "the tunnel was ended by another command")
	case <-ctx.Done():
	}
	if !fresh {
		return nil
	}
	return k.End(context.WithoutCancel(ctx), port)
}

func (o *options) print(r result) error {
	err := o.output.Print(o.Env.Out, r, cli.Rows([]result{r}, func(r result) string { return r.ProxyURL }, []cli.Column[result]{
		{Title: "CLUSTER", Cell: func(r result) string { return r.Cluster }},
		{Title: "BASTION", Cell: func(r result) string { return r.Bastion }},
		{Title: "PROXY", Cell: func(r result) string { return r.ProxyURL }},
		{Title: "SERVER", Cell: func(r result) string { return r.Server }},
	}...))
	if err != nil || !o.output.IsTable() {
		return err
	}
	use := "kubectl --context " + r.Context + " get namespaces"
	if r.Context == "" {
		use = "HTTPS_PROXY=" + r.ProxyURL + " kubectl get namespaces"
	}
	_, err = fmt.Fprintf(o.Env.ErrOut, "Use it: %s\nCtrl-C ends it.\n", clierr.Clean(use))
	return err
}
