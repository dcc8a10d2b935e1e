package netpol_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

const denyAll = "{podSelector: {}, policyTypes: [Ingress, Egress]}"

// hostPod runs on the host network of n1.
const hostPod = `{kind: Pod, metadata: {name: h, namespace: x, labels: {app: b}}, spec: {nodeName: n1, hostNetwork: true, containers: []}, status: {podIP: 172.16.0.1}}`

// TestOwnNode: a node reaches its own pods whatever the policies say.
func TestOwnNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, hostPod, policy("deny", denyAll))
	w.wants("172.16.0.1 x/a 80 yes", "172.16.0.2 x/a 80 no", "172.16.0.2 x/c 80 yes", "x/h x/a 80 yes", "x/h x/c 80 no",
		"x/a 172.16.0.1 80 no", "x/a x/h 80 no")
	w.hasRow(netpol.FlowOptions{}, "x/h → x/a: all", true)
	w.hasRow(netpol.FlowOptions{}, "x/h → x/c: all", false)
	if got := w.e.Explain(w.end("x/h"), w.end("x/a"), 0, 80).Ingress.Reason; got != netpol.OwnNode {
		t.Errorf("reason %q, want %q", got, netpol.OwnNode)
	}
	w = newWorld(t, netpol.Generic, small, hostPod, policy("deny", denyAll))
	w.wants("x/a 172.16.0.1 80 yes", "x/a x/h 80 yes", "x/a 172.16.0.2 80 no")
}

// TestPodToItself: always allowed, and never a row of the map.
func TestPodToItself(t *testing.T) {
	t.Parallel()
	for _, docs := range [][]string{{small}, {small, policy("deny", denyAll)}} {
		w := newWorld(t, netpol.Calico, docs...)
		w.wants("x/a x/a 80 yes", "x/a 10.0.0.1 80 yes")
		for _, by := range []netpol.By{netpol.ByPod, netpol.ByWorkload} {
			w.hasRow(netpol.FlowOptions{By: by}, "x/a → x/a: all", false)
		}
	}
}

// TestHostNetwork: such a pod is never selected and no pod peer; it is its
// node's address.
func TestHostNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, hostPod, policy("deny", denyAll))
	w.wants("z/d x/h 80 yes", "x/h z/d 80 yes", "x/h 8.8.8.8 80 yes", "8.8.8.8 x/h 80 yes")
	w = newWorld(t, netpol.Calico, small, hostPod, policy("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: b}}}]}]}"))
	w.wants("x/b x/c 80 yes", "x/h x/c 80 no")
	w = newWorld(t, netpol.Calico, small, hostPod, policy("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 172.16.0.0/31}}]}]}"))
	w.wants("x/b x/c 80 no", "x/h x/c 80 yes")
	w = newWorld(t, netpol.Cilium, small, hostPod, policy("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"))
	w.wants("x/h x/c 80 no", "x/h x/a 80 yes", "8.8.8.8 x/c 80 yes")
}

// TestEndedPods: they have no address, so nothing reaches them and they are in
// no map; whoever has their old address now is somebody else.
func TestEndedPods(t *testing.T) {
	t.Parallel()
	for _, phase := range []string{"Succeeded", "Failed"} {
		w := newWorld(t, netpol.Calico, small, "{kind: Pod, metadata: {name: old, namespace: x, labels: {app: a}}, status: {phase: "+phase+", podIP: 10.0.0.1}}")
		w.wants("x/a x/old 80 no", "x/old x/a 80 no", "x/old 8.8.8.8 80 no")
		if got := w.end("10.0.0.1").String(); got != "x/a" {
			t.Errorf("10.0.0.1 is %s, want x/a", got)
		}
		for _, row := range rows(w.e, netpol.FlowOptions{By: netpol.ByPod, External: true}) {
			if strings.Contains(row, "x/old") {
				t.Errorf("row %q", row)
			}
		}
	}
}

// TestPodsOfOneOwner: with labels that a policy tells apart they are shown apart,
// otherwise together.
func TestPodsOfOneOwner(t *testing.T) {
	t.Parallel()
	o := documents(t, small+"\n---\n"+policy("p", `{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: s-0}}}]}]}`)+`
---
{kind: Pod, metadata: {name: s-0, namespace: x, labels: {statefulset.kubernetes.io/pod-name: s-0}}}
---
{kind: Pod, metadata: {name: s-1, namespace: x, labels: {statefulset.kubernetes.io/pod-name: s-1}}}
---
{kind: Pod, metadata: {name: t-0, namespace: x, labels: {statefulset.kubernetes.io/pod-name: t-0}}}
---
{kind: Pod, metadata: {name: t-1, namespace: x, labels: {statefulset.kubernetes.io/pod-name: t-1}}}`)
	for i := range o.Pods {
		switch p := &o.Pods[i]; {
		case strings.HasPrefix(p.Meta.Name, "s-"):
			p.Owner.Kind, p.Owner.Name = "StatefulSet", "s"
		case strings.HasPrefix(p.Meta.Name, "t-"):
			p.Owner.Kind, p.Owner.Name = "StatefulSet", "t"
		}
	}
	w := &world{t: t, o: o, e: engine(t, o, netpol.Options{})}
	w.hasRow(netpol.FlowOptions{}, "x/s-0 → x/a: all", true)
	w.hasRow(netpol.FlowOptions{}, "x/s-1 → x/a: all", false)
	w.hasRow(netpol.FlowOptions{}, "x/StatefulSet/t → x/b: all", true)
	w.hasRow(netpol.FlowOptions{}, "x/StatefulSet/t → x/StatefulSet/t: all", true)
	w.hasRow(netpol.FlowOptions{By: netpol.ByNamespace}, "x → z: all", true)
}

// TestNamespaceNameLabel: the API server adds it, so it is there, and what the
// manifest says instead does not count.
func TestNamespaceNameLabel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]}"))
	w.wants("z/d x/a 80 yes", "x/b x/a 80 no")
}

// TestMissingNamespace: the name counts, other labels are a gap.
func TestMissingNamespace(t *testing.T) {
	t.Parallel()
	stray := "{kind: Pod, metadata: {name: s, namespace: stray}}"
	w := newWorld(t, netpol.Calico, small, stray, policy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: stray}}}]}]}"))
	w.wants("stray/s x/a 80 yes")
	if len(w.e.Gaps()) != 0 {
		t.Errorf("gaps %v, want none", w.e.Gaps())
	}
	w = newWorld(t, netpol.Calico, small, stray, policy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: s}}}]}]}"))
	w.wants("stray/s x/a 80 no")
	if gaps := w.e.Gaps(); len(gaps) != 1 || gaps[0].Ref.Name != "stray" {
		t.Errorf("gaps %v, want one about namespace stray", gaps)
	}
}

// TestServices: policies apply behind the service. Its address is in no block,
// and what has to be open is the pod's port.
func TestServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, `
{kind: Service, metadata: {name: web, namespace: x}, spec: {clusterIP: 10.96.0.10, selector: {app: b},
  ports: [{port: 80, targetPort: http}, {name: other, port: 81, targetPort: 9}, {name: same, port: 82}, {name: none, port: 83, targetPort: nosuch}]}}`,
		policy("p", "{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.96.0.0/12}}]}]}"))
	w.wants("x/a 10.96.0.10 80 no", "x/a 10.96.0.11 80 yes", "x/a x/b 8080 no")
	end := w.end("10.96.0.10")
	if end.Service() == nil || end.Service().Meta.Name != "web" {
		t.Fatalf("10.96.0.10 is %+v, want service web", end)
	}
	var got []uint16
	for _, b := range w.e.Backends(end.Service()) {
		for _, p := range b.Pods {
			got = append(got, p.Port)
		}
	}
	if diff := cmp.Diff([]uint16{8080, 9, 82}, got); diff != "" {
		t.Errorf("backends (-want +got):\n%s", diff)
	}
}

// TestRepliesAreImplicit: opening one direction is enough.
func TestRepliesAreImplicit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("deny", denyAll),
		policy("a", "{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: b}}}]}]}"),
		policy("b", "{podSelector: {matchLabels: {app: b}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: a}}}]}]}"))
	w.wants("x/a x/b 80 yes", "x/b x/a 80 no")
}

// TestUnknownAddresses: offline, a pod's address is somewhere in the ranges for
// pods. A block that holds all of them matches, one that holds none does not, and
// for any other the pod counts as outside, with a mark.
func TestUnknownAddresses(t *testing.T) {
	t.Parallel()
	pods := `
{kind: Pod, metadata: {name: a, namespace: x, labels: {app: a}}}
---
{kind: Pod, metadata: {name: b, namespace: x}}`
	for block, want := range map[string]struct {
		flow string
		gaps int
	}{
		"{cidr: 0.0.0.0/0}": {"yes", 0},
		"{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}":                                       {"yes", 0},
		"{cidr: 0.0.0.0/0, except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10]}": {"no", 0},
		"{cidr: 203.0.113.0/24}":                  {"no", 0},
		"{cidr: 10.0.0.0/8}":                      {"no", 1},
		"{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}": {"no", 1},
	} {
		w := newWorld(t, netpol.Calico, pods, policy("p", "{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{ipBlock: "+block+"}]}]}"))
		w.wants("x/b x/a 80 " + want.flow)
		if gaps := w.e.Gaps(); len(gaps) != want.gaps {
			t.Errorf("%s: gaps %v, want %d", block, gaps, want.gaps)
		}
	}
	o := documents(t, pods+"\n---\n"+policy("p", "{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"))
	e := engine(t, o, netpol.Options{PodCIDRs: []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")}})
	if got := e.Connections(e.PodAt(1), e.PodAt(0)); got.Empty() || len(e.Gaps()) != 0 {
		t.Errorf("with the range known: %s and gaps %v, want all and none", got, e.Gaps())
	}
}
