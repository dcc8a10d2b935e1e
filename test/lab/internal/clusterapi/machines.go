package clusterapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"strings"
	"time"
)

// The labels of machines that say what they belong to.
const (
	clusterLabel = "cluster.x-k8s.io/cluster-name"
	ownerLabel   = "cluster.x-k8s.io/deployment-name"
)

// group is a set of like machines.
type group struct {
	name, version string
	count         int
	labels        object
}

// machinesOf returns the machines of a cluster.
func (c *Controllers) machinesOf(ctx context.Context, o object, cluster *Cluster) ([]object, error) {
	return c.list(ctx, at(o, machines, "")+"?labelSelector="+clusterLabel+"%3D"+cluster.release)
}

func owner(machine object) string { return text(machine, "metadata", "labels", ownerLabel) }

// scale makes and removes machines until a group is as it is wanted. A machine of
// another version is replaced.
func (c *Controllers) scale(ctx context.Context, o object, cluster *Cluster, g group) error {
	all, err := c.machinesOf(ctx, o, cluster)
	if err != nil {
		return err
	}
	have := 0
	for _, m := range all {
		if owner(m) != g.name {
			continue
		}
		if have < g.count && text(m, "spec", "version") == g.version {
			have++
			continue
		}
		if err := c.removeMachine(ctx, o, cluster, text(m, "metadata", "name")); err != nil {
			return err
		}
	}
	for ; have < g.count; have++ {
		if err := c.addMachine(ctx, o, cluster, g); err != nil {
			return err
		}
	}
	return nil
}

// removeOthers removes the machines whose group is gone.
func (c *Controllers) removeOthers(ctx context.Context, o object, cluster *Cluster, wanted map[string]bool) error {
	all, err := c.machinesOf(ctx, o, cluster)
	if err != nil {
		return err
	}
	for _, m := range all {
		if !wanted[owner(m)] {
			if err := c.removeMachine(ctx, o, cluster, text(m, "metadata", "name")); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Controllers) addMachine(ctx context.Context, o object, cluster *Cluster, g group) error {
	name := strings.TrimPrefix(g.name, cluster.release+"-")
	name = cluster.release + "-" + name + "-" + strings.ToLower(rand.Text()[:5])
	labels := maps.Clone(g.labels)
	labels[clusterLabel] = cluster.release
	if err := c.create(ctx, at(o, machines, ""), object{
		"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Machine", "metadata": object{"name": name, "labels": labels},
		"spec": object{
			"clusterName": cluster.release, "version": g.version, "bootstrap": object{"dataSecretName": name},
			"infrastructureRef": object{"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "OpenStackMachine", "name": name},
		},
	}); err != nil {
		return err
	}
	return client{cluster.server}.create(ctx, "/api/v1/nodes", node(name, g))
}

// node is a machine as its cluster sees it.
func node(name string, g group) object {
	labels := object{"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
	if g.name == "control-plane" {
		labels["node-role.kubernetes.io/control-plane"] = ""
	}
	now := time.Now().UTC().Format(time.RFC3339)
	octet := rand.Text() // any byte will do: nobody connects
	return object{
		"apiVersion": "v1", "kind": "Node",
		"metadata": object{"name": name, "labels": labels, "annotations": object{"cluster.x-k8s.io/machine": name}},
		"status": object{
			"addresses": []object{{"type": "InternalIP", "address": fmt.Sprintf("10.0.0.%d", 10+octet[0])}, {"type": "Hostname", "address": name}},
			"nodeInfo":  object{"kubeletVersion": g.version, "architecture": "amd64", "operatingSystem": "linux", "osImage": "none"},
			"conditions": []object{{
				"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now, "lastTransitionTime": now,
			}},
		},
	}
}

func (c *Controllers) removeMachine(ctx context.Context, o object, cluster *Cluster, name string) error {
	if err := c.remove(ctx, at(o, machines, name)); err != nil {
		return err
	}
	return client{cluster.server}.remove(ctx, "/api/v1/nodes/"+name)
}
