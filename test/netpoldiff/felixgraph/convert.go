package felixgraph

import (
	"fmt"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/k8s/conversion"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/syncersv1/updateprocessors"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/watchersyncer"
	"k8s.io/apimachinery/pkg/types"

	"github.com/catalyst-cloud/kubectl-catalyst/test/netpoldiff/felixinput"
)

// converter gathers what becomes of the objects.
type converter struct {
	conversion.Converter
	out []*model.KVPair
	err error
}

func (c *converter) add(p watchersyncer.SyncerUpdateProcessor, err error, list ...*model.KVPair) {
	if c.err == nil {
		c.err = err
	}
	if c.err != nil {
		return
	}
	for _, kv := range list {
		more, err := p.Process(kv)
		if c.err == nil {
			c.err = err
		}
		c.out = append(c.out, more...)
	}
}

func resource(kind, namespace, name string, value any) *model.KVPair {
	return &model.KVPair{Key: model.ResourceKey{Kind: kind, Namespace: namespace, Name: name}, Value: value}
}

// convert turns the objects into Calico's, as Calico's datastore does.
func convert(o *felixinput.Objects) ([]*model.KVPair, error) {
	c := &converter{Converter: conversion.NewConverter()}
	c.kubernetes(o)
	c.calico(o)
	return c.out, c.err
}

func (c *converter) kubernetes(o *felixinput.Objects) {
	profiles, endpoints, policies := updateprocessors.NewProfileUpdateProcessor(),
		updateprocessors.NewWorkloadEndpointUpdateProcessor(), updateprocessors.NewNetworkPolicyUpdateProcessor()
	for i, n := range o.Namespaces {
		n.UID = uid(i)
		kv, err := c.NamespaceToProfile(n)
		c.add(profiles, err, kv)
	}
	for i, a := range o.ServiceAccounts {
		a.UID = uid(i)
		kv, err := c.ServiceAccountToProfile(a)
		c.add(profiles, err, kv)
	}
	for i, p := range o.Pods {
		p.UID = uid(i)
		p.Spec.NodeName = Host
		kvs, err := c.PodToWorkloadEndpoints(p)
		c.add(endpoints, err, kvs...)
	}
	for i, p := range o.Policies {
		p.UID = uid(i)
		kv, err := c.K8sNetworkPolicyToCalico(p)
		c.add(policies, err, kv)
	}
	for _, s := range o.EndpointSlices {
		kv, err := c.EndpointSliceToKVP(s)
		if c.err == nil {
			c.err = err
		}
		c.out = append(c.out, kv)
	}
}

// calico adds Calico's own objects. Policies are stored under names that begin
// with their tier.
func (c *converter) calico(o *felixinput.Objects) {
	const tier = "default."
	policies, global := updateprocessors.NewNetworkPolicyUpdateProcessor(), updateprocessors.NewGlobalNetworkPolicyUpdateProcessor()
	sets, globalSets := updateprocessors.NewNetworkSetUpdateProcessor(), updateprocessors.NewGlobalNetworkSetUpdateProcessor()
	for _, p := range o.CalicoPolicies {
		p.Name = tier + p.Name
		c.add(policies, nil, resource(apiv3.KindNetworkPolicy, p.Namespace, p.Name, p))
	}
	for _, p := range o.GlobalPolicies {
		p.Name = tier + p.Name
		c.add(global, nil, resource(apiv3.KindGlobalNetworkPolicy, "", p.Name, p))
	}
	for _, s := range o.Sets {
		c.add(sets, nil, resource(apiv3.KindNetworkSet, s.Namespace, s.Name, s))
	}
	for _, s := range o.GlobalSets {
		c.add(globalSets, nil, resource(apiv3.KindGlobalNetworkSet, "", s.Name, s))
	}
}

// uid makes up what every object of a cluster has and the conversion expects.
func uid(i int) types.UID {
	return types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
}
