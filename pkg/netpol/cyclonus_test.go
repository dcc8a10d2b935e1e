package netpol_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// The ports of the tables' cells, bit by bit.
var tablePorts = []struct {
	proto ports.Protocol
	port  uint16
}{{ports.TCP, 80}, {ports.TCP, 81}, {ports.UDP, 80}, {ports.UDP, 81}, {ports.SCTP, 80}, {ports.SCTP, 81}}

// archive reads a file of testdata as a map.
func archive(t testing.TB, name string) (map[string][]byte, []string) {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte, len(a.Files))
	var order []string
	for _, f := range a.Files {
		files[f.Name] = f.Data
		order = append(order, f.Name)
	}
	return files, order
}

// tableBy renders the truth table of all pods, a cell for each pair as answer
// says.
func tableBy(pods []kube.Pod, answer func(src, dst int, proto ports.Protocol, port uint16) bool) string {
	var b strings.Builder
	for i := range pods {
		for j := range pods {
			if j > 0 {
				b.WriteByte(' ')
			}
			if i == j {
				b.WriteString("--")
				continue
			}
			cell := 0
			for bit, p := range tablePorts {
				if answer(i, j, p.proto, p.port) {
					cell |= 1 << bit
				}
			}
			fmt.Fprintf(&b, "%02x", cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// flowTable is the table that Flows gives.
func flowTable(e *netpol.Engine, pods []kube.Pod) string {
	byPair := make(map[[2]int]ports.Set)
	for f := range e.Flows(netpol.FlowOptions{By: netpol.ByPod}) {
		byPair[[2]int{f.Source.Pods[0], f.Destination.Pods[0]}] = f.Ports
	}
	return tableBy(pods, func(i, j int, proto ports.Protocol, port uint16) bool {
		return byPair[[2]int{i, j}].Contains(proto, port)
	})
}

// explainTable is the table that Explain gives, one flow at a time.
func explainTable(e *netpol.Engine, pods []kube.Pod) string {
	return tableBy(pods, func(i, j int, proto ports.Protocol, port uint16) bool {
		return e.Explain(e.PodAt(i), e.PodAt(j), proto, port).Allowed
	})
}

// connectionTable is the table that Connections give.
func connectionTable(e *netpol.Engine, pods []kube.Pod) string {
	return tableBy(pods, func(i, j int, proto ports.Protocol, port uint16) bool {
		return e.Connections(e.PodAt(i), e.PodAt(j)).Contains(proto, port)
	})
}

// TestCyclonusCases holds every cell of every generated case against all three
// ways of asking.
func TestCyclonusCases(t *testing.T) {
	t.Parallel()
	files, order := archive(t, "testdata/cyclonus.txtar")
	cases := 0
	for _, name := range order {
		number, ok := strings.CutSuffix(name, "/policies.json")
		if !ok {
			continue
		}
		cases++
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			o := objects(t, string(files["base.json"]), string(files[name]))
			e := engine(t, o, netpol.Options{CNI: netpol.Calico})
			want := string(files[number+"/allowed"])
			for how, got := range map[string]string{
				"Flows":       flowTable(e, o.Pods),
				"Explain":     explainTable(e, o.Pods),
				"Connections": connectionTable(e, o.Pods),
			} {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s differs from the facts (-want +got):\n%s\n%s", how, diff, files[name])
				}
			}
		})
	}
	if cases != 124 {
		t.Errorf("%d cases in the archive, want 124", cases)
	}
}
