package netpol_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// world is a small cluster that a test asks questions of.
type world struct {
	t *testing.T
	o *kube.Objects
	e *netpol.Engine
}

// documents decodes YAML documents.
func documents(t testing.TB, docs string) *kube.Objects {
	t.Helper()
	o := &kube.Objects{}
	for doc := range strings.SplitSeq(docs, "\n---\n") {
		raw, err := yaml.YAMLToJSONStrict([]byte(doc))
		if err != nil {
			t.Fatalf("test data: %v\n%s", err, doc)
		}
		if string(raw) == "null" {
			continue
		}
		if err := addObjects(o, raw); err != nil {
			t.Fatalf("test data: %v\n%s", err, doc)
		}
	}
	return o
}

func newWorld(t *testing.T, cni netpol.CNI, docs ...string) *world {
	t.Helper()
	o := documents(t, strings.Join(docs, "\n---\n"))
	return &world{t: t, o: o, e: engine(t, o, netpol.Options{CNI: cni})}
}

// end finds "namespace/pod" or an address.
func (w *world) end(name string) netpol.Endpoint {
	w.t.Helper()
	if ip, err := netip.ParseAddr(name); err == nil {
		return w.e.Address(ip)
	}
	ns, pod, _ := strings.Cut(name, "/")
	end, ok := w.e.Pod(ns, pod)
	if !ok {
		w.t.Fatalf("test data: no pod %q", name)
	}
	return end
}

// wants checks flows, each "SRC DST PORT[/PROTOCOL] yes|no", against Explain,
// Connections and the map.
func (w *world) wants(flows ...string) {
	w.t.Helper()
	for _, f := range flows {
		field := strings.Fields(f)
		port, proto := parsePort(w.t, field[2])
		from, to := w.end(field[0]), w.end(field[1])
		want := field[3] == "yes"
		if got := w.e.Explain(from, to, proto, port); got.Allowed != want {
			w.t.Errorf("%s: Explain says %t\n%+v", f, got.Allowed, got)
		}
		if got := w.e.Connections(from, to); got.Contains(proto, port) != want {
			w.t.Errorf("%s: Connections are %s", f, got)
		}
	}
}

func parsePort(t testing.TB, s string) (uint16, ports.Protocol) {
	t.Helper()
	number, name, ok := strings.Cut(s, "/")
	if !ok {
		name = "TCP"
	}
	proto, ok := ports.ParseProtocol(name)
	n := 0
	for _, c := range number {
		n = n*10 + int(c-'0')
	}
	if !ok || n < 1 || n > 65535 {
		t.Fatalf("test data: port %q", s)
	}
	return uint16(n), proto
}

// rows returns the map as lines "source → destination: ports".
func rows(e *netpol.Engine, o netpol.FlowOptions) []string {
	var out []string
	for f := range e.Flows(o) {
		out = append(out, f.Source.String()+" → "+f.Destination.String()+": "+f.Ports.String())
	}
	return out
}

// hasRow reports whether the map has a line.
func (w *world) hasRow(o netpol.FlowOptions, row string, want bool) {
	w.t.Helper()
	if all := rows(w.e, o); slices.Contains(all, row) != want {
		w.t.Errorf("row %q there: %t, want %t; the map is\n%s", row, !want, want, strings.Join(all, "\n"))
	}
}
