package catalyst

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
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
