package catalyst

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// remainsTimeout bounds the look at a cluster that is to be deleted.
const remainsTimeout = 10 * time.Second

// volume is a persistent volume of a cluster.
type volume struct{ name, size, claim string }

// volumesOf asks a cluster for its persistent volumes, as whoever the user is to
// Keystone. A cluster that never came up has none.
func (i *identity) volumesOf(ctx context.Context, s *session, c *magnum.Cluster, present []kubeconfig.Owned) ([]volume, error) {
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
	ca, err := s.magnum.CA(short, c.UUID)
	cancel()
	if err != nil {
		return nil, err
	}
	at := apiserver.Endpoint{Server: u.String(), CA: ca, Timeout: i.RequestTimeout}
	if err := i.route(ctx, present, c.UUID, &at); err != nil { // ssh may ask something, which takes its time
		return nil, err
	}
	ctx, cancel = i.within(ctx, remainsTimeout)
	defer cancel()
	type persistentVolume struct {
		Metadata struct{ Name string }
		Spec     struct {
			Capacity struct{ Storage string }
			ClaimRef struct{ Namespace, Name string }
		}
	}
	list, err := apiserver.List[persistentVolume](ctx, at, apiserver.Auth{Token: s.Token().ID}, "/api/v1/persistentvolumes")
	var all []volume
	for _, i := range list {
		all = append(all, volume{i.Metadata.Name, i.Spec.Capacity.Storage, i.Spec.ClaimRef.Namespace + "/" + i.Spec.ClaimRef.Name})
	}
	return all, err
}

// neighbours names the servers that share a network with the machines of a
// cluster without being one of them.
func (s *session) neighbours(ctx context.Context, c *magnum.Cluster) ([]string, error) {
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
