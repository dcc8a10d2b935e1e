package catalyst

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// clusterRotateOptions is the command line of cluster rotate-ca.
type clusterRotateOptions struct {
	changeOptions
	kubeconfig string
}

func newClusterRotate(env cli.Env) *cobra.Command {
	o := &clusterRotateOptions{changeOptions: newChangeOptions(env)}
	cmd := &cobra.Command{
		Use:   "rotate-ca CLUSTER",
		Short: "Give a cluster a new certificate authority",
		Long: `Give a cluster a new certificate authority.

Every certificate that the old one signed is worth nothing from then on: that is
how a leaked administrator's kubeconfig is revoked. Each login to the cluster in
your kubeconfig is renewed, whatever its context is called; colleagues who use
this program are renewed when they next use kubectl, others have to fetch a new
kubeconfig.`,
		Example: `  kubectl catalyst cluster rotate-ca prod --wait`,
		Args:    func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bind(cmd.Flags())
	cmd.Flags().StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig with the logins to renew (KUBECONFIG, or ~/.kube/config)")
	return cmd
}

func (o *clusterRotateOptions) run(ctx context.Context) error {
	if err := checkKubeconfig(o.kubeconfig, o.env); err != nil {
		return err
	}
	s, err := o.connect(ctx)
	if err != nil {
		return err
	}
	c, err := s.magnum.Cluster(ctx, o.cluster)
	if err != nil {
		return err
	}
	if err := cluster.Idle(c); err != nil {
		return err
	}
	if err := s.magnum.RotateCA(ctx, c.UUID); err != nil {
		return err
	}
	// The new CA is there at once. Whatever becomes of the wait, the old one is
	// of no use any more.
	waitErr := o.accepted(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q gets a new CA", c.Name))
	if ctx.Err() != nil {
		return clierr.WithHint(waitErr, "log in again with 'kubectl catalyst login "+c.Name+"'")
	}
	return errors.Join(waitErr, o.renew(ctx, s, c.UUID))
}

// renew puts the new CA into each login to the cluster, and a new certificate
// where one stands in the kubeconfig itself.
func (o *clusterRotateOptions) renew(ctx context.Context, s *session, uuid string) error {
	files, err := kubeconfig.Locate(o.kubeconfig, o.env.Getenv)
	if err != nil {
		return err
	}
	files.Warn = func(m string) { o.env.Warn(m, "") }
	present, err := files.List()
	if err != nil {
		return err
	}
	var mine []kubeconfig.Owned
	for _, l := range present {
		if l.ClusterUUID == uuid && l.Context != "" {
			mine = append(mine, l)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	ca, err := s.magnum.CA(ctx, uuid)
	if err == nil {
		_, err = files.ReplaceCA(ctx, uuid, ca)
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, l := range mine {
		if holdsCertificate(l) {
			if err := o.logInAgain(ctx, s, l); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		fmt.Fprintf(o.env.ErrOut, "renewed the login of context %q\n", clierr.Clean(l.Context))
	}
	return errors.Join(errs...)
}

// holdsCertificate reports whether a certificate stands in the kubeconfig, and
// not in the private cache, where it is renewed when it is needed.
func holdsCertificate(l kubeconfig.Owned) bool {
	conf, err := clientcmd.LoadFromFile(l.Path)
	if err != nil || conf.AuthInfos[l.User] == nil {
		return false
	}
	return len(conf.AuthInfos[l.User].ClientKeyData) > 0
}

// logInAgain does what 'login --embed' does, under the name of the context. Of
// somebody else's login only they can get a certificate.
func (o *clusterRotateOptions) logInAgain(ctx context.Context, s *session, l kubeconfig.Owned) error {
	if pinOf(l.Owner) != s.Pin() {
		return clierr.Errorf("log in as "+l.Owner.User+" again", "context %q belongs to another account and holds a dead certificate", l.Context)
	}
	again := newLoginOptions(o.env)
	again.identity, again.kubeconfig = o.identity, l.Path
	again.progress = nil
	again.auth.Value, again.embed, again.context, again.noUse, again.noCheck = l.Auth, true, l.Context, true, true
	again.output.Value, again.quiet = "name", true
	if err := again.complete([]string{l.ClusterUUID}); err != nil {
		return err
	}
	return again.run(ctx)
}
