// Package felixgraph runs objects of Kubernetes and Calico through Calico's own
// conversion and Felix's calculation graph.
package felixgraph

import (
	"github.com/projectcalico/calico/felix/calc"
	"github.com/projectcalico/calico/felix/config"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"

	"github.com/catalyst-cloud/kubectl-catalyst/test/netpoldiff/felixinput"
)

// Host is the one node on which all pods are taken to run, so that Felix works
// out the policies of every one of them.
const Host = "host"

// Run calls receive with every message for the data plane.
func Run(o *felixinput.Objects, receive func(message any)) error {
	conf := config.New()
	conf.FelixHostname = Host
	conf.Ipv6Support = true
	events := calc.NewEventSequencer(conf)
	events.Callback = receive
	graph := calc.NewCalculationGraph(events, conf, func() {})
	filter := calc.NewValidationFilter(graph, conf)
	kvs, err := convert(o)
	if err != nil {
		return err
	}
	for _, kv := range kvs {
		filter.OnUpdates([]api.Update{{KVPair: *kv, UpdateType: api.UpdateTypeKVNew}})
	}
	filter.OnStatusUpdated(api.InSync)
	graph.Flush()
	events.Flush()
	return nil
}
