package browser_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/browser"
)

// tangled is 500 workloads whose policies follow no plan: 100,000 flows, hardly two
// workloads alike, each under a dozen policies.
func tangled() *kube.Objects {
	r := rand.New(rand.NewPCG(3, 3))
	o := &kube.Objects{}
	any := func(key string, n, of int) []kube.LabelRequirement {
		values := make([]string, n)
		for i := range values {
			values[i] = strconv.Itoa(r.IntN(of))
		}
		return []kube.LabelRequirement{{Key: key, Operator: []string{"In", "NotIn"}[r.IntN(2)], Values: values}}
	}
	for i := range 20 {
		o.Namespaces = append(o.Namespaces, kube.Namespace{Meta: kube.Meta{Name: fmt.Sprintf("space-%d", i), Labels: map[string]string{"t": strconv.Itoa(i % 5)}}})
	}
	for i := range 500 {
		space := fmt.Sprintf("space-%d", i%20)
		p := kube.Pod{Owner: kube.Ref{Kind: "Deployment", Namespace: space, Name: fmt.Sprintf("w%d", i)}, Meta: kube.Meta{Name: fmt.Sprintf("w%d-0", i), Namespace: space,
			Labels: map[string]string{"a": strconv.Itoa(r.IntN(40)), "b": strconv.Itoa(r.IntN(40))}}}
		p.Status = kube.PodStatus{Phase: "Running", PodIP: fmt.Sprintf("10.0.%d.%d", i/250, i%250+1)}
		o.Pods = append(o.Pods, p)
	}
	peer := func() kube.NetworkPolicyPeer {
		return kube.NetworkPolicyPeer{NamespaceSelector: &kube.LabelSelector{MatchExpressions: any("t", 2, 5)}, PodSelector: &kube.LabelSelector{MatchExpressions: any("ab"[r.IntN(2):][:1], 12, 40)}}
	}
	port := func() []kube.NetworkPolicyPort {
		return []kube.NetworkPolicyPort{{Port: &kube.IntOrString{Int: int32(8000 + r.IntN(8))}}}
	}
	for i := range 600 {
		p := kube.NetworkPolicy{Meta: kube.Meta{Name: fmt.Sprintf("policy-%d", i), Namespace: fmt.Sprintf("space-%d", i%20)}}
		p.Spec.PodSelector = kube.LabelSelector{MatchExpressions: any("a", 4, 40)}
		p.Spec.PolicyTypes = []string{"Ingress", "Egress"}
		p.Spec.Ingress = []kube.NetworkPolicyIngressRule{{From: []kube.NetworkPolicyPeer{peer(), peer()}, Ports: port()}}
		p.Spec.Egress = []kube.NetworkPolicyEgressRule{{To: []kube.NetworkPolicyPeer{peer()}, Ports: port()}, {To: []kube.NetworkPolicyPeer{peer()}}}
		o.NetworkPolicies = append(o.NetworkPolicies, p)
	}
	return o
}

// manifests writes generated objects as a user would have them.
func manifests(t *testing.T, o *kube.Objects) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := netpolgen.Write(&out, "json", o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestFiveHundredWorkloads: the file stays small, and so does what the browser
// has to hold, however far everything is opened.
func TestFiveHundredWorkloads(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	for name, o := range map[string]*kube.Objects{
		"alike":   netpolgen.Scale(netpolgen.Shape{Namespaces: 10, Pods: 500, Policies: 200}),
		"apart":   netpolgen.Scale(netpolgen.Shape{Namespaces: 10, Pods: 500, Policies: 500, Apart: true}), // each a class of its own
		"tangled": tangled(),
	} {
		file := written(t, manifests(t, o), "map")
		t.Logf("%s: %d bytes", name, len(file))
		if len(file) > 3<<20 {
			t.Errorf("%s: the file has %d bytes", name, len(file))
		}
		p := open(t, ctx, b, name, file, desk)
		p.shot("large-"+name, true)
		ms := p.number(`performance.getEntriesByType("navigation")[0].loadEventEnd`)
		open := p.number(`(() => { const t = performance.now(); document.getElementById("expand").click(); return performance.now() - t; })()`)
		search := p.number(`(() => { const t = performance.now(); const s = document.getElementById("search"); s.value = "space-3 w4"; s.dispatchEvent(new Event("input")); return performance.now() - t; })()`)
		t.Logf("%s: loaded after %d ms, all opened in %d ms, searched in %d ms", name, ms, open, search)
		if ms > 5000 || open > 3000 || search > 3000 { // other tests share the machine
			t.Errorf("%s: it is slow", name)
		}
		p.shot("large-search-"+name, false)
		p.click("#clear")
		if n := p.number(`document.querySelectorAll("*").length`); n > 12_000 {
			t.Errorf("%s: the page holds %d elements", name, n)
		}
		p.eval(`document.querySelector('#grid [tabindex="0"]').focus()`)
		p.press("End", "PageDown", "PageDown", "PageDown", "PageDown")
		p.want(stops, "1")
		if at := p.eval(focused); !strings.Contains(at, " to space-9/Deployment/") {
			t.Errorf("%s: End went to %q", name, at)
		}
		p.shot("large-open-"+name, false)
		graph := p.number(`(() => { const t = performance.now(); document.getElementById("tab-graph").click(); return performance.now() - t; })()`)
		t.Logf("%s: the open graph drawn in %d ms", name, graph)
		if graph > 5000 {
			t.Errorf("%s: the graph is slow", name)
		}
		if name != "apart" {
			p.has("#graph", "too many to see")
		}
		p.click("#collapse")
		p.shot("large-graph-"+name, false)
		p.quiet()
	}
}

// TestFiveThousandWorkloads: one page goes by namespace then, and says so.
func TestFiveThousandWorkloads(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	file := written(t, manifests(t, netpolgen.Scale(netpolgen.Shape{Namespaces: 50, Pods: 5000, Policies: 1000})), "map")
	t.Logf("%d bytes", len(file))
	p := open(t, ctx, b, "huge", file, browser.View{Width: 1400, Height: 1000})
	p.has("main", "This page leaves something out", "The cluster's 5000 workloads are too many", "-n NAMESPACE")
	p.want(`document.querySelector("#grid table").getAttribute("aria-rowcount")`, "52") // the header, outside, 50 namespaces
	p.click(cell("space-1", "space-0"))
	p.has("#detail", "space-1 → space-0", "no one reason")
	p.shot("huge", true)
	p.quiet()
}

func (t *tab) number(expression string) int {
	t.Helper()
	n, err := strconv.Atoi(t.eval("Math.round(" + expression + ")"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
