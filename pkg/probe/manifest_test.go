package probe_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

var update = flag.Bool("update", false, "write the golden files")

// What goes into the cluster, word for word.
func TestManifests(t *testing.T) {
	t.Parallel()
	udp := plan(probe.Options{Listen: true})
	udp.Flows[0].Protocol, udp.Flows[0].Port = ports.UDP, 53
	sctp := plan(probe.Options{Listen: true})
	sctp.Flows[0].Protocol = ports.SCTP
	meshed := plan(probe.Options{})
	meshed.Flows[0].Source.Meta.Labels["sidecar.istio.io/inject"] = "true"
	meshed.Flows[0].Source.Spec.HostNetwork = true
	for name, objects := range map[string][]*probe.Object{
		"listen-udp": udp.Manifests(), "listen-sctp": sctp.Manifests(), "real": meshed.Manifests(), "canary": canary("a", "b").Manifests(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, "testdata/"+name+".yaml", objects)
		})
	}
}

func golden(t *testing.T, file string, objects []*probe.Object) {
	t.Helper()
	var got bytes.Buffer
	for _, o := range objects {
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if data, err = yaml.JSONToYAML(data); err != nil {
			t.Fatal(err)
		}
		got.WriteString("---\n")
		got.Write(data)
	}
	if *update && got.Len() > 0 {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A policy that names a port means the destination's: the server has its names,
// once each, from sidecars too.
func TestServersHaveTheNamedPorts(t *testing.T) {
	t.Parallel()
	p := plan(probe.Options{Listen: true})
	spec := &p.Flows[0].Destination.Spec
	spec.Containers = append(spec.Containers, kube.Container{Ports: []kube.ContainerPort{{Name: "sql", ContainerPort: 1}, {Name: "dns", ContainerPort: 53, Protocol: "UDP"}}})
	spec.InitContainers = []kube.Container{
		{Ports: []kube.ContainerPort{{Name: "gone", ContainerPort: 2}}},
		{RestartPolicy: "Always", Ports: []kube.ContainerPort{{Name: "side", ContainerPort: 3}}},
	}
	objects := p.Manifests()
	first := slices.IndexFunc(objects, func(o *probe.Object) bool { return o.Kind == "Pod" })
	server := objects[first].Spec.(*probe.PodSpec)
	want := []kube.ContainerPort{{Name: "sql", ContainerPort: 5432}, {Name: "dns", ContainerPort: 53, Protocol: "UDP"}, {Name: "side", ContainerPort: 3}}
	if diff := cmp.Diff(want, server.Containers[0].Ports); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeProbedIsRefused(t *testing.T) {
	t.Parallel()
	pending := plan(probe.Options{})
	pending.Flows[0].Source.Spec.NodeName = ""
	host := plan(probe.Options{Listen: true})
	host.Flows[0].Destination.Spec.HostNetwork = true
	waiting := plan(probe.Options{Listen: true})
	waiting.Flows[0].Destination.Spec.NodeName = ""
	for name, p := range map[string]*probe.Plan{"source without a node": pending, "host network": host, "destination without a node": waiting} {
		w := newWorld(t)
		if _, err := w.prober().Run(t.Context(), p); err == nil || len(w.seen) > 0 {
			t.Errorf("%s: %v, changed %q", name, err, w.seen)
		}
	}
	if id := probe.NewID(); len(id) != 8 || id == probe.NewID() {
		t.Errorf("id %q", id)
	}
}
