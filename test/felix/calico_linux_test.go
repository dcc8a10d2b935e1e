package felix_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
)

const calicoData = "../../pkg/netpol/testdata/calico"

// later tells of cases with kinds that this line of Calico does not have yet:
// tiers came with 3.29, staged policies with 3.30.
func later(name string) bool {
	return strings.HasPrefix(name, "tier-") || strings.HasPrefix(name, "staged-")
}

// calicoCells are the ports of the tables in testdata/calico.
var calicoCells = []struct {
	felix.Protocol
	port uint16
	name string
}{{felix.TCP, 80, "TCP,80"}, {felix.TCP, 81, "TCP,81"}, {felix.UDP, 80, "UDP,80"}, {felix.SCTP, 80, "SCTP,80"}}

// calicoCase is one folder of testdata/calico.
type calicoCase struct {
	docs  []document
	ends  []felix.End // pods, then addresses outside
	pods  int
	table []string
}

func readCalico(t testing.TB, dir string) (c calicoCase) {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	objects := "objects.yaml"
	if _, err := os.Stat(filepath.Join(dir, objects)); err != nil {
		objects = "../base.yaml"
	}
	policy := read("policy.yaml")
	c.docs = append(manifests(t, read(objects)), manifests(t, policy)...)
	c.ends = podsOf(c.docs)
	c.pods = len(c.ends)
	for line := range strings.Lines(string(policy)) {
		if list, ok := strings.CutPrefix(line, "# Addresses outside that are asked about: "); ok {
			for ip := range strings.SplitSeq(strings.TrimSpace(list), ", ") {
				c.ends = append(c.ends, felix.End{IP: netip.MustParseAddr(ip)})
			}
		}
	}
	c.table = strings.Split(strings.TrimSpace(string(read("allowed.csv"))), "\n")[1:]
	return c
}

// flows are the cells of the table, and how its rows begin.
func (c calicoCase) flows() (flows []felix.Flow, rows []string) {
	for i, from := range c.ends {
		for j, to := range c.ends {
			if i == j || i >= c.pods && j >= c.pods {
				continue
			}
			for _, cell := range calicoCells {
				flows = append(flows, felix.Flow{From: from, To: to, Protocol: cell.Protocol, Port: cell.port})
				rows = append(rows, from.String()+","+to.String()+","+cell.name)
			}
		}
	}
	return flows, rows
}

// TestCalico: every cell of every table for Calico's own policies, which the engine
// is held against, too, is what really happens.
func TestCalico(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob(calicoData + "/*/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := nodes.borrow(t)
	ran := 0
	for _, file := range found {
		dir := filepath.Dir(file)
		if later(filepath.Base(dir)) {
			continue
		}
		ran++
		t.Run(filepath.Base(dir), func(t *testing.T) {
			c := readCalico(t, dir)
			if err := r.become(t.Context(), c.docs); err != nil {
				t.Fatal(err)
			}
			flows, rows := c.flows()
			allowed, err := r.allowed(t.Context(), flows)
			if err != nil {
				t.Fatalf("%v\n%s", err, r.Logs())
			}
			got := []string{}
			for i, row := range rows {
				if allowed[i] {
					got = append(got, row)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.table, got); diff != "" {
				t.Errorf("Felix differs from the table (-table +Felix):\n%s", diff)
			}
		})
	}
	if ran < 100 {
		t.Errorf("%d cases ran", ran)
	}
}
