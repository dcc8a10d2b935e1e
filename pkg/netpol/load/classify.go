package load

import (
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/spelling"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// class says how the documents of one apiVersion and kind are treated.
type class struct {
	fate fate
	why  string // they are refused
	kind *kinds.Kind
	name *kinds.Name
}

type fate uint8

const (
	ignored   fate = iota // nothing that is asked depends on it
	decoded               // it is read into the objects
	unclear               // it is named as not evaluated
	forbidden             // no API server would accept it
)

// classify returns what becomes of documents of a kind.
func classify(apiVersion, kind string) class {
	group, version, found := strings.Cut(apiVersion, "/")
	if !found {
		group, version = "", apiVersion
	}
	k, n := kinds.Find(group, kind)
	switch {
	case k == nil:
		return classifyUnknown(apiVersion, group, kind)
	case apiVersion == "":
		return class{fate: forbidden, why: "apiVersion is missing"}
	case n.AnyVersion || version == n.Version:
		return class{fate: decoded, kind: k, name: n}
	case group == "networking.k8s.io" && k.Complete:
		return class{fate: forbidden, why: fmt.Sprintf("apiVersion %q does not exist; want %q", apiVersion, n.APIVersion())}
	case k.Complete:
		return class{fate: unclear}
	}
	return class{}
}

// classifyUnknown refuses what looks like a kind of the table misspelt, and names
// the policies of other APIs.
func classifyUnknown(apiVersion, group, kind string) class {
	staged := strings.HasPrefix(kind, "Staged")
	policy := strings.HasSuffix(kind, "NetworkPolicy")
	switch {
	case kind == "NetworkPolicy" && (group == "extensions" || group == "" || isNear(group, "networking.k8s.io")):
		return class{fate: forbidden, why: fmt.Sprintf("there is no NetworkPolicy in apiVersion %q; want %q", apiVersion, "networking.k8s.io/v1")}
	case policy && !staged, kind == "HostEndpoint" && strings.HasSuffix(group, kube.CalicoGroup),
		slices.Contains([]string{"EgressFirewall", "UserDefinedNetwork", "ClusterUserDefinedNetwork"}, kind) && group == "k8s.ovn.org":
		return class{fate: unclear}
	case staged && policy || isList(kind):
		return class{}
	}
	for _, k := range kinds.All() {
		for _, n := range k.Names {
			var meant string
			switch {
			case kind != n.Kind && len(n.Kind) > 4 && isNear(kind, n.Kind) && isNear(group, n.Group):
				meant = n.Kind
			case kind == n.Kind && n.Group != "" && isNear(group, n.Group):
				meant = n.Group
			default:
				continue
			}
			return class{fate: forbidden, why: fmt.Sprintf("there is no kind %q in apiVersion %q; did you mean %q?", kind, apiVersion, meant)}
		}
	}
	return class{}
}

func isNear(a, b string) bool { return spelling.Distance(a, b) < 3 }

func isList(kind string) bool { return strings.HasSuffix(kind, "List") }

// neverMatters reports whether a kind is one of the usual ones that say nothing
// about who can reach whom.
func neverMatters(kind string) bool {
	switch strings.Trim(kind, `"'`) {
	case "ConfigMap", "Secret", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
		"CustomResourceDefinition", "PersistentVolume", "PersistentVolumeClaim", "StorageClass", "Event", "Endpoints",
		"HorizontalPodAutoscaler", "PodDisruptionBudget", "PriorityClass", "Lease", "APIService", "LimitRange", "ResourceQuota",
		"ServiceMonitor", "PodMonitor", "PrometheusRule", "Certificate", "Kustomization", "HelmRelease":
		return true
	}
	return false
}

// mirrored are the names under which Calico's API server shows policies of other
// APIs a second time.
var mirrored = []string{"knp.default.", "kcnp.", "kanp.", "kbanp.", "ossg.default."}

// isMirror reports whether an object of Calico is another API's, shown again.
func isMirror(apiVersion, name string) bool {
	if !strings.Contains(apiVersion, kube.CalicoGroup+"/") {
		return false
	}
	name = strings.TrimPrefix(name, "staged:")
	for _, prefix := range mirrored {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
