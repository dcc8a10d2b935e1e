// Package felixinput is what the commands felixworld and felixrules are given. It
// does not link Felix, whose messages and those of app-policy exclude each other
// in one program.
package felixinput

import (
	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// Objects is a cluster, with the defaults that API servers set.
type Objects struct {
	Namespaces      []*corev1.Namespace
	Pods            []*corev1.Pod
	Policies        []*networkingv1.NetworkPolicy
	ServiceAccounts []*corev1.ServiceAccount
	EndpointSlices  []*discoveryv1.EndpointSlice
	CalicoPolicies  []*apiv3.NetworkPolicy
	GlobalPolicies  []*apiv3.GlobalNetworkPolicy
	Sets            []*apiv3.NetworkSet
	GlobalSets      []*apiv3.GlobalNetworkSet
}
