package live_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// calicoKinds are the kinds of Calico as discovery lists them.
var calicoKinds = []string{"networkpolicies NetworkPolicy", "globalnetworkpolicies GlobalNetworkPolicy", "tiers Tier",
	"networksets NetworkSet", "globalnetworksets GlobalNetworkSet", "stagednetworkpolicies StagedNetworkPolicy",
	"hostendpoints HostEndpoint"}

// withCalico is a cluster whose policies are stored; with a server of Calico's
// own it also serves them, and Kubernetes' policies among them.
func withCalico(t *testing.T, served bool) *api {
	a := shop(t)
	spec := object{"selector": "app == 'a'", "order": 10.5, "types": []string{"Ingress"},
		"ingress": []object{{"action": "Allow", "protocol": "TCP", "destination": object{"ports": []any{80, "81:90", "http"}}}}}
	stored, own := "/apis/crd.projectcalico.org/v1/", "/apis/projectcalico.org/v3/"
	a.objects[stored+"networkpolicies"] = []object{named("default.web", "shop", "spec", spec), named("security.p", "ops", "spec", object{"tier": "security"})}
	a.objects[stored+"globalnetworkpolicies"] = []object{named("default.all", "", "spec", object{"selector": "all()", "tier": "default"})}
	a.objects[stored+"tiers"] = []object{named("security", "", "spec", object{"order": 100, "defaultAction": "Pass"})}
	a.objects[stored+"globalnetworksets"] = []object{named("partners", "", "spec", object{"nets": []string{"192.0.2.0/24"}})}
	a.objects[stored+"stagednetworkpolicies"] = []object{named("default.later", "shop", "spec", object{"selector": "all()"})}
	a.objects["/api/v1/serviceaccounts"] = []object{named("web", "shop")}
	a.objects["/apis/discovery.k8s.io/v1/endpointslices"] = []object{named("web-x", "shop", "addressType", "IPv4",
		"endpoints", []object{{"addresses": []string{"10.0.0.1"}, "conditions": object{"ready": true}}}, "ports", []object{{"name": "", "port": 80, "protocol": "TCP"}})}
	delete(a.objects, own+"networkpolicies")
	a.groups = []object{group("apps", "v1", "replicasets ReplicaSet"), group("crd.projectcalico.org", "v1", calicoKinds...)}
	if served {
		a.groups = append(a.groups, group("projectcalico.org", "v3", calicoKinds...))
		for _, kind := range []string{"networkpolicies", "globalnetworkpolicies", "tiers", "globalnetworksets", "stagednetworkpolicies"} {
			a.objects[own+kind] = a.objects[stored+kind]
		}
		a.objects[own+"networkpolicies"] = append(a.objects[own+"networkpolicies"], named("knp.default.deny", "shop", "spec", object{"order": 1000}))
	}
	return a
}

// TestCalicoIsReadOnce: from Calico's API server where there is one, else from the
// storage, and the same either way; a snapshot says the same again.
func TestCalicoIsReadOnce(t *testing.T) {
	t.Parallel()
	var before kube.Objects
	for i, served := range []bool{false, true} {
		in, err := withCalico(t, served).read(t)
		if err != nil {
			t.Fatal(err)
		}
		if len(in.Refused)+len(in.Unreadable)+len(in.Foreign) > 1 {
			t.Errorf("refused %v, unreadable %v, foreign %v", in.Refused, in.Unreadable, in.Foreign)
		}
		o := &in.Objects
		var got []string
		for j := range o.CalicoPolicies {
			p := &o.CalicoPolicies[j]
			got = append(got, p.Ref().String())
			if p.Stored == served {
				t.Errorf("%s: stored is %t", p.Ref(), p.Stored)
			}
		}
		want := []string{"NetworkPolicy.projectcalico.org shop/web", "NetworkPolicy.projectcalico.org ops/security.p", "GlobalNetworkPolicy all", "StagedNetworkPolicy shop/later"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("served %t (-want +got):\n%s", served, diff)
		}
		if len(o.Tiers) != 1 || *o.Tiers[0].Spec.Order != 100 || len(o.NetworkSets) != 1 || len(o.ServiceAccounts) != 1 || len(o.EndpointSlices) != 1 || *o.EndpointSlices[0].Ports[0].Port != 80 {
			t.Errorf("tiers %v, sets %v, accounts %v, slices %v", o.Tiers, o.NetworkSets, o.ServiceAccounts, o.EndpointSlices)
		}
		same := cmpopts.IgnoreFields(kube.CalicoPolicy{}, "Stored")
		if diff := cmp.Diff(before.CalicoPolicies, o.CalicoPolicies, same); i > 0 && diff != "" {
			t.Errorf("the two spellings differ:\n%s", diff)
		}
		before = *o
		again := snapshotOf(t, in)
		if diff := cmp.Diff(o, again, cmpopts.IgnoreTypes(kube.Origin{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(kube.CalicoRule{}, "Line"), cmpopts.IgnoreFields(kube.NetworkPolicyIngressRule{}, "Line")); diff != "" {
			t.Errorf("the snapshot differs:\n%s", diff)
		}
	}
}

func snapshotOf(t *testing.T, in *load.Input) *kube.Objects {
	t.Helper()
	var text bytes.Buffer
	if err := in.WriteSnapshot(&text); err != nil {
		t.Fatal(err)
	}
	out, err := load.Files(t.Context(), []string{"-"}, load.Options{Stdin: &text})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Refused) > 0 {
		t.Fatalf("the snapshot is refused: %v", out.Refused)
	}
	return &out.Objects
}
