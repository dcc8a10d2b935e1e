package load

import (
	"fmt"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// part is what one worker has decoded.
type part struct {
	Input
}

// target says where an object of a kind goes.
type target struct {
	clusterWide bool
	policy      bool     // decoded exactly
	versions    []string // nil: any; of other versions the shape is not known
	// put appends a zero object and returns it with its metadata and origin.
	put func(p *part, kind string) (object any, meta *kube.Meta, origin *kube.Origin)
}

// grow appends a zero value and returns it.
func grow[T any](list *[]T) *T {
	var zero T
	*list = append(*list, zero)
	return &(*list)[len(*list)-1]
}

func workload(p *part, kind string) (any, *kube.Meta, *kube.Origin) {
	w := grow(&p.workloads)
	w.Kind = kind
	return w, &w.Meta, &w.Origin
}

func route(p *part, kind string) (any, *kube.Meta, *kube.Origin) {
	r := grow(&p.Routes)
	r.Kind = kind
	return r, &r.Meta, &r.Origin
}

// targets are the kinds that matter, as "group/Kind".
func targets() map[string]target {
	workloads := target{put: workload}
	routes := target{put: route}
	t := map[string]target{
		"/Pod": {put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.Pods)
			return o, &o.Meta, &o.Origin
		}},
		"/Namespace": {clusterWide: true, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.Namespaces)
			return o, &o.Meta, &o.Origin
		}},
		"/Node": {clusterWide: true, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.Nodes)
			return o, &o.Meta, &o.Origin
		}},
		"/Service": {put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.Services)
			return o, &o.Meta, &o.Origin
		}},
		"operator.tigera.io/TigeraStatus": {clusterWide: true, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Operators)
			return o, &o.Meta, &o.Origin
		}},
		"networking.k8s.io/Ingress": {versions: []string{"v1"}, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Ingresses)
			return o, &o.Meta, &o.Origin
		}},
		"networking.k8s.io/NetworkPolicy": {policy: true, versions: []string{"v1"}, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.NetworkPolicies)
			return o, &o.Meta, &o.Origin
		}},
		"policy.networking.k8s.io/AdminNetworkPolicy": {policy: true, clusterWide: true, versions: []string{"v1alpha1"}, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.AdminNetworkPolicies)
			return o, &o.Meta, &o.Origin
		}},
		"policy.networking.k8s.io/BaselineAdminNetworkPolicy": {policy: true, clusterWide: true, versions: []string{"v1alpha1"}, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.BaselineAdminNetworkPolicies)
			return o, &o.Meta, &o.Origin
		}},
		"policy.networking.k8s.io/ClusterNetworkPolicy": {policy: true, clusterWide: true, versions: []string{"v1alpha2"}, put: func(p *part, _ string) (any, *kube.Meta, *kube.Origin) {
			o := grow(&p.Objects.ClusterNetworkPolicies)
			return o, &o.Meta, &o.Origin
		}},
		"/ReplicationController": workloads, "batch/Job": workloads, "batch/CronJob": workloads,
	}
	for _, kind := range []string{"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"} {
		t["apps/"+kind], t["extensions/"+kind] = workloads, workloads
	}
	calicoTargets(t)
	for _, kind := range []string{"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"} {
		t["gateway.networking.k8s.io/"+kind] = routes
	}
	return t
}

// verdict is what is to become of a document of a kind.
type verdict uint8

const (
	skip verdict = iota
	take
	foreign
	refuse
)

// judge says what becomes of documents of a kind, and why when they are refused.
func judge(known map[string]target, apiVersion, kind string) (verdict, string) {
	group, version, found := strings.Cut(apiVersion, "/")
	if !found {
		group, version = "", apiVersion
	}
	if t, ok := known[group+"/"+kind]; ok {
		switch {
		case apiVersion == "":
			return refuse, "apiVersion is missing"
		case t.versions == nil || version == t.versions[0]:
			return take, ""
		case group == "networking.k8s.io" && t.policy:
			return refuse, fmt.Sprintf("apiVersion %q does not exist; want %q", apiVersion, group+"/"+t.versions[0])
		case t.policy:
			return foreign, ""
		}
		return skip, ""
	}
	return judgeUnknown(known, apiVersion, group, kind)
}

func judgeUnknown(known map[string]target, apiVersion, group, kind string) (verdict, string) {
	staged := strings.HasPrefix(kind, "Staged")
	policy := strings.HasSuffix(kind, "NetworkPolicy")
	switch {
	case kind == "NetworkPolicy" && (group == "extensions" || group == "" || decode.Distance(group, "networking.k8s.io") < 3):
		return refuse, fmt.Sprintf("there is no NetworkPolicy in apiVersion %q; want %q", apiVersion, "networking.k8s.io/v1")
	case policy && !staged, kind == "HostEndpoint" && strings.HasSuffix(group, "projectcalico.org"),
		kind == "EgressFirewall" && group == "k8s.ovn.org":
		return foreign, ""
	case staged && policy || strings.HasSuffix(kind, "List"):
		return skip, ""
	}
	for name := range known {
		g, k, _ := strings.Cut(name, "/")
		if kind != k && decode.Distance(kind, k) < 3 && len(k) > 4 && (group == g || decode.Distance(group, g) < 3) && !existing[kind] {
			return refuse, fmt.Sprintf("there is no kind %q in apiVersion %q; did you mean %q?", kind, apiVersion, k)
		}
		if kind == k && g != "" && decode.Distance(group, g) < 3 {
			return refuse, fmt.Sprintf("there is no kind %q in apiVersion %q; did you mean %q?", kind, apiVersion, g)
		}
	}
	return skip, ""
}

// existing are kinds that look like a misspelling of one that matters.
var existing = map[string]bool{"IngressClass": true, "Role": true, "Jobs": false}

// object decodes one document, or one entry of a list, into the part.
func (w *worker) object(n tree.Node, at kube.Origin, apiVersion, kind string) {
	if n.Kind() != tree.Map {
		w.refuse(at, kube.Ref{}, "", "want an object, not "+n.Kind().String())
		return
	}
	if w.source.live == nil { // a list of an API server holds one kind, and may not say so
		for _, f := range []struct {
			name string
			to   *string
		}{{"apiVersion", &apiVersion}, {"kind", &kind}} {
			v := n.Get(f.name)
			if v.Kind() != tree.String || len(v.Text()) == 0 {
				if f.name == "kind" || v.Exists() {
					w.refuse(kube.Origin{File: at.File, Line: max(v.Line(), at.Line)}, kube.Ref{}, f.name, "want the name of a kind of object")
					return
				}
				continue
			}
			*f.to = w.decoder.Intern(v.Text())
		}
	}
	if isSnapshot(n) {
		w.out.readHeader(n, w.decoder, at.File)
		w.source.snapshot.Store(true)
		kind = "List"
	}
	if isList(kind) && n.Get("items").Kind() == tree.List {
		for item := range n.Get("items").All() {
			w.object(item, kube.Origin{File: at.File, Line: item.Line()}, strings.TrimSuffix(apiVersion, "List"), strings.TrimSuffix(kind, "List"))
		}
		return
	}
	verdict, why := w.judge(apiVersion, kind)
	switch verdict {
	case refuse:
		w.refuse(at, w.refOf(n, kind), "", why)
	case foreign:
		w.foreign(n, at, apiVersion, kind)
	case take:
		w.take(n, at, apiVersion, kind)
	}
}

func isList(kind string) bool { return strings.HasSuffix(kind, "List") }

func (w *worker) judge(apiVersion, kind string) (verdict, string) {
	key := apiVersion + " " + kind
	if j, ok := w.judged[key]; ok {
		return j.verdict, j.why
	}
	v, why := judge(w.targets, apiVersion, kind)
	if len(w.judged) < 10_000 {
		w.judged[key] = judgement{v, why}
	}
	return v, why
}

// refOf names an object as far as its metadata can be read.
func (w *worker) refOf(n tree.Node, kind string) kube.Ref {
	meta := n.Get("metadata")
	text := func(key string) string {
		if v := meta.Get(key); v.Kind() == tree.String && len(v.Text()) < 300 {
			return string(v.Text())
		}
		return ""
	}
	return kube.Ref{Kind: kind, Namespace: text("namespace"), Name: text("name")}
}

func (w *worker) foreign(n tree.Node, at kube.Origin, apiVersion, kind string) {
	ref := w.refOf(n, kind)
	if isMirror(apiVersion, ref.Name) {
		return
	}
	w.out.Foreign = append(w.out.Foreign, Foreign{APIVersion: apiVersion, Ref: ref, Origin: at})
}
