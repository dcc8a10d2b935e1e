package netpol_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// calicoCells are the ports of the tables in testdata/calico.
var calicoCells = []string{"TCP,80", "TCP,81", "UDP,80", "SCTP,80"}

// calicoCase is one folder of testdata/calico.
type calicoCase struct {
	in      *load.Input
	want    []string // rows of allowed.csv
	outside []string // addresses that are asked about besides the pods
}

func readCalicoCase(t *testing.T, dir string) calicoCase {
	t.Helper()
	objects := filepath.Join(dir, "objects.yaml")
	if _, err := os.Stat(objects); err != nil {
		objects = filepath.Join(filepath.Dir(dir), "base.yaml")
	}
	policy := filepath.Join(dir, "policy.yaml")
	in, err := load.Files(t.Context(), []string{objects, policy}, load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Refused) > 0 {
		t.Fatalf("refused: %v", in.Refused)
	}
	table, err := os.ReadFile(filepath.Join(dir, "allowed.csv"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(policy)
	if err != nil {
		t.Fatal(err)
	}
	c := calicoCase{in: in, want: strings.Split(strings.TrimSpace(string(table)), "\n")[1:]}
	for line := range strings.SplitSeq(string(text), "\n") {
		if list, ok := strings.CutPrefix(line, "# Addresses outside that are asked about: "); ok {
			c.outside = strings.Split(list, ", ")
		}
	}
	return c
}

// allowed returns what the engine allows, as rows of the table.
func (c calicoCase) allowed(e *netpol.Engine, ask func(from, to netpol.Endpoint, cell string) bool) []string {
	ends := make([]netpol.Endpoint, 0, len(c.in.Objects.Pods)+len(c.outside))
	for i := range c.in.Objects.Pods {
		ends = append(ends, e.PodAt(i))
	}
	for _, ip := range c.outside {
		ends = append(ends, e.Address(netip.MustParseAddr(ip)))
	}
	out := []string{}
	for i, from := range ends {
		for j, to := range ends {
			if i == j || i >= len(c.in.Objects.Pods) && j >= len(c.in.Objects.Pods) {
				continue
			}
			for _, cell := range calicoCells {
				if ask(from, to, cell) {
					out = append(out, from.String()+","+to.String()+","+cell)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestCalicoTables holds every cell of every table against all three ways of
// asking. The tables were worked out by hand, see testdata/calico/README.md.
func TestCalicoTables(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/calico/*/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) < 100 {
		t.Errorf("%d cases", len(dirs))
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			c := readCalicoCase(t, dir)
			e := engine(t, &c.in.Objects, netpol.Options{CNI: netpol.Calico})
			if gaps := e.Gaps(); len(gaps) > 0 {
				t.Errorf("incomplete: %v", gaps)
			}
			split := func(cell string) (uint16, string) {
				proto, port, _ := strings.Cut(cell, ",")
				n, _ := parsePort(t, port+"/"+proto)
				return n, proto
			}
			flows := flowsByPod(e)
			for how, ask := range map[string]func(from, to netpol.Endpoint, cell string) bool{
				"Explain": func(from, to netpol.Endpoint, cell string) bool {
					port, name := split(cell)
					_, proto := parsePort(t, "1/"+name)
					return e.Explain(from, to, proto, port).Allowed
				},
				"Connections": func(from, to netpol.Endpoint, cell string) bool {
					port, name := split(cell)
					_, proto := parsePort(t, "1/"+name)
					return e.Connections(from, to).Contains(proto, port)
				},
				"Flows": func(from, to netpol.Endpoint, cell string) bool {
					port, name := split(cell)
					_, proto := parsePort(t, "1/"+name)
					return mapped(flows, c.asked(from), c.asked(to)).Contains(proto, port)
				},
			} {
				if diff := cmp.Diff(c.want, c.allowed(e, ask)); diff != "" {
					t.Errorf("%s differs from the table (-want +got):\n%s", how, diff)
				}
			}
		})
	}
}

func (c calicoCase) asked(x netpol.Endpoint) asked {
	if i, ok := x.Pod(); ok {
		return asked{party{pod: &c.in.Objects.Pods[i]}, x}
	}
	return asked{party{ip: x.Addr()}, x}
}
