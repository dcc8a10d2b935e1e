package catalyst

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

func newCluster(env cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cluster",
		Aliases: []string{"clusters"},
		Short:   "Look after clusters",
		Long:    "Look after the Kubernetes clusters of your project.",
		Example: `  kubectl catalyst cluster list
  kubectl catalyst cluster create prod --template v1.36 --nodes 3 --wait
  kubectl catalyst cluster show prod`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newClusterList(env), newClusterShow(env), newClusterCreate(env), newClusterWait(env),
		newClusterResize(env), newClusterUpgrade(env), newClusterRotate(env), newClusterDelete(env))
	return cmd
}

// logins are those in the kubeconfig. A kubeconfig that cannot be read is warned
// about: what Magnum knows can be shown all the same.
func (i *identity) logins(explicit string) []kubeconfig.Owned {
	files, err := kubeconfig.Locate(explicit, i.env.Getenv)
	if err == nil {
		var present []kubeconfig.Owned
		if present, err = files.List(); err == nil {
			return present
		}
	}
	i.env.Warn("logins are not shown: "+err.Error(), "")
	return nil
}

// kubectlHere begins to ask the kubectl in PATH for its version, which takes as
// long as a request, and returns how to get the answer.
func kubectlHere(ctx context.Context) func() (release.Version, bool) {
	type answer struct {
		v  release.Version
		ok bool
	}
	told := make(chan answer, 1)
	go func() {
		v, ok := release.Kubectl(ctx)
		told <- answer{v, ok}
	}()
	return func() (release.Version, bool) {
		a := <-told
		told <- a
		return a.v, a.ok
	}
}

// viewer adds to a cluster what Magnum cannot tell.
type viewer struct {
	present []kubeconfig.Owned
	kubectl func() (release.Version, bool)
}

func (w viewer) view(s *session, c *magnum.Cluster) cluster.View {
	v := cluster.View{Cluster: *c, Region: s.Region(), APIAccess: cluster.APIAccess(c), Contexts: []string{}}
	for _, l := range w.present {
		if l.ClusterUUID == c.UUID && l.Context != "" {
			v.Contexts = append(v.Contexts, l.Context)
		}
	}
	if server, ok := release.Parse(c.COEVersion); ok {
		if kubectl, ok := w.kubectl(); ok {
			v.KubectlSkew = release.Skew(kubectl, server)
		}
	}
	return v
}
