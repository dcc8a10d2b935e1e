package netpol_test

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// The four pods of the package comment.
func ExampleNew() {
	pod := func(namespace, name, app, owner string) kube.Pod {
		p := kube.Pod{Meta: kube.Meta{Namespace: namespace, Name: name, Labels: map[string]string{"app": app}}}
		p.Owner = kube.Ref{Kind: "Deployment", Namespace: namespace, Name: owner}
		return p
	}
	tcp, port := "TCP", kube.IntOrString{Int: 5432}
	db := kube.NetworkPolicy{Meta: kube.Meta{Namespace: "shop", Name: "db"}}
	db.Spec.PodSelector.MatchLabels = map[string]string{"app": "db"}
	db.Spec.Ingress = []kube.NetworkPolicyIngressRule{{
		From:  []kube.NetworkPolicyPeer{{PodSelector: &kube.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}},
		Ports: []kube.NetworkPolicyPort{{Protocol: &tcp, Port: &port}},
	}}
	engine, err := netpol.New(&kube.Objects{
		Pods: []kube.Pod{pod("shop", "web-1", "web", "web"), pod("shop", "web-2", "web", "web"),
			pod("shop", "db-1", "db", "db"), pod("ops", "probe-1", "probe", "probe")},
		NetworkPolicies: []kube.NetworkPolicy{db},
	}, netpol.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for f := range engine.Flows(netpol.FlowOptions{}) {
		fmt.Println(f.Source, "→", f.Destination, f.Ports)
	}
	// Output:
	// ops/Deployment/probe → shop/Deployment/web all
	// shop/Deployment/db → ops/Deployment/probe all
	// shop/Deployment/db → shop/Deployment/web all
	// shop/Deployment/web → ops/Deployment/probe all
	// shop/Deployment/web → shop/Deployment/db TCP 5432
	// shop/Deployment/web → shop/Deployment/web all
}
