// Command felixworld tells what Calico's agent would program for Kubernetes
// objects: it runs them through Calico's conversion and Felix's calculation graph.
// It is a program of its own because the policy checker of app-policy, which
// reads its output, registers the same protocol a second time.
//
// Each line of input is a JSON object with namespaces, pods and policies. For each
// it writes frames, a big-endian uint32 length and a ToDataplane message, and then
// an empty frame.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/projectcalico/calico/felix/calc"
	"github.com/projectcalico/calico/felix/config"
	"github.com/projectcalico/calico/felix/proto"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/k8s/conversion"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/syncersv1/updateprocessors"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/watchersyncer"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
)

// host is the one node on which all pods are taken to run, so that Felix works
// out the policies of every one of them.
const host = "host"

type objects struct {
	Namespaces []*corev1.Namespace
	Pods       []*corev1.Pod
	Policies   []*networkingv1.NetworkPolicy
}

func main() {
	logrus.SetOutput(io.Discard)
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "felixworld:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	d, w := json.NewDecoder(in), bufio.NewWriter(out)
	for {
		var o objects
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := answer(w, &o); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
}

// answer writes the messages for one set of objects.
func answer(w io.Writer, o *objects) error {
	conf := config.New()
	conf.FelixHostname = host
	conf.Ipv6Support = true
	var failed error
	events := calc.NewEventSequencer(conf)
	events.Callback = func(message any) {
		if err := frame(w, message); err != nil && failed == nil {
			failed = err
		}
	}
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
	if failed != nil {
		return failed
	}
	return binary.Write(w, binary.BigEndian, uint32(0))
}

// frame writes the messages that matter to the checker.
func frame(w io.Writer, message any) error {
	var envelope proto.ToDataplane
	switch m := message.(type) {
	case *proto.IPSetUpdate:
		envelope.Payload = &proto.ToDataplane_IpsetUpdate{IpsetUpdate: m}
	case *proto.IPSetDeltaUpdate:
		envelope.Payload = &proto.ToDataplane_IpsetDeltaUpdate{IpsetDeltaUpdate: m}
	case *proto.ActivePolicyUpdate:
		envelope.Payload = &proto.ToDataplane_ActivePolicyUpdate{ActivePolicyUpdate: m}
	case *proto.ActiveProfileUpdate:
		envelope.Payload = &proto.ToDataplane_ActiveProfileUpdate{ActiveProfileUpdate: m}
	case *proto.WorkloadEndpointUpdate:
		envelope.Payload = &proto.ToDataplane_WorkloadEndpointUpdate{WorkloadEndpointUpdate: m}
	default:
		return nil
	}
	data, err := envelope.Marshal()
	if err != nil {
		return err
	}
	if err := binary.Write(w, binary.BigEndian, uint32(len(data))); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// convert turns Kubernetes' objects into Calico's, as Calico's datastore does.
func convert(o *objects) ([]*model.KVPair, error) {
	c := conversion.NewConverter()
	var out []*model.KVPair
	add := func(p watchersyncer.SyncerUpdateProcessor, err error, list ...*model.KVPair) error {
		if err != nil {
			return err
		}
		for _, kv := range list {
			more, err := p.Process(kv)
			if err != nil {
				return err
			}
			out = append(out, more...)
		}
		return nil
	}
	profiles, endpoints, policies := updateprocessors.NewProfileUpdateProcessor(),
		updateprocessors.NewWorkloadEndpointUpdateProcessor(), updateprocessors.NewNetworkPolicyUpdateProcessor()
	for i, n := range o.Namespaces {
		n.UID = uid(i)
		kv, err := c.NamespaceToProfile(n)
		if err := add(profiles, err, kv); err != nil {
			return nil, err
		}
	}
	for i, p := range o.Pods {
		p.UID = uid(i)
		p.Spec.NodeName = host
		kvs, err := c.PodToWorkloadEndpoints(p)
		if err := add(endpoints, err, kvs...); err != nil {
			return nil, err
		}
	}
	for i, p := range o.Policies {
		p.UID = uid(i)
		kv, err := c.K8sNetworkPolicyToCalico(p)
		if err := add(policies, err, kv); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// uid makes up what every object of a cluster has and the conversion expects.
func uid(i int) types.UID {
	return types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
}
