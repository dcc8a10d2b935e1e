package netpolgen

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Shape is the size of a large cluster. Everything is spread evenly.
type Shape struct {
	Namespaces, Pods, Policies int
	// Replicas is how many pods a Deployment has; 0 counts as 1.
	Replicas int
	// Apart gives every policy a pod of its own to select, so that every pod
	// becomes a class of its own.
	Apart bool
}

// The shapes of the speed targets.
var (
	// Workloads has as many workloads as pods.
	Workloads = Shape{Namespaces: 100, Pods: 10000, Policies: 2000}
	// Classes has as many classes as pods.
	Classes = Shape{Namespaces: 100, Pods: 10000, Policies: 10000, Apart: true}
	// Limit is what Kubernetes itself is tested up to.
	Limit = Shape{Namespaces: 2000, Pods: 150000, Policies: 10000, Replicas: 5}
	// Thousand is the largest set of 1,000 workloads that slower tools finish.
	Thousand = Shape{Namespaces: 10, Pods: 1000, Policies: 500}
)

// apps is how many applications a namespace has; each is a class of its own.
const apps = 14

// Scale returns a cluster of a shape. Every namespace is closed in both
// directions by its first policy; the others open it for one application each.
func Scale(s Shape) *kube.Objects {
	o := &kube.Objects{}
	for i := range s.Namespaces {
		o.Namespaces = append(o.Namespaces, kube.Namespace{Meta: kube.Meta{Name: space(i),
			Labels: map[string]string{"team": fmt.Sprintf("team-%d", i%10)}}})
	}
	replicas := max(1, s.Replicas)
	for i := range s.Pods {
		o.Pods = append(o.Pods, s.pod(i, replicas))
	}
	for i := range s.Policies {
		o.NetworkPolicies = append(o.NetworkPolicies, s.policy(i))
	}
	return o
}

func space(i int) string { return fmt.Sprintf("space-%d", i) }

func app(i int) string { return fmt.Sprintf("app-%d", i) }

var roles = []string{"web", "api", "db", "cache"}

func (s Shape) pod(i, replicas int) kube.Pod {
	w := i / replicas
	ns, nth := space(w%s.Namespaces), w/s.Namespaces
	p := kube.Pod{Meta: kube.Meta{Namespace: ns, Name: fmt.Sprintf("w%d-%d", w, i%replicas), Labels: map[string]string{
		"app": app(nth % apps), "role": roles[nth%apps%4], "name": fmt.Sprintf("w%d", w),
		"pod-template-hash": fmt.Sprintf("%08x", w*2654435761)}},
		Owner: kube.Ref{Kind: "Deployment", Namespace: ns, Name: fmt.Sprintf("w%d", w)}}
	p.Spec.NodeName = fmt.Sprintf("node-%d", i%100)
	p.Spec.Containers = []kube.Container{{Name: "main", Ports: []kube.ContainerPort{
		{Name: "http", ContainerPort: int32(8080 + nth%apps%3)}, {Name: "metrics", ContainerPort: 9090}}}}
	p.Status = kube.PodStatus{Phase: "Running", PodIP: fmt.Sprintf("10.%d.%d.%d", 1+i>>16, i>>8&255, i&255)}
	p.Status.PodIPs = []kube.PodIP{{IP: p.Status.PodIP}}
	return p
}

func (s Shape) policy(i int) kube.NetworkPolicy {
	at, nth := i%s.Namespaces, i/s.Namespaces
	p := kube.NetworkPolicy{Meta: kube.Meta{Namespace: space(at), Name: fmt.Sprintf("policy-%d", nth)}}
	p.Spec.PolicyTypes = []string{"Ingress", "Egress"}
	if s.Apart {
		s.apart(&p, i)
		return p
	}
	tcp, udp := "TCP", "UDP"
	role := func(r string) *kube.LabelSelector { return match("role", r) }
	switch {
	case nth == 0:
		p.Spec.Egress = []kube.NetworkPolicyEgressRule{{
			To:    []kube.NetworkPolicyPeer{{NamespaceSelector: match("kubernetes.io/metadata.name", space(0)), PodSelector: role("cache")}},
			Ports: []kube.NetworkPolicyPort{{Protocol: &udp, Port: &kube.IntOrString{Int: 53}}},
		}}
	case nth%5 == 4:
		p.Spec.PodSelector = *match("app", app(nth%apps))
		p.Spec.Egress = []kube.NetworkPolicyEgressRule{{
			To: []kube.NetworkPolicyPeer{{IPBlock: &kube.IPBlock{CIDR: fmt.Sprintf("192.0.%d.0/24", at%50), Except: []string{fmt.Sprintf("192.0.%d.128/26", at%50)}}}},
		}}
	default:
		p.Spec.PodSelector = *match("app", app(nth%apps))
		p.Spec.Ingress = []kube.NetworkPolicyIngressRule{{
			From: []kube.NetworkPolicyPeer{{PodSelector: match("app", app((nth+1)%apps))},
				{NamespaceSelector: match("team", fmt.Sprintf("team-%d", (at+nth)%10)), PodSelector: role("web")}},
			Ports: []kube.NetworkPolicyPort{{Protocol: &tcp, Port: &kube.IntOrString{Str: "http"}}, {Port: &kube.IntOrString{Int: 9090}}},
		}}
		p.Spec.Egress = []kube.NetworkPolicyEgressRule{{
			To: []kube.NetworkPolicyPeer{{PodSelector: match("app", app((nth+apps-1)%apps))}, {NamespaceSelector: match("team", fmt.Sprintf("team-%d", at%10))}},
		}}
	}
	return p
}

// apart lets one pod in from three others of its namespace, and out to three.
func (s Shape) apart(p *kube.NetworkPolicy, i int) {
	of := func(k int) *kube.LabelSelector {
		return match("name", fmt.Sprintf("w%d", (i+k*s.Namespaces)%s.Pods))
	}
	p.Spec.PodSelector = *of(0)
	for k := 1; k <= 3; k++ {
		port := []kube.NetworkPolicyPort{{Port: &kube.IntOrString{Int: int32(8080 + i%7)}}}
		p.Spec.Ingress = append(p.Spec.Ingress, kube.NetworkPolicyIngressRule{From: []kube.NetworkPolicyPeer{{PodSelector: of(k)}}, Ports: port})
		p.Spec.Egress = append(p.Spec.Egress, kube.NetworkPolicyEgressRule{To: []kube.NetworkPolicyPeer{{PodSelector: of(s.Pods/s.Namespaces - k)}}})
	}
}

func match(key, value string) *kube.LabelSelector {
	return &kube.LabelSelector{MatchLabels: map[string]string{key: value}}
}
