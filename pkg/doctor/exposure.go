package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
)

// uninitialized is the taint of a node that no cloud controller has seen, see
// https://kubernetes.io/docs/reference/labels-annotations-taints/.
const uninitialized = "node.cloudprovider.kubernetes.io/uninitialized"

// settling is how long a new node may wait for the cloud controller.
const settling = 5 * time.Minute

// CloudController judges whether services get load balancers, and nodes their
// addresses and zones: the work of openstack-cloud-controller-manager.
func CloudController(f *Facts, now time.Time) Step {
	return join("cloud controller", f.initialized(now), f.known(),
		f.running("cloud controller", absent("openstack-cloud-controller-manager"), "openstack", "cloud-controller"))
}

// initialized judges whether the cloud controller has looked at every node.
func (f *Facts) initialized(now time.Time) finding {
	if len(f.Nodes.Unread) > 0 {
		return unread(f.Nodes.Unread)
	}
	var waiting []string
	verdict := Warning
	for _, n := range f.Nodes.Items {
		for _, t := range n.Spec.Taints {
			if t.Key != uninitialized {
				continue
			}
			waiting = append(waiting, n.Meta.Name)
			if now.Sub(n.Meta.Created) > settling {
				verdict = Wrong
			}
		}
	}
	if len(waiting) == 0 {
		return finding{}
	}
	return finding{verdict, fmt.Sprintf("%s wait for the cloud controller, and no pod starts there (taint %s)", some(waiting), uninitialized),
		"a new node needs a minute; else see what the cloud controller says: kubectl -n kube-system logs daemonset/openstack-cloud-controller-manager"}
}

// known judges whether the nodes are servers of OpenStack to Kubernetes.
func (f *Facts) known() finding {
	var strangers []string
	for _, n := range f.Nodes.Items {
		if !strings.HasPrefix(n.Spec.ProviderID, "openstack://") {
			strangers = append(strangers, n.Meta.Name)
		}
	}
	const fix = "the cloud controller sets providerID when a node joins: replace the node, or ask the cloud's support"
	switch all := len(f.Nodes.Items); {
	case len(f.Nodes.Unread) > 0:
		return finding{}
	case all == 0:
		return finding{Unknown, "the cluster has no nodes", ""}
	case len(strangers) == all:
		return finding{Wrong, "no node is known to be a server of OpenStack (providerID)", fix}
	case len(strangers) > 0:
		return finding{Warning, fmt.Sprintf("%d of %d nodes are not known to be servers of OpenStack (providerID): %s", len(strangers), all, some(strangers)), fix}
	default:
		return finding{OK, fmt.Sprintf("%d of %d nodes are known to be servers of OpenStack", all, all), ""}
	}
}

// Policies judges whether network policies are enforced; there are that many of
// them, or -1 when nobody counted. err is why the cluster could not be asked.
func Policies(v enforce.Verdict, policies int, err error) Step {
	const name, more = "network policies", "'kubectl catalyst network-policy check' says more"
	if err != nil {
		return join(name, finding{Unknown, err.Error(), more})
	}
	text := v.Verdict
	if len(v.Evidence) > 0 {
		text += ": " + strings.Join(v.Evidence, ", ")
	}
	switch {
	case v.Verdict == enforce.Enforced:
		return join(name, finding{OK, text, ""})
	case v.Verdict == enforce.NotEnforced && policies == 0:
		return join(name, finding{Warning, text + "; there are no policies", "before you write any, create the cluster from a template whose network driver is calico"})
	case v.Verdict == enforce.NotEnforced:
		return join(name, finding{Wrong, text + "; the policies there are have no effect", "create the cluster from a template whose network driver is calico; " + more})
	}
	if len(v.Unreadable) > 0 {
		text += "; could not read " + some(slices.Clone(v.Unreadable))
	}
	return join(name, finding{Unknown, text, "ask somebody with the role k8s_admin; " + more})
}
