package live

import (
	"context"
	"slices"
	"strings"
)

// Media types of the API.
const (
	plainJSON  = "application/json"
	aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
	// metadataOnly leaves out spec and status.
	metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
)

// resource is a kind of object that the API server lists.
type resource struct {
	group, version, plural, kind string
	namespaced                   bool
	accept                       string
	policies                     bool // an answer without it is incomplete
}

func (r resource) apiVersion() string {
	if r.group == "" {
		return r.version
	}
	return r.group + "/" + r.version
}

// name is how messages call it: as kubectl does.
func (r resource) name() string {
	if r.group == "" || r.group == "apps" || r.group == "batch" || r.group == "networking.k8s.io" {
		return r.plural
	}
	return r.plural + "." + r.group
}

func (r resource) path(namespace string) string {
	path := "/apis/" + r.group + "/" + r.version
	if r.group == "" {
		path = "/api/" + r.version
	}
	if namespace != "" {
		path += "/namespaces/" + namespace
	}
	return path + "/" + r.plural
}

// builtIn are the resources that every cluster has. Namespaces come first: the
// others fall back on them.
func builtIn() []resource {
	return []resource{
		{"", "v1", "namespaces", "Namespace", false, plainJSON, true},
		{"", "v1", "nodes", "Node", false, plainJSON, true},
		{"", "v1", "pods", "Pod", true, plainJSON, true},
		{"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true, plainJSON, true},
		{"", "v1", "services", "Service", true, plainJSON, false},
		{"networking.k8s.io", "v1", "ingresses", "Ingress", true, plainJSON, false},
		{"apps", "v1", "daemonsets", "DaemonSet", true, plainJSON, false},
		{"apps", "v1", "replicasets", "ReplicaSet", true, metadataOnly, false},
		{"batch", "v1", "jobs", "Job", true, metadataOnly, false},
	}
}

// groupDiscovery is the part of APIGroupDiscoveryList that is read.
type groupDiscovery struct {
	Items []struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Versions []struct {
			Version   string `json:"version"`
			Resources []struct {
				Resource     string `json:"resource"`
				ResponseKind struct {
					Kind string `json:"kind"`
				} `json:"responseKind"`
				Scope string   `json:"scope"`
				Verbs []string `json:"verbs"`
			} `json:"resources"`
		} `json:"versions"`
	} `json:"items"`
	// Groups is what servers before 1.26 answer.
	Groups []struct {
		Name     string `json:"name"`
		Versions []struct {
			Version string `json:"version"`
		} `json:"versions"`
	} `json:"groups"`
}

type resourceList struct {
	Resources []struct {
		Name       string   `json:"name"`
		Kind       string   `json:"kind"`
		Namespaced bool     `json:"namespaced"`
		Verbs      []string `json:"verbs"`
	} `json:"resources"`
}

// discover returns the API groups and, of the groups that are not built in,
// the resources that matter.
func (c *client) discover(ctx context.Context) (groups []string, found []resource, err error) {
	var d groupDiscovery
	if err := c.object(ctx, "/apis", aggregated, &d); err != nil {
		return nil, nil, err
	}
	for _, g := range d.Items {
		groups = append(groups, g.Metadata.Name)
		for _, v := range g.Versions {
			for _, r := range v.Resources {
				if slices.Contains(r.Verbs, "list") {
					found = append(found, resource{group: g.Metadata.Name, version: v.Version, plural: r.Resource, kind: r.ResponseKind.Kind, namespaced: r.Scope == "Namespaced"})
				}
			}
		}
	}
	for _, g := range d.Groups {
		groups = append(groups, g.Name)
		if !mayMatter(g.Name) {
			continue
		}
		for _, v := range g.Versions {
			var list resourceList
			if err := c.object(ctx, "/apis/"+g.Name+"/"+v.Version, plainJSON, &list); err != nil {
				return nil, nil, err
			}
			for _, r := range list.Resources {
				if slices.Contains(r.Verbs, "list") && !strings.Contains(r.Name, "/") {
					found = append(found, resource{group: g.Name, version: v.Version, plural: r.Name, kind: r.Kind, namespaced: r.Namespaced})
				}
			}
		}
	}
	slices.Sort(groups)
	return groups, matter(found), nil
}

// mayMatter rules the groups out that are known to hold no policies.
func mayMatter(group string) bool {
	return strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io") ||
		group == "policy.networking.k8s.io" || group == "gateway.networking.k8s.io"
}

// preferred orders the versions of a resource that are understood: the objects
// are the same in each.
var preferred = map[string][]string{
	"adminnetworkpolicies.policy.networking.k8s.io":         {"v1alpha1"},
	"baselineadminnetworkpolicies.policy.networking.k8s.io": {"v1alpha1"},
	"clusternetworkpolicies.policy.networking.k8s.io":       {"v1alpha2"},
}

// calicoKinds are the kinds of Calico that are read. Staged policies never count,
// so an answer without them is complete.
var calicoKinds = []string{"NetworkPolicy", "GlobalNetworkPolicy", "Tier", "NetworkSet", "GlobalNetworkSet",
	"StagedNetworkPolicy", "StagedGlobalNetworkPolicy", "StagedKubernetesNetworkPolicy"}

// understands returns the versions of a resource that are understood; none for
// one that is not.
func understands(r resource) []string {
	if slices.Contains(calicoKinds, r.kind) {
		switch r.group {
		case "projectcalico.org":
			return []string{"v3"}
		case "crd.projectcalico.org":
			return []string{"v1"}
		}
	}
	return preferred[r.plural+"."+r.group]
}

// besideCalico is what Calico's policies refer to. Without service accounts or
// slices, what depends on them is named by whoever evaluates the policies.
func besideCalico(custom []resource) []resource {
	if !slices.ContainsFunc(custom, func(r resource) bool {
		return strings.HasSuffix(r.group, "projectcalico.org") && slices.Contains(calicoKinds, r.kind)
	}) {
		return nil
	}
	return []resource{
		{"", "v1", "serviceaccounts", "ServiceAccount", true, metadataOnly, false},
		{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, plainJSON, false},
	}
}

// matter chooses the resources that hold policies or expose pods, each in one
// version.
func matter(all []resource) []resource {
	var out []resource
	at := make(map[string]int)
	for _, r := range all {
		name := r.plural + "." + r.group
		route := r.group == "gateway.networking.k8s.io" && strings.HasSuffix(r.kind, "Route")
		versions := understands(r)
		switch {
		case len(versions) > 0:
			r.accept, r.policies = plainJSON, !strings.HasPrefix(r.kind, "Staged")
		case route, r.kind == "TigeraStatus" && r.group == "operator.tigera.io":
			r.accept = plainJSON
		case holdsPolicies(r):
			r.accept, r.policies = metadataOnly, true
		default:
			continue
		}
		if i, ok := at[name]; ok {
			if slices.Contains(versions, r.version) && !slices.Contains(versions, out[i].version) {
				out[i] = r
			}
			continue
		}
		at[name] = len(out)
		out = append(out, r)
	}
	return withoutTwins(out)
}

func holdsPolicies(r resource) bool {
	if r.group == "networking.k8s.io" || strings.HasPrefix(r.kind, "Staged") {
		return false
	}
	return strings.HasSuffix(r.kind, "NetworkPolicy") || r.kind == "EgressFirewall" && r.group == "k8s.ovn.org" ||
		r.kind == "HostEndpoint" && strings.HasSuffix(r.group, "projectcalico.org")
}

// withoutTwins leaves Calico's storage out where its API server shows the same
// objects.
func withoutTwins(rs []resource) []resource {
	served := make(map[string]bool)
	for _, r := range rs {
		if r.group == "projectcalico.org" {
			served[r.plural] = true
		}
	}
	return slices.DeleteFunc(rs, func(r resource) bool { return r.group == "crd.projectcalico.org" && served[r.plural] })
}
