package catalyst

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// tunnelOptions is the command line of tunnel.
type tunnelOptions struct {
	identity
	kubeconfig string
	cluster    string
	bastion    string
	port       int
	output     *cli.OutputFlag

	result tunnelResult
	login  string // context whose kubectl uses the tunnel, "" for none
}

// tunnelResult is what tunnel prints.
type tunnelResult struct {
	Cluster  string `json:"cluster"`
	UUID     string `json:"uuid"`
	Server   string `json:"server"`
	Bastion  string `json:"bastion"`
	ProxyURL string `json:"proxy_url"`
	Context  string `json:"context"` // "" when no login uses it
}

func newTunnel(env cli.Env) *cobra.Command {
	o := &tunnelOptions{identity: identity{env: env}, output: cli.Output("table", "json", "yaml", "name")}
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
			return o.run(cmd.Context())
		},
	}
	fs := cmd.Flags()
	o.bind(fs)
	o.output.Bind(fs)
	fs.StringVar(&o.bastion, "bastion", "", "host to go through: [USER@]HOST[:PORT], or an alias of ssh_config (default: that of the login)")
	fs.IntVar(&o.port, "port", 0, "port of 127.0.0.1 to listen on (default: that of the login, or a free one)")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig with the login (KUBECONFIG, or ~/.kube/config)")
	return cmd
}

func (o *tunnelOptions) run(ctx context.Context) error {
	if o.bastion != "" {
		if _, err := tunnel.ParseBastion(o.bastion); err != nil {
			return err
		}
	}
	if o.port < 0 || o.port > 65535 {
		return clierr.New(clierr.Usage, "", "--port takes a number from 1 to 65535")
	}
	spec, err := o.spec(ctx)
	if err != nil {
		return err
	}
	k, err := o.keeper()
	if err != nil {
		return err
	}
	progress := o.env.Progress()
	o.progress = progress
	progress.Line("tunnel").Set("logging in to " + spec.Bastion.String())
	fresh, err := k.Up(ctx, *spec)
	progress.Close()
	if err != nil {
		return err
	}
	return o.stay(ctx, k, spec, fresh)
}

// stay keeps the tunnel up until ctx ends. One that was up before stays for those
// who use it.
func (o *tunnelOptions) stay(ctx context.Context, k *tunnel.Keeper, spec *tunnel.Spec, fresh bool) error {
	hold, err := k.Hold(ctx, spec.Port)
	if err != nil {
		return err
	}
	defer hold.Close()
	if err := o.print(spec); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, hold)
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
	return k.End(context.WithoutCancel(ctx), spec.Port)
}

// spec finds the cluster: among the logins, else in the cloud.
func (o *tunnelOptions) spec(ctx context.Context) (*tunnel.Spec, error) {
	files, err := kubeconfig.Locate(o.kubeconfig, o.env.Getenv)
	if err != nil {
		return nil, err
	}
	files.Warn = func(m string) { o.env.Warn(m, "") }
	present, err := files.List()
	if err != nil {
		return nil, err
	}
	for _, l := range present {
		if l.Context != "" && named(l, o.cluster) {
			return o.ofLogin(ctx, l, present)
		}
	}
	if o.bastion == "" {
		return nil, clierr.New(clierr.Usage, "name a bastion: --bastion USER@HOST", "no login to %q goes through a bastion", o.cluster)
	}
	who, err := o.resolve()
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, who)
	if err != nil {
		return nil, err
	}
	c, err := s.magnum.Cluster(ctx, o.cluster)
	if err != nil {
		return nil, err
	}
	u, err := c.APIServer()
	if err != nil {
		return nil, err
	}
	o.result = tunnelResult{Cluster: c.Name, UUID: c.UUID, Server: u.String()}
	return o.fresh(ctx, present)
}

// ofLogin is the tunnel that a login uses, or one of its own to the same server.
func (o *tunnelOptions) ofLogin(ctx context.Context, l kubeconfig.Owned, present []kubeconfig.Owned) (*tunnel.Spec, error) {
	o.result = tunnelResult{Cluster: l.ClusterName, UUID: l.ClusterUUID, Server: l.Server}
	s := tunnelOf(l)
	if s == nil || o.port != 0 && o.port != s.Port {
		return o.fresh(ctx, present)
	}
	if o.bastion != "" {
		if b, err := tunnel.ParseBastion(o.bastion); err != nil || b.String() != s.Bastion.String() {
			return o.fresh(ctx, present)
		}
	}
	o.login = l.Context
	return s, nil
}

// fresh is a tunnel that no login uses.
func (o *tunnelOptions) fresh(ctx context.Context, present []kubeconfig.Owned) (*tunnel.Spec, error) {
	if o.bastion == "" {
		return nil, clierr.New(clierr.Usage, "name a bastion: --bastion USER@HOST", "the login to %q goes through no bastion", o.cluster)
	}
	port := o.port
	if port == 0 {
		var err error
		if port, err = tunnel.FreePort(ctx, portsOf(present)); err != nil {
			return nil, err
		}
	}
	w := wayThrough{bastion: o.bastion}
	s, err := w.spec(o.result.Server, tunnel.ProxyURL(port))
	if err == nil && s == nil {
		err = errors.New("there is no bastion")
	}
	return s, err
}

func (o *tunnelOptions) print(spec *tunnel.Spec) error {
	r := o.result
	r.Bastion, r.ProxyURL, r.Context = spec.Bastion.String(), tunnel.ProxyURL(spec.Port), o.login
	switch o.output.Value {
	case "json", "yaml":
		return cli.PrintObject(o.env.Out, o.output.Value, r)
	case "name":
		_, err := fmt.Fprintln(o.env.Out, r.ProxyURL)
		return err
	}
	if err := cli.PrintTable(o.env.Out, []string{"CLUSTER", "BASTION", "PROXY", "SERVER"}, [][]string{{r.Cluster, r.Bastion, r.ProxyURL, r.Server}}); err != nil {
		return err
	}
	use := "kubectl --context " + r.Context + " get namespaces"
	if r.Context == "" {
		use = "HTTPS_PROXY=" + r.ProxyURL + " kubectl get namespaces"
	}
	_, err := fmt.Fprintf(o.env.ErrOut, "Use it: %s\nCtrl-C ends it.\n", clierr.Clean(use))
	return err
}
