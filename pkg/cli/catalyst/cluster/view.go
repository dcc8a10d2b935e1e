package cluster

import (
	"context"
	"errors"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// askWithGroups asks for a cluster and its node groups at the same time. A Magnum
// too old for node groups has none.
func askWithGroups(ctx context.Context, s *session.Session, ref string) (*magnum.Cluster, []magnum.NodeGroup, error) {
	var c *magnum.Cluster
	var groups []magnum.NodeGroup
	var err, groupErr error
	var wg sync.WaitGroup
	wg.Go(func() { c, err = s.Magnum.Cluster(ctx, ref) })
	wg.Go(func() { groups, groupErr = s.Magnum.NodeGroups(ctx, ref) })
	wg.Wait()
	var old *magnum.TooOld
	if err == nil && !errors.As(groupErr, &old) {
		err = groupErr
	}
	return c, groups, err
}

// viewer adds to a cluster what Magnum cannot tell.
type viewer struct {
	logins  []kubeconfig.Owned
	kubectl func() (release.Version, bool)
}

func (w viewer) view(s *session.Session, c *magnum.Cluster) cluster.View {
	v := cluster.View{Cluster: *c, Region: s.Region(), APIAccess: cluster.APIAccess(c), Contexts: []string{}}
	if v.Owner = c.UserID; c.UserID == s.User().ID {
		v.Owner = s.User().Name + " (you)"
	}
	for _, l := range w.logins {
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
