package load

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// The API groups of Calico: what its API server serves, and how it stores the same
// objects, under names that carry the tier.
const (
	calicoGroup  = "projectcalico.org"
	storageGroup = "crd.projectcalico.org"
)

// calicoTargets adds Calico's kinds, in both spellings, and those of Kubernetes
// that only Calico's policies refer to.
func calicoTargets(t map[string]target) {
	t["/ServiceAccount"] = target{put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
		o := grow(&p.Objects.ServiceAccounts)
		return o, &o.Meta, &o.Origin
	}}
	t["discovery.k8s.io/EndpointSlice"] = target{versions: []string{"v1"}, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
		o := grow(&p.Objects.EndpointSlices)
		return o, &o.Meta, &o.Origin
	}}
	for _, group := range []string{calicoGroup, storageGroup} {
		version, stored := "v3", false
		if group == storageGroup {
			version, stored = "v1", true
		}
		add := func(kind string, clusterWide bool, put func(*part, string) (any, *kube.Meta, *kube.Origin)) {
			t[group+"/"+kind] = target{policy: true, clusterWide: clusterWide, versions: []string{version}, put: put}
		}
		policy := func(p *part, kind string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.CalicoPolicies)
			o.Kind, o.Stored = kind, stored
			if kind == "NetworkPolicy" {
				o.Kind = kube.CalicoNetworkPolicy
			}
			return o, &o.Meta, &o.Origin
		}
		set := func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.NetworkSets)
			return o, &o.Meta, &o.Origin
		}
		add("NetworkPolicy", false, policy)
		add("GlobalNetworkPolicy", true, policy)
		add("StagedNetworkPolicy", false, policy)
		add("StagedGlobalNetworkPolicy", true, policy)
		add("NetworkSet", false, set)
		add("GlobalNetworkSet", true, set)
		add("StagedKubernetesNetworkPolicy", false, func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.StagedKubernetesPolicies)
			return o, &o.Meta, &o.Origin
		})
		add("Tier", true, func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.Tiers)
			return o, &o.Meta, &o.Origin
		})
	}
}

// mirrored are the names under which Calico's API server shows policies of other
// APIs a second time.
var mirrored = []string{"knp.default.", "kcnp.", "kanp.", "kbanp.", "ossg.default."}

// isMirror reports whether an object of Calico is another API's, shown again.
func isMirror(apiVersion, name string) bool {
	if !strings.Contains(apiVersion, calicoGroup+"/") {
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

// plainName gives a policy of the default tier the name that its author knows it
// by, however it was read: the storage, and some versions of the API, put the tier
// in front.
func plainName(p *kube.CalicoPolicy) {
	if p.Spec.Tier == "default" {
		p.Spec.Tier = ""
	}
	if p.Spec.Tier == "" {
		p.Meta.Name = strings.TrimPrefix(p.Meta.Name, "default.")
	}
}

// writeCalico adds Calico's objects to a snapshot, each in the spelling it was read
// in: only there its defaults are the same.
func (in *Input) writeCalico(b *snapshotWriter) {
	o := &in.Objects
	for i := range o.CalicoPolicies {
		p := &o.CalicoPolicies[i]
		apiVersion := calicoGroup + "/v3"
		if p.Stored {
			apiVersion = storageGroup + "/v1"
		}
		kind, _, _ := strings.Cut(p.Kind, ".")
		b.object(apiVersion, kind, *p)
	}
	writeAll(b, calicoGroup+"/v3", "StagedKubernetesNetworkPolicy", o.StagedKubernetesPolicies)
	writeAll(b, calicoGroup+"/v3", "Tier", o.Tiers)
	for i := range o.NetworkSets {
		b.object(calicoGroup+"/v3", o.NetworkSets[i].Ref().Kind, o.NetworkSets[i])
	}
	writeAll(b, "v1", "ServiceAccount", o.ServiceAccounts)
	writeAll(b, "discovery.k8s.io/v1", "EndpointSlice", o.EndpointSlices)
}

// samePolicy compares what two policies say; one may be read from the storage,
// where the default of types has been filled in.
func samePolicy(a, b *kube.CalicoPolicy) bool {
	x, y := *a, *b
	for _, p := range []*kube.CalicoPolicy{&x, &y} {
		if len(p.Spec.Types) == 0 && !p.Stored {
			p.Spec.Types = defaultTypes(&p.Spec)
		}
		p.Meta.Annotations, p.Meta.Labels = nil, nil
	}
	return same(&x, &y)
}

func defaultTypes(s *kube.CalicoPolicySpec) []string {
	switch {
	case len(s.Egress) == 0:
		return []string{"Ingress"}
	case len(s.Ingress) == 0:
		return []string{"Egress"}
	}
	return []string{"Ingress", "Egress"}
}

// dropRepeatedPolicies does for Calico's policies what distinct does for others,
// by kind.
func dropRepeatedPolicies(list []kube.CalicoPolicy) []kube.CalicoPolicy {
	first := make(map[kube.Ref]int, len(list))
	out := make([]kube.CalicoPolicy, 0, len(list))
	for i := range list {
		ref := list[i].Ref()
		if at, seen := first[ref]; seen && samePolicy(&list[at], &list[i]) {
			continue
		} else if !seen {
			first[ref] = i
		}
		out = append(out, list[i])
	}
	return out
}

// same compares what objects say; where they were read does not count.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
