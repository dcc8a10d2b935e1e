package lab

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// errNoKube says that the bed was started without Kubernetes.
var errNoKube = errors.New("the test bed has no Kubernetes: start it with Options.Kube")

// cluster is a cluster that reports, or will report, an API address.
type cluster struct {
	openstack.Cluster
	port *proc.Port // reserved from the start, so the address is known before the server runs; nil: Cluster API's

	starting sync.Mutex // held while the server starts or restarts
	server   *kube.APIServer
}

// seeded gives a seeded cluster its place and returns its API address.
func (l *Lab) seeded(c openstack.Cluster, kubernetes bool) (string, error) {
	if !kubernetes {
		return c.Scheme + "://" + l.dead.Addr(), nil
	}
	made, err := l.add(c)
	if err != nil {
		return "", err
	}
	return c.Scheme + "://" + made.port.Addr(), nil
}

// add returns the cluster's entry, made when there is none.
func (l *Lab) add(c openstack.Cluster) (*cluster, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if have := l.clusters[c.UUID]; have != nil {
		return have, nil
	}
	if l.closed {
		return nil, errors.New("the test bed is closed")
	}
	made := &cluster{Cluster: c}
	if l.management == nil {
		var err error
		if made.port, err = proc.Reserve(); err != nil {
			return nil, err
		}
	}
	l.clusters[c.UUID] = made
	return made, nil
}

// find returns the entry of the cluster with that name or UUID. One that is not
// seeded is looked up in Magnum among alice's.
func (l *Lab) find(ctx context.Context, ref string) (*cluster, error) {
	var found []*cluster
	l.mu.Lock()
	for _, c := range l.clusters {
		if c.UUID == ref || c.Name == ref {
			found = append(found, c)
		}
	}
	l.mu.Unlock()
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		c, err := l.services.Cluster(ctx, "alice", "demo", ref)
		if err != nil {
			return nil, err
		}
		return l.add(c)
	default:
		return nil, fmt.Errorf("%d clusters are called %q: use a UUID", len(found), ref)
	}
}

// KubeFor makes sure that the API server of a cluster, given by name or UUID,
// runs, and returns its URL: the one Magnum reports as api_address. Each cluster
// has its own API server, about 250 MB, because each has its own CA.
func (l *Lab) KubeFor(ctx context.Context, ref string) (url string, err error) {
	if l.plane == nil {
		return "", errNoKube
	}
	c, err := l.find(ctx, ref)
	if err != nil {
		return "", err
	}
	return l.run(ctx, c)
}

func (l *Lab) run(ctx context.Context, c *cluster) (string, error) {
	c.starting.Lock()
	defer c.starting.Unlock()
	if c.server == nil {
		server, err := l.serve(ctx, c)
		if err != nil {
			return "", fmt.Errorf("starting Kubernetes for the cluster %q: %w", c.Name, err)
		}
		l.mu.Lock()
		c.server = server
		l.mu.Unlock()
	}
	return c.server.URL(), nil
}

// serve starts the API server of a cluster, or waits until Cluster API has.
func (l *Lab) serve(ctx context.Context, c *cluster) (*kube.APIServer, error) {
	if l.management != nil {
		return l.controllers.Server(ctx, c.Stack)
	}
	server, err := l.plane.Serve(ctx, c.UUID, c.port, owner{l.services, c.Cluster})
	if err == nil {
		err = server.Grant(ctx)
	}
	return server, err
}

// RestartAPIServer restarts the API server of a cluster with the CA the cluster
// has now, as the cloud does after a rotation.
func (l *Lab) RestartAPIServer(ctx context.Context, ref string) error {
	if _, err := l.KubeFor(ctx, ref); err != nil {
		return err
	}
	c, err := l.find(ctx, ref)
	if err != nil {
		return err
	}
	c.starting.Lock()
	defer c.starting.Unlock()
	return c.server.Restart(ctx)
}

// AdminKubeconfig returns the path of a kubeconfig that may do everything in a
// cluster and does not depend on the cluster's CA, for setting things up.
func (l *Lab) AdminKubeconfig(ctx context.Context, ref string) (string, error) {
	if _, err := l.KubeFor(ctx, ref); err != nil {
		return "", err
	}
	c, err := l.find(ctx, ref)
	if err != nil {
		return "", err
	}
	return c.server.Kubeconfig(), nil
}
