package netpol_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// TestKubernetesEndToEndTables holds the engine against what Kubernetes' own
// tests expect of a network plugin.
func TestKubernetesEndToEndTables(t *testing.T) {
	t.Parallel()
	files, order := archive(t, "testdata/kubernetes-e2e.txtar")
	tests := make(map[string]bool)
	for _, name := range order {
		number, ok := strings.CutSuffix(name, "/expected")
		if !ok {
			continue
		}
		test, _, _ := strings.Cut(number, ".")
		tests[test] = true
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			head := strings.SplitN(string(files[name]), "\n", 3)
			var proto string
			var number16 uint16
			if _, err := fmt.Sscanf(head[1], "%s %d", &proto, &number16); err != nil {
				t.Fatal(err)
			}
			port, protocol := parsePort(t, fmt.Sprintf("%d/%s", number16, proto))
			o := objects(t, string(files[number+"/objects.json"]))
			e := engine(t, o, netpol.Options{CNI: netpol.Generic})
			var got strings.Builder
			for i := range o.Pods {
				cells := make([]string, len(o.Pods))
				for j := range o.Pods {
					switch {
					case i == j:
						cells[j] = "-"
					case e.Explain(e.PodAt(i), e.PodAt(j), protocol, port).Allowed:
						cells[j] = "1"
					default:
						cells[j] = "0"
					}
				}
				got.WriteString(strings.Join(cells, " ") + "\n")
			}
			if diff := cmp.Diff(head[2], got.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", head[0], diff, files[number+"/objects.json"])
			}
		})
	}
	if len(tests) != 48 {
		t.Errorf("%d tests in the archive, want 48", len(tests))
	}
}
