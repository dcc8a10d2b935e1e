package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	logincmd "github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// rotateOptions is the command line of cluster rotate-ca.
type rotateOptions struct {
	changeOptions
	yes        bool
	kubeconfig string
}

func newRotate(env cli.Env) *cobra.Command {
	o := &rotateOptions{changeOptions: newChangeOptions(env)}
	cmd := &cobra.Command{
		Use:   "rotate-ca CLUSTER",
		Short: "Give a cluster a new certificate authority, where its driver can",
		Long: `Give a cluster a new certificate authority, where its driver can.

Every certificate that the old one signed is worth nothing from then on: that is
how a leaked administrator's kubeconfig is revoked. Each login to the cluster in
your kubeconfig is renewed, whatever its context is called; colleagues who use
this program are renewed when they next use kubectl, others have to fetch a new
kubeconfig.

Drivers of Cluster API, which Catalyst Cloud has used since Kubernetes v1.28,
cannot do this, and Magnum finds out too late: it keeps a new CA that no API
server knows, and nobody can log in to the cluster any more until the cloud's
operators put the old one back. Such clusters are refused here. Where it cannot
be known which driver a cluster has, you are asked for the cluster's name; --yes
does without the question, and is needed where nobody can be asked.`,
		Example: `  kubectl catalyst cluster rotate-ca prod --wait`,
		Args:    func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	o.bind(fs)
	fs.BoolVarP(&o.yes, "yes", "y", false, "do not ask where the driver of the cluster is not known")
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig with the logins to renew")
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
	sure, err := o.allow(ctx, s, c)
	if err != nil {
		return err
	}
	if err := o.rotate(ctx, s, c); err != nil {
		return err
	}
	waitErr := o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q gets a new CA", c.Name))
	if ctx.Err() != nil {
		return clierr.WithHint(waitErr, "log in again with 'kubectl catalyst login "+c.Name+"'")
	}
	return errors.Join(waitErr, o.renew(ctx, s, c, sure && waitErr == nil))
}

// allow refuses a cluster whose driver cannot rotate, and asks where that is not
// known. sure reports that the driver can.
func (o *rotateOptions) allow(ctx context.Context, s *session.Session, c *magnum.Cluster) (sure bool, err error) {
	t, err := s.Magnum.Template(ctx, c.ClusterTemplateID)
	var gone *magnum.NotFound
	if err != nil && !errors.As(err, &gone) {
		return false, err
	}
	switch rotation := cluster.RotationOf(c, t); {
	case rotation == cluster.Rotates:
		return true, nil
	case rotation == cluster.NeverRotates:
		return false, clierr.Errorf("to revoke administrators' certificates, create a new cluster and move to it; to take access away from a person, take their role away",
			"cluster %q runs with a driver of Cluster API, which cannot replace the CA: Magnum would keep a new one that the API server does not have, and nobody could log in any more", c.Name)
	case o.yes:
		return false, nil
	}
	return false, confirmName(ctx, o.Env, c, fmt.Sprintf(
		"Nothing tells which driver cluster %q (%s) has. If it cannot replace the CA, nobody can log in to the cluster afterwards until the cloud's operators repair it. Type the cluster's name to try:", c.Name, c.UUID))
}

// rotate asks for the new CA. A refusal may come after Magnum has made one.
func (o *rotateOptions) rotate(ctx context.Context, s *session.Session, c *magnum.Cluster) error {
	before, beforeErr := s.Magnum.CA(ctx, c.UUID)
	err := s.Magnum.RotateCA(ctx, c.UUID)
	if err == nil || beforeErr != nil {
		return err
	}
	after, afterErr := s.Magnum.CA(ctx, c.UUID)
	if afterErr != nil || credential.Fingerprint(after) == credential.Fingerprint(before) {
		return err
	}
	mismatch := credential.MismatchedCA{Cluster: c.Name, Server: c.APIAddress, Magnum: after, Proven: before}
	return clierr.Errorf(clierr.Hint(mismatch.Explain()), "%w, and keeps a new CA all the same. Your logins are left as they are. %w", err, &mismatch)
}

// renew writes the new CA into each login to the cluster, and a new certificate
// where one is in the kubeconfig itself. Unless it is sure that the API server gets
// the new CA, that has to prove first that it has it.
func (o *rotateOptions) renew(ctx context.Context, s *session.Session, c *magnum.Cluster, sure bool) error {
	files, all, err := o.Kubeconfig(o.kubeconfig)
	if err != nil {
		return err
	}
	var logins []kubeconfig.Owned
	for _, l := range all {
		if l.ClusterUUID == c.UUID && l.Context != "" {
			logins = append(logins, l)
		}
	}
	if len(logins) == 0 {
		return nil
	}
	ca, err := s.Magnum.CA(ctx, c.UUID)
	if err == nil && !sure {
		err = o.prove(ctx, c, ca, logins)
	}
	if err == nil {
		_, err = files.ReplaceCA(ctx, c.UUID, ca)
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

// proveTimeout bounds the question whether an API server has a CA.
const proveTimeout = 10 * time.Second

// prove returns nil when the API server, asked the way a login goes, has a
// certificate of the new CA.
func (o *rotateOptions) prove(ctx context.Context, c *magnum.Cluster, ca []byte, logins []kubeconfig.Owned) error {
	at := apiserver.Endpoint{Server: logins[0].Server, CA: ca, TLSServerName: logins[0].TLSServerName, Timeout: o.RequestTimeout}
	if err := o.Tunnels().OfLogin(ctx, logins, c.UUID, &at); err != nil {
		return err
	}
	ctx, cancel := o.Bound(ctx, proveTimeout)
	defer cancel()
	_, err := at.Client(apiserver.Auth{}).Version(ctx)
	if apiserver.Verified(err) {
		return nil
	}
	return clierr.Errorf(fmt.Sprintf("'kubectl catalyst doctor %s' tells when it has; kubectl then gets the new CA by itself, and a login with an embedded certificate by 'kubectl catalyst login'", c.Name),
		"the logins to cluster %q keep the old CA: the API server has not shown that it has the new one (SHA-256 %s): %w", c.Name, credential.Fingerprints(ca), err)
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
