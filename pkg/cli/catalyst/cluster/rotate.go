package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	logincmd "github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
)

// rotateOptions is the command line of cluster rotate-ca.
type rotateOptions struct {
	changeOptions
	kubeconfig string
}

func newRotate(env cli.Env) *cobra.Command {
	o := &rotateOptions{changeOptions: newChangeOptions(env)}
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
	cli.BindKubeconfig(cmd.Flags(), &o.kubeconfig, "kubeconfig with the logins to renew")
	return cmd
}

func (o *rotateOptions) run(ctx context.Context) error {
	if _, err := o.ReadLogins(o.kubeconfig); err != nil {
		return err
	}
	s, err := o.Connect(ctx)
	if err != nil {
		return err
	}
	c, err := s.Magnum.Cluster(ctx, o.cluster)
	if err != nil {
		return err
	}
	if err := cluster.CheckIdle(c); err != nil {
		return err
	}
	if err := s.Magnum.RotateCA(ctx, c.UUID); err != nil {
		return err
	}
	// The new CA is there at once. Whatever becomes of the wait, the old one is
	// of no use any more.
	waitErr := o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q gets a new CA", c.Name))
	if ctx.Err() != nil {
		return clierr.WithHint(waitErr, "log in again with 'kubectl catalyst login "+c.Name+"'")
	}
	return errors.Join(waitErr, o.renew(ctx, s, c.UUID))
}

// renew writes the new CA into each login to the cluster, and a new certificate
// where one is in the kubeconfig itself.
func (o *rotateOptions) renew(ctx context.Context, s *session.Session, uuid string) error {
	files, all, err := o.Kubeconfig(o.kubeconfig)
	if err != nil {
		return err
	}
	var logins []kubeconfig.Owned
	for _, l := range all {
		if l.ClusterUUID == uuid && l.Context != "" {
			logins = append(logins, l)
		}
	}
	if len(logins) == 0 {
		return nil
	}
	ca, err := s.Magnum.CA(ctx, uuid)
	if err == nil {
		_, err = files.ReplaceCA(ctx, uuid, ca)
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, l := range logins {
		if holdsCertificate(l) {
			if err := o.logInAgain(ctx, s, l); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		fmt.Fprintf(o.Env.ErrOut, "renewed the login of context %q\n", clierr.Clean(l.Context))
	}
	return errors.Join(errs...)
}

// holdsCertificate reports whether the certificate is in the kubeconfig, and not
// in the private cache, where it is renewed when it is needed.
func holdsCertificate(l kubeconfig.Owned) bool {
	conf, err := clientcmd.LoadFromFile(l.Path)
	if err != nil || conf.AuthInfos[l.User] == nil {
		return false
	}
	return len(conf.AuthInfos[l.User].ClientKeyData) > 0
}

// logInAgain does what 'login --embed' does, under the name of the context. A
// certificate for somebody else's login only they can get.
func (o *rotateOptions) logInAgain(ctx context.Context, s *session.Session, l kubeconfig.Owned) error {
	if login.PinOf(l.Owner) != s.Pin() {
		return clierr.Errorf("log in as "+l.Owner.User+" again", "context %q belongs to another account and holds a dead certificate", l.Context)
	}
	_, err := logincmd.Run(ctx, &o.Identity, login.Options{Clusters: []string{l.ClusterUUID}, Kubeconfig: l.Path,
		Auth: credential.Mode(l.Auth), Embed: true, Context: l.Context, NoUse: true, NoCheck: true}, 0)
	return err
}
