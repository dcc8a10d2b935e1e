package netpoldiff

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	authz "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/projectcalico/calico/app-policy/policystore"
	"github.com/projectcalico/calico/app-policy/proto"
)

// world is what Felix would program: policies, sets of addresses, endpoints.
type world struct {
	sets      map[string]policystore.IPSet
	policies  map[proto.PolicyID]*proto.Policy
	profiles  map[proto.ProfileID]*proto.Profile
	endpoints map[string]*proto.WorkloadEndpoint // by "namespace/pod"
	checkers  map[side]*check
}

// check is the checker for one side, and what it reads.
type check struct {
	store *policystore.PolicyStore
	ask   func(context.Context, *authz.CheckRequest) (*authz.CheckResponse, error)
}

// agent is a running felixworld.
type agent struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Reader
}

// startAgent starts felixworld; it ends with the test.
func startAgent(t testing.TB) *agent {
	t.Helper()
	cmd := exec.Command(helper(t, "felixworld"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("felixworld: %v", err)
		}
	})
	return &agent{in: in, out: bufio.NewReader(out)}
}

// world asks what Felix would program.
func (a *agent) world(t testing.TB, o *objects) *world {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := json.NewEncoder(a.in).Encode(map[string]any{"Namespaces": o.namespaces, "Pods": o.pods, "Policies": o.network}); err != nil {
		t.Fatal(err)
	}
	w := &world{sets: map[string]policystore.IPSet{}, policies: map[proto.PolicyID]*proto.Policy{},
		profiles: map[proto.ProfileID]*proto.Profile{}, endpoints: map[string]*proto.WorkloadEndpoint{}, checkers: map[side]*check{}}
	for {
		var size uint32
		if err := binary.Read(a.out, binary.BigEndian, &size); err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			return w
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(a.out, data); err != nil {
			t.Fatal(err)
		}
		var message proto.ToDataplane
		if err := message.Unmarshal(data); err != nil {
			t.Fatal(err)
		}
		w.receive(&message)
	}
}

func (w *world) receive(message *proto.ToDataplane) {
	switch m := message.Payload.(type) {
	case *proto.ToDataplane_IpsetUpdate:
		set := policystore.NewIPSet(m.IpsetUpdate.Type)
		for _, one := range m.IpsetUpdate.Members {
			set.AddString(one)
		}
		w.sets[m.IpsetUpdate.Id] = set
	case *proto.ToDataplane_IpsetDeltaUpdate:
		for _, one := range m.IpsetDeltaUpdate.AddedMembers {
			w.sets[m.IpsetDeltaUpdate.Id].AddString(one)
		}
	case *proto.ToDataplane_ActivePolicyUpdate:
		w.policies[*m.ActivePolicyUpdate.Id] = m.ActivePolicyUpdate.Policy
	case *proto.ToDataplane_ActiveProfileUpdate:
		w.profiles[*m.ActiveProfileUpdate.Id] = m.ActiveProfileUpdate.Profile
	case *proto.ToDataplane_WorkloadEndpointUpdate:
		w.endpoints[m.WorkloadEndpointUpdate.Id.WorkloadId] = m.WorkloadEndpointUpdate.Endpoint
	}
}
