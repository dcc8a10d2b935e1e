package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	logincmd "github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// deleteOptions is the command line of cluster delete.
type deleteOptions struct {
	changeOptions
	yes        bool
	kubeconfig string
}

func newDelete(env cli.Env) *cobra.Command {
	o := &deleteOptions{changeOptions: newChangeOptions(env)}
	cmd := &cobra.Command{
		Use:   "delete CLUSTER",
		Short: "Delete a cluster",
		Long: `Delete a cluster, and your login to it.

You are shown what will stay and cost money, the persistent volumes, and what may
be in the way, other servers in the cluster's network; then you are asked for the
cluster's name. --yes does without the question, and is needed where nobody can
be asked.`,
		Example: `  kubectl catalyst cluster delete prod
  kubectl catalyst cluster delete prod --yes --wait`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	o.bind(fs)
	fs.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig to remove the login from")
	return cmd
}

func (o *deleteOptions) run(ctx context.Context) error {
	if !o.yes && o.Env.Terminal == nil {
		return errNobodyToAsk
	}
	s, err := o.Connect(ctx)
	if err != nil {
		return err
	}
	c, err := s.Magnum.Cluster(ctx, o.cluster)
	if err != nil {
		return err
	}
	if c.Deleting() {
		return clierr.Errorf(fmt.Sprintf("'kubectl catalyst cluster wait %s' shows how it goes", c.Name), "cluster %q is being deleted already", c.Name)
	}
	o.warnAboutRemains(ctx, s, c)
	if !o.yes {
		if err := confirmName(ctx, o.Env, c, fmt.Sprintf("This deletes cluster %q (%s) for ever. Type its name:", c.Name, c.UUID)); err != nil {
			return err
		}
	}
	if err := s.Magnum.Delete(ctx, c.UUID); err != nil {
		return err
	}
	if err := o.finish(ctx, s, cluster.Delete, c, fmt.Sprintf("cluster %q is being deleted", c.Name)); err != nil {
		return err
	}
	return o.logOut(ctx, c.UUID)
}

// warnAboutRemains warns about what stays when the cluster is gone. A cluster that
// no longer answers can be deleted all the same.
func (o *deleteOptions) warnAboutRemains(ctx context.Context, s *session.Session, c *magnum.Cluster) {
	volumes, err := volumesOf(ctx, &o.Identity, s, c, o.Logins(o.kubeconfig))
	if err != nil {
		o.Env.Warn("persistent volumes stay when a cluster is deleted, and whether it has any is not known: "+err.Error(), "")
	}
	for _, v := range volumes {
		o.Env.Warn(fmt.Sprintf("persistent volume %s (%s, of %s) will stay and cost money", v.name, v.size, v.claim),
			"keep what is in it, then delete the claim before the cluster, or the volume after it with 'openstack volume delete'")
	}
	if c.FixedNetwork != "" {
		return // a network of the user's own stays anyway
	}
	others, err := neighbours(ctx, s, c)
	if err != nil {
		o.Debug(1, err.Error())
		o.Env.Warn("a bastion or another server in the network of the cluster keeps it from being deleted; whether there is one is not known", "")
	}
	for _, name := range others {
		o.Env.Warn(fmt.Sprintf("server %q is in the network of the cluster and keeps it from being deleted", name),
			"if it is a bastion for this cluster alone, delete it first")
	}
}

// logOut removes the logins to a cluster that is gone.
func (o *deleteOptions) logOut(ctx context.Context, uuid string) error {
	logins, err := o.ReadLogins(o.kubeconfig)
	if err != nil || !slices.ContainsFunc(logins, func(l kubeconfig.Owned) bool { return l.ClusterUUID == uuid }) {
		return err
	}
	return logincmd.LogOut(ctx, &o.Identity, o.kubeconfig, uuid)
}

// remainsTimeout bounds each question about a cluster that is to be deleted.
const remainsTimeout = 10 * time.Second

// volume is a persistent volume of a cluster.
type volume struct{ name, size, claim string }

// volumesOf asks a cluster for its persistent volumes, as whoever the user is to
// Keystone. A cluster that never came up has none.
func volumesOf(ctx context.Context, id *session.Identity, s *session.Session, c *magnum.Cluster, logins []kubeconfig.Owned) ([]volume, error) {
	if c.APIAddress == "" {
		return nil, nil
	}
	if !c.KeystoneAuth() {
		return nil, errors.New("the cluster does not ask Keystone who you are")
	}
	u, err := c.APIServer()
	if err != nil {
		return nil, err
	}
	short, cancel := context.WithTimeout(ctx, remainsTimeout)
	ca, err := s.Magnum.CA(short, c.UUID)
	cancel()
	if err != nil {
		return nil, err
	}
	at := apiserver.Endpoint{Server: u.String(), CA: ca, Timeout: id.RequestTimeout}
	if err := id.Tunnels().OfLogin(ctx, logins, c.UUID, &at); err != nil { // ssh may ask something, which takes its time
		return nil, err
	}
	ctx, cancel = id.Bound(ctx, remainsTimeout)
	defer cancel()
	type persistentVolume struct {
		Metadata struct{ Name string }
		Spec     struct {
			Capacity struct{ Storage string }
			ClaimRef struct{ Namespace, Name string }
		}
	}
	list, err := apiserver.List[persistentVolume](ctx, at.Client(apiserver.Auth{Token: s.Token().ID}), "/api/v1/persistentvolumes")
	var all []volume
	for _, v := range list {
		all = append(all, volume{v.Metadata.Name, v.Spec.Capacity.Storage, v.Spec.ClaimRef.Namespace + "/" + v.Spec.ClaimRef.Name})
	}
	return all, err
}

// neighbours returns the names of the servers that share a network with the machines of a
// cluster without being one of them.
func neighbours(ctx context.Context, s *session.Session, c *magnum.Cluster) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, remainsTimeout)
	defer cancel()
	servers, err := s.Servers(ctx)
	if err != nil {
		return nil, err
	}
	own := slices.Concat(c.MasterAddresses, c.NodeAddresses)
	networks := map[string]bool{}
	for _, server := range servers {
		if server.Has(own) {
			for network := range server.Networks {
				networks[network] = true
			}
		}
	}
	var names []string
	for _, server := range servers {
		for network := range server.Networks {
			if networks[network] && !server.Has(own) && !slices.Contains(names, server.Name) {
				names = append(names, server.Name)
			}
		}
	}
	return names, nil
}
