package netpol_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// calicoSmall is four pods on a node, one of them on the host network, and one
// whose address is not known.
const calicoSmall = `
apiVersion: v1
kind: Namespace
metadata: {name: x, labels: {team: red}}
---
apiVersion: v1
kind: Node
metadata: {name: node}
status: {addresses: [{type: InternalIP, address: 172.16.0.9}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {app: a}}
spec: {nodeName: other, containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x, labels: {app: b, pcns.team: blue}}
spec: {nodeName: other, containers: [{name: c, ports: [{name: http, containerPort: 81}]}]}
status: {podIP: 10.0.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: host, namespace: x, labels: {app: b}}
spec: {nodeName: node, hostNetwork: true, containers: [{name: c, ports: [{name: http, containerPort: 82}]}]}
status: {podIP: 172.16.0.9, podIPs: [{ip: 172.16.0.9}]}
---
apiVersion: v1
kind: Pod
metadata: {name: new, namespace: x, labels: {app: new}}
spec: {nodeName: other, serviceAccountName: a-name-that-is-longer-than-what-calico-writes-into-a-label-of-a-pod}
`

// inSmall evaluates documents together with calicoSmall.
func inSmall(t *testing.T, cni netpol.CNI, docs ...string) *world {
	t.Helper()
	in := loaded(t, append([]string{calicoSmall}, docs...)...)
	return &world{t: t, o: &in.Objects, e: engine(t, &in.Objects, netpol.Options{CNI: cni})}
}

func global(spec string) string {
	return calicoPolicy("projectcalico.org/v3", "GlobalNetworkPolicy", "p", spec)
}

// gaps compares the messages about what the engine left out.
func (w *world) gaps(want ...string) {
	w.t.Helper()
	var got []string
	for _, g := range w.e.Gaps() {
		got = append(got, g.Ref.String()+": "+g.Message)
	}
	if len(got) != len(want) {
		w.t.Errorf("gaps %q, want %q", got, want)
		return
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			w.t.Errorf("gap %q, want %q", got[i], want[i])
		}
	}
}

const service = `
apiVersion: v1
kind: Service
metadata: {name: s, namespace: x}
spec: {selector: {app: b}, ports: [{port: 80, targetPort: http}, {port: 53, targetPort: 5353, protocol: UDP}, {port: 99}]}
`

// TestCalicoServicesWithoutSlices: files seldom hold EndpointSlices; the service's
// selector finds the pods, and those on the host network by their node's address.
func TestCalicoServicesWithoutSlices(t *testing.T) {
	t.Parallel()
	const egress = "{selector: app == 'a', egress: [{action: Allow, destination: {services: {name: s, namespace: x}}}]}"
	w := inSmall(t, netpol.Calico, service, global(egress))
	w.gaps()
	w.wants("x/a x/b 81 yes", "x/a x/b 80 no", "x/a x/b 5353/UDP yes", "x/a x/b 5353 no", "x/a x/b 99 yes",
		"x/a x/host 82 yes", "x/a x/host 81 no", "x/a 172.16.0.9 82 yes", "x/a x/new 81 no", "x/a 192.0.2.1 99 no")
	w = inSmall(t, netpol.Calico, service, global("{selector: app == 'a', ingress: [{action: Allow, protocol: TCP, source: {services: {name: s, namespace: x}}, destination: {ports: [8080]}}]}"))
	w.gaps()
	w.wants("x/b x/a 8080 yes", "x/b x/a 81 no", "x/host x/a 8080 yes", "x/new x/a 8080 no")
	w = inSmall(t, netpol.Calico, global(egress))
	w.gaps("spec.egress[0].destination.services: the service x/s is not among the objects")
	w.wants("x/a x/b 81 no")
	w = inSmall(t, netpol.Calico, strings.Replace(service, "selector: {app: b}, ", "", 1), global("{selector: app == 'a', egress: [{action: Deny, destination: {services: {name: s, namespace: x}}}, {action: Allow}]}"))
	w.gaps("the service x/s has no selector, and its EndpointSlices are not among the objects")
	w.wants("x/a x/new 4711 no") // what may be denied, is
	w = inSmall(t, netpol.Calico, service, calicoPolicy("projectcalico.org/v3", "NetworkPolicy", "p",
		"{selector: app == 'a', egress: [{action: Allow, destination: {services: {name: s}}}]}"))
	w.gaps("services: without a namespace")
	w.wants("x/a x/b 81 no")
}

// TestCalicoWhatIsNotKnown: what depends on it is denied, and named.
func TestCalicoWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	w := inSmall(t, netpol.Calico, global("{selector: app == 'a', types: [Ingress], ingress: [{action: Allow, source: {nets: [10.0.0.0/24]}}]}"))
	w.gaps("may cover pods whose IPv4 address is not known")
	w.wants("x/b x/a 1 yes", "x/new x/a 1 no")
	w = inSmall(t, netpol.Calico, global("{types: [Ingress], ingress: [{action: Deny, destination: {nets: [10.0.0.0/24]}, source: {selector: app == 'a'}}, {action: Allow}]}"))
	w.gaps("spec.ingress[0].destination: whether the rule is for pods whose IPv4 address is not known cannot be said; the rule counts as denying")
	w.wants("x/a x/b 1 no", "x/a x/new 1 no", "x/b x/new 1 yes")
	w = inSmall(t, netpol.Calico, global("{types: [Ingress], ingress: [{action: Allow, source: {serviceAccounts: {selector: role == 'x'}}}]}"))
	w.gaps("ServiceAccount x/default: the ServiceAccount object is missing", "ServiceAccount x/a-name-that-is")
	w = inSmall(t, netpol.Calico, global("{types: [Ingress], ingress: [{action: Allow, protocol: TCP, source: {ports: [53]}}, {action: Allow, protocol: UDP}]}"))
	w.gaps("spec.ingress[0].source.ports")
	w.wants("x/a x/b 80 no", "x/a x/b 80/UDP yes")
	w = inSmall(t, netpol.Calico, global("{types: [Ingress], ingress: [{action: Pass, protocol: TCP, source: {notPorts: [53]}}, {action: Allow}]}"))
	w.gaps("the rule counts as denying")
	w.wants("x/a x/b 80 no", "x/a x/b 80/UDP yes")
	w = inSmall(t, netpol.Calico, global("{types: [Ingress], ingress: [{action: Allow, notICMP: {type: 8}}]}"))
	w.gaps("spec.ingress[0].notICMP")
	w = inSmall(t, netpol.Calico, global("{types: [Ingress], ingress: [{action: Allow, protocol: ICMP, notICMP: {type: 8}}]}"))
	w.gaps()
	w.wants("x/a x/b 80 no")
}

// TestCalicoHostNetwork: a pod on the host network is no endpoint of Calico: no
// policy is for it, no selector finds it, its node's address does.
func TestCalicoHostNetwork(t *testing.T) {
	t.Parallel()
	w := inSmall(t, netpol.Calico, global("{types: [Ingress, Egress], ingress: [{action: Allow, source: {selector: app == 'b'}}], egress: [{action: Allow, destination: {nets: [172.16.0.0/24]}}]}"))
	w.wants("x/host x/a 80 no", "x/a x/host 80 yes", "x/host 192.0.2.1 80 yes", "192.0.2.1 x/host 80 yes", "x/a x/b 80 no")
}

// TestCalicoLabels: the name of the account is a label only when it is short, and a
// label of the pod's own goes before one of its namespace.
func TestCalicoLabels(t *testing.T) {
	t.Parallel()
	for selector, want := range map[string]string{
		"has(projectcalico.org/serviceaccount)":                "a b",
		"pcsa.projectcalico.org/name starts with 'a-name'":     "new",
		"projectcalico.org/serviceaccount == 'default'":        "a b",
		"pcns.team == 'red'":                                   "a new",
		"pcns.team == 'blue'":                                  "b",
		"pcns.team != 'red'":                                   "b",
		"pcns.kubernetes.io/metadata.name == 'x'":              "a b new",
		"projectcalico.org/orchestrator contains '8'":          "a b new",
		"!(projectcalico.org/orchestrator starts with 'k')":    "",
		"projectcalico.org/namespace not in {'y'} && has(app)": "a b new",
	} {
		w := inSmall(t, netpol.Calico, global("{selector: \""+selector+"\", types: [Ingress]}"))
		var got []string
		for i := range w.o.Pods {
			if len(w.e.Isolated(i, netpol.Ingress)) > 0 {
				got = append(got, w.o.Pods[i].Meta.Name)
			}
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s selects (-want +got):\n%s", selector, diff)
		}
	}
	w := inSmall(t, netpol.Calico, global("{serviceAccountSelector: all(), types: [Ingress]}"))
	w.wants("192.0.2.1 x/a 80 no", "192.0.2.1 x/new 80 yes") // all() is whoever has the label
}

// TestCalicoPoliciesAreCalicos: other plugins do not know them.
func TestCalicoPoliciesAreCalicos(t *testing.T) {
	t.Parallel()
	for cni, want := range map[netpol.CNI]string{netpol.Calico: "no", netpol.Cilium: "yes", netpol.Generic: "yes"} {
		w := inSmall(t, cni, global("{types: [Ingress]}"))
		w.wants("x/a x/b 80 " + want)
	}
}

// TestCalicoScaleIsTheSameMap: the benchmark's two sets say the same.
func TestCalicoScaleIsTheSameMap(t *testing.T) {
	t.Parallel()
	o := netpol.FlowOptions{External: true}
	shape := netpolgen.Shape{Namespaces: 5, Pods: 150, Policies: 60}
	want := rows(engine(t, netpolgen.Scale(shape), netpol.Options{}), o)
	got := rows(engine(t, netpolgen.CalicoScale(shape), netpol.Options{}), o)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 150 {
		t.Errorf("%d rows (-want +got):\n%s", len(want), diff)
	}
}

// TestCalicoRedundancy: a rule that also speaks of other protocols is not made
// redundant by one that does not, nor one of which only a part is.
func TestCalicoRedundancy(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string][]string{
		"{types: [Ingress], ingress: [{action: Allow, source: {selector: app == 'a'}}, {action: Allow, source: {selector: app == 'a'}}]}":                                                  {"1"},
		"{types: [Ingress], ingress: [{action: Allow, protocol: TCP}, {action: Allow, protocol: UDP}, {action: Allow, protocol: SCTP}, {action: Allow}]}":                                  nil,
		"{types: [Ingress], ingress: [{action: Allow, protocol: ICMP}, {action: Allow, protocol: TCP}, {action: Deny, protocol: TCP}]}":                                                    {"2"},
		"{types: [Egress], egress: [{action: Allow, protocol: TCP, destination: {ports: [99], selector: app == 'b'}}, {action: Allow, destination: {services: {name: s, namespace: x}}}]}": nil,
		"{types: [Egress], egress: [{action: Allow, source: {selector: app == 'a'}}, {action: Allow}]}":                                                                                    nil,
		"{types: [Egress], egress: [{action: Allow}, {action: Allow, source: {selector: app == 'a'}}]}":                                                                                    {"1"},
	} {
		w := inSmall(t, netpol.Calico, service, global(spec))
		var got []string
		for r := range w.e.Redundant() {
			got = append(got, string(rune('0'+r.Rule.Index)))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", spec, diff)
		}
	}
}
