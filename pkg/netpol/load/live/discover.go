package live

import (
	"context"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
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
	needed                       bool // an answer without it is incomplete
	policies                     bool // its objects are policies that may be enforced
}

func (r resource) apiVersion() string {
	if r.group == "" {
		return r.version
	}
	return r.group + "/" + r.version
}

// name returns what messages call it: as kubectl does.
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

// listed returns the resources that are read without looking for them. Needed
// ones come first, and first of all namespaces: the others fall back on them.
func listed(when kinds.Live) []resource {
	var out []resource
	for _, k := range kinds.All() {
		for i := range k.Names {
			if n := &k.Names[i]; n.Live == when {
				out = append(out, resource{group: n.Group, version: n.Version, plural: n.Resource, namespaced: !n.ClusterWide}.of(k, n))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b resource) int {
		switch {
		case a.needed == b.needed:
			return 0
		case a.needed:
			return -1
		}
		return 1
	})
	return out
}

// of returns the resource with what the table of kinds says about it.
func (r resource) of(k *kinds.Kind, n *kinds.Name) resource {
	r.kind, r.accept, r.needed, r.policies = n.Kind, plainJSON, n.Needed, k.Policy && n.Needed
	if n.MetadataOnly {
		r.accept = metadataOnly
	}
	return r
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
	// Groups is the answer of servers before 1.26.
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

// mayMatter reports whether a group may hold policies or expose pods.
func mayMatter(group string) bool {
	return strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io") ||
		slices.ContainsFunc(kinds.All(), func(k *kinds.Kind) bool {
			return slices.ContainsFunc(k.Names, func(n kinds.Name) bool { return n.Live == kinds.Discovered && n.Group == group })
		})
}

// besideCalico returns what Calico's policies refer to. Without service accounts
// or slices, what depends on them is named by whoever evaluates the policies.
func besideCalico(custom []resource) []resource {
	if !slices.ContainsFunc(custom, func(r resource) bool {
		k, _ := kinds.Find(r.group, r.kind)
		return k != nil && (r.group == kube.CalicoGroup || r.group == kube.CalicoStorageGroup)
	}) {
		return nil
	}
	return listed(kinds.WithCalico)
}

// matter chooses the resources that hold policies or expose pods, each in one
// version: the one that is understood, where it is served.
func matter(all []resource) []resource {
	var out []resource
	at := make(map[string]int)
	for _, r := range all {
		k, n := kinds.Find(r.group, r.kind)
		switch {
		case k != nil && n.Live == kinds.Discovered:
			r = r.of(k, n)
		case k == nil && holdsPolicies(r):
			r.accept, r.needed, r.policies = metadataOnly, true, strings.HasSuffix(r.kind, "NetworkPolicy")
		default:
			continue
		}
		name := r.plural + "." + r.group
		if i, ok := at[name]; ok {
			if n != nil && !n.AnyVersion && r.version == n.Version {
				out[i] = r
			}
			continue
		}
		at[name] = len(out)
		out = append(out, r)
	}
	return withoutTwins(out)
}

// holdsPolicies reports whether a resource that is not read holds policies.
func holdsPolicies(r resource) bool {
	if r.group == "networking.k8s.io" || strings.HasPrefix(r.kind, "Staged") {
		return false
	}
	return strings.HasSuffix(r.kind, "NetworkPolicy") || r.kind == "EgressFirewall" && r.group == "k8s.ovn.org" ||
		r.kind == "HostEndpoint" && strings.HasSuffix(r.group, kube.CalicoGroup)
}

// withoutTwins leaves Calico's storage out where its API server shows the same
// objects.
func withoutTwins(rs []resource) []resource {
	served := make(map[string]bool)
	for _, r := range rs {
		if r.group == kube.CalicoGroup {
			served[r.plural] = true
		}
	}
	return slices.DeleteFunc(rs, func(r resource) bool { return r.group == kube.CalicoStorageGroup && served[r.plural] })
}
