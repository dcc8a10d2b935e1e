package clusterapi

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// lookEvery is the pause between two looks at the objects.
const lookEvery = 250 * time.Millisecond

// finalizer keeps a cluster until what belongs to it is gone.
const finalizer = "cluster.cluster.x-k8s.io"

// held begins the names of clusters whose control plane waits for Release.
const held = "held-"

// Controllers stand in for those of Cluster API and of its provider for OpenStack.
type Controllers struct {
	client
	plane *kube.Plane
	log   *os.File
	stop  context.CancelFunc
	done  chan struct{}

	mu       sync.Mutex
	clusters map[string]*Cluster // by release
	released map[string]bool     // releases that no longer wait
	said     string              // the last line of the log
}

// Cluster is one whose API server the controllers run.
type Cluster struct {
	release string
	port    *proc.Port
	started chan struct{}   // closed once the server is up, or failed
	server  *kube.APIServer // valid then; nil if it failed
	err     error
}

// Control starts the controllers, whose log is a file. Close ends them.
func (m *Management) Control(plane *kube.Plane, log string) (*Controllers, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &Controllers{
		client: client{m.server}, plane: plane, log: out, stop: stop, done: make(chan struct{}),
		clusters: map[string]*Cluster{}, released: map[string]bool{},
	}
	go c.work(ctx)
	return c, nil
}

// Close ends the controllers. The group of the plane ends the API servers.
func (c *Controllers) Close() {
	c.stop()
	<-c.done
	_ = c.log.Close()
	for _, cluster := range c.clusters {
		<-cluster.started
		cluster.port.Release()
	}
}

// Release lets go of a cluster whose name made it wait.
func (c *Controllers) Release(release string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released[release] = true
}

// Server returns the API server of a release once it is up.
func (c *Controllers) Server(ctx context.Context, release string) (*kube.APIServer, error) {
	var server *kube.APIServer
	err := proc.Ready(ctx, func(ctx context.Context) error {
		c.mu.Lock()
		cluster := c.clusters[release]
		c.mu.Unlock()
		if cluster == nil {
			return fmt.Errorf("Cluster API knows no cluster %q", release)
		}
		select {
		case <-cluster.started:
			server = cluster.server
			return cluster.err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return server, err
}

func (c *Controllers) work(ctx context.Context) {
	defer close(c.done)
	for tick := time.NewTicker(lookEvery); ; {
		if err := c.reconcileAll(ctx); err != nil && ctx.Err() == nil && err.Error() != c.said {
			c.said = err.Error()
			fmt.Fprintln(c.log, c.said)
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// reconcileAll brings all clusters one step further.
func (c *Controllers) reconcileAll(ctx context.Context) error {
	all, err := c.list(ctx, clusters)
	if err != nil {
		return err
	}
	for _, o := range all {
		if err := c.reconcile(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// at returns the path of an object in the namespace of another; of all without a
// name.
func at(o object, kind, name string) string {
	return path.Join(path.Dir(kind), "namespaces", text(o, "metadata", "namespace"), path.Base(kind), name)
}

func (c *Controllers) reconcile(ctx context.Context, o object) error {
	release := text(o, "metadata", "name")
	if text(o, "metadata", "deletionTimestamp") != "" {
		return c.delete(ctx, o, release)
	}
	if err := c.merge(ctx, at(o, clusters, release), object{"metadata": object{"finalizers": []string{finalizer}}}); err != nil {
		return err
	}
	plane, err := c.get(ctx, at(o, controlPlanes, release+"-control-plane"))
	if err != nil || plane == nil {
		return err
	}
	cluster, err := c.balanced(ctx, o, release)
	if err != nil {
		return err
	}
	up, err := c.controlPlane(ctx, o, plane, cluster)
	if err != nil {
		return err
	}
	if up {
		if err := c.workers(ctx, o, cluster); err != nil {
			return err
		}
	}
	waits := ""
	if !up {
		waits = "WaitingForControlPlane"
	}
	return c.report(ctx, at(o, clusters, release), o, object{
		"phase": "Provisioned", "infrastructureReady": true, "controlPlaneReady": up,
		"conditions": conditions(o, map[string]string{"Ready": waits, "ControlPlaneReady": waits, "InfrastructureReady": ""}),
	})
}

// balanced gives a cluster its load balancer: an address where nobody answers yet.
func (c *Controllers) balanced(ctx context.Context, o object, release string) (*Cluster, error) {
	c.mu.Lock()
	cluster := c.clusters[release]
	c.mu.Unlock()
	if cluster != nil {
		return cluster, nil
	}
	port, err := proc.Reserve()
	if err != nil {
		return nil, err
	}
	endpoint := object{"spec": object{"controlPlaneEndpoint": object{"host": "127.0.0.1", "port": port.Number}}}
	network := at(o, infrastructure, release)
	for _, err := range []error{
		c.merge(ctx, network, endpoint), c.merge(ctx, network+"/status", object{"status": object{"ready": true}}),
		c.merge(ctx, at(o, clusters, release), endpoint),
	} {
		if err != nil {
			port.Release()
			return nil, err
		}
	}
	cluster = &Cluster{release: release, port: port, started: make(chan struct{})}
	c.mu.Lock()
	c.clusters[release] = cluster
	c.mu.Unlock()
	waits := strings.HasPrefix(release, held)
	go func() {
		defer close(cluster.started)
		cluster.err = c.serve(ctx, o, cluster, waits)
		if cluster.err != nil && ctx.Err() == nil {
			fmt.Fprintf(c.log, "starting the API server of %s: %v\n", release, cluster.err)
		}
	}()
	return cluster, nil
}

// serve starts the API server of a cluster with the CA that Magnum's driver left.
func (c *Controllers) serve(ctx context.Context, o object, cluster *Cluster, waits bool) error {
	var ca *authority
	if err := proc.Ready(ctx, func(ctx context.Context) (err error) {
		c.mu.Lock()
		waits = waits && !c.released[cluster.release]
		c.mu.Unlock()
		if waits {
			return fmt.Errorf("%s is held", cluster.release)
		}
		ca, err = c.authorityOf(ctx, o, cluster.release)
		return err
	}); err != nil {
		return err
	}
	plane := c.plane
	asks := text(o, "metadata", "annotations", "lab/asks-keystone") == "true"
	if !asks {
		plane = plane.WithoutWebhook()
	}
	server, err := plane.Serve(ctx, cluster.release, cluster.port, ca)
	if err == nil && asks {
		err = server.Grant(ctx)
	}
	if err == nil {
		cluster.server = server
	}
	return err
}

func (c *Controllers) authorityOf(ctx context.Context, o object, release string) (*authority, error) {
	secret, err := c.get(ctx, at(o, "/api/v1/secrets", release+"-ca"))
	if err != nil {
		return nil, err
	}
	certificate, err := base64.StdEncoding.DecodeString(text(secret, "data", "tls.crt"))
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text(secret, "data", "tls.key"))
	if err != nil {
		return nil, err
	}
	return readAuthority(certificate, key)
}

// controlPlane reports whether the control plane is up as it is wanted.
func (c *Controllers) controlPlane(ctx context.Context, o, wanted object, cluster *Cluster) (up bool, err error) {
	select {
	case <-cluster.started:
		up = cluster.server != nil
	default:
	}
	version, count := text(wanted, "spec", "version"), number(wanted, "spec", "replicas")
	now, reason := count, ""
	if up {
		labels := object{"cluster.x-k8s.io/control-plane": "", ownerLabel: "control-plane"}
		if err := c.scale(ctx, o, cluster, group{"control-plane", version, int(count), labels}); err != nil {
			return false, err
		}
	} else {
		now, reason = 0, "WaitingForKubeadmInit"
	}
	states := map[string]string{}
	for _, kind := range []string{"Ready", "Available", "MachinesReady", "EtcdClusterHealthy", "ControlPlaneComponentsHealthy"} {
		states[kind] = reason
	}
	return up, c.report(ctx, at(o, controlPlanes, cluster.release+"-control-plane"), wanted, object{
		"replicas": now, "updatedReplicas": now, "readyReplicas": now, "unavailableReplicas": count - now, "ready": up, "initialized": up,
		"version": version, "conditions": conditions(wanted, states),
	})
}

// workers makes and removes the machines of all groups of a cluster.
func (c *Controllers) workers(ctx context.Context, o object, cluster *Cluster) error {
	all, err := c.list(ctx, at(o, deployments, ""))
	if err != nil {
		return err
	}
	wanted := map[string]bool{"control-plane": true}
	for _, d := range all {
		if text(d, "spec", "clusterName") != cluster.release {
			continue
		}
		name, count := text(d, "metadata", "name"), number(d, "spec", "replicas")
		wanted[name] = true
		labels, _ := d["spec"].(object)["template"].(object)["metadata"].(object)["labels"].(object)
		labels = maps.Clone(labels)
		labels[ownerLabel] = name
		if err := c.scale(ctx, o, cluster, group{name, text(d, "spec", "template", "spec", "version"), int(count), labels}); err != nil {
			return err
		}
		if err := c.report(ctx, at(o, deployments, name), d, object{
			"phase": "Running", "replicas": count, "readyReplicas": count, "availableReplicas": count, "updatedReplicas": count,
			"unavailableReplicas": 0, "conditions": conditions(d, map[string]string{"Ready": "", "Available": ""}),
		}); err != nil {
			return err
		}
	}
	return c.removeOthers(ctx, o, cluster, wanted)
}

// delete removes what belongs to a cluster, and then lets go of it.
func (c *Controllers) delete(ctx context.Context, o object, release string) error {
	c.mu.Lock()
	cluster := c.clusters[release]
	delete(c.clusters, release)
	c.released[release] = true
	c.mu.Unlock()
	if cluster != nil {
		<-cluster.started
		if cluster.server != nil {
			cluster.server.Stop()
		}
		cluster.port.Release()
	}
	for _, path := range []string{
		at(o, machines, "") + "?labelSelector=" + clusterLabel + "%3D" + release,
		at(o, infrastructure, release), at(o, controlPlanes, release+"-control-plane"),
	} {
		if err := c.remove(ctx, path); err != nil {
			return err
		}
	}
	return c.merge(ctx, at(o, clusters, release), object{"metadata": object{"finalizers": nil}})
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
