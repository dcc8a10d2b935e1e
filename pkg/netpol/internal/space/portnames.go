package space

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// namedPort is one port of a pod that policies may ask for by name.
type namedPort struct {
	id    int32 // see program.Program.NameIDs
	proto ports.Protocol
	port  uint16
}

// readPortNames returns the distinct port names of the pods, of which the first
// is none, and by pod which of them it has.
func readPortNames(prog *program.Program, inv *inventory.Inventory) ([]program.PortNames, []int32) {
	names, of := []program.PortNames{nil}, make([]int32, len(inv.Pods))
	seen := map[string]int32{"": 0}
	var list []namedPort
	var key []byte
	for i := range inv.Pods {
		if inv.Pods[i].Network != inventory.OnPodNetwork {
			continue
		}
		list = appendNamedPorts(prog, &inv.Objects.Pods[i], list[:0])
		key = key[:0]
		for _, n := range list {
			key = binary.LittleEndian.AppendUint32(key, uint32(n.id))
			key = append(key, byte(n.proto), byte(n.port>>8), byte(n.port))
		}
		id, ok := seen[string(key)]
		if !ok {
			id = int32(len(names))
			seen[string(key)] = id
			names = append(names, gatherNames(list))
		}
		of[i] = id
	}
	return names, of
}

// appendNamedPorts appends the ports of a pod whose names policies ask for,
// sorted.
func appendNamedPorts(prog *program.Program, from *kube.Pod, out []namedPort) []namedPort {
	if len(prog.NameIDs) == 0 {
		return out
	}
	inventory.DeclaredPorts(from, func(port kube.ContainerPort) {
		if port.Name == "" {
			return
		}
		proto, _ := ports.ParseProtocol(port.Protocol)
		for _, n := range []rules.NamedPort{{Name: port.Name, Protocol: proto}, {Name: port.Name, Any: true}} {
			if id, ok := prog.NameIDs[n]; ok {
				out = append(out, namedPort{id, proto, uint16(port.ContainerPort)})
			}
		}
	})
	slices.SortFunc(out, func(a, b namedPort) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.proto, b.proto), cmp.Compare(a.port, b.port))
	})
	return out
}

// gatherNames makes a map of a sorted list.
func gatherNames(list []namedPort) program.PortNames {
	out := make(program.PortNames, len(list))
	for _, n := range list {
		out[n.id] = out[n.id].Union(ports.Range(n.proto, n.port, n.port))
	}
	return out
}
