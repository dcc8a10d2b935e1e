package felix_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
)

const caseData = "../../pkg/netpol/testdata/cyclonus.txtar"

// casePorts are the bits of a cell, as testdata/cyclonus.txtar has them.
var casePorts = []struct {
	felix.Protocol
	port uint16
}{{felix.TCP, 80}, {felix.TCP, 81}, {felix.UDP, 80}, {felix.UDP, 81}, {felix.SCTP, 80}, {felix.SCTP, 81}}

// archive returns the files of the given cases.
func archive(t testing.TB) (files map[string][]byte, cases []string) {
	t.Helper()
	a, err := txtar.ParseFile(caseData)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for _, f := range a.Files {
		files[f.Name] = f.Data
		if number, ok := strings.CutSuffix(f.Name, "/policies.json"); ok {
			cases = append(cases, number)
		}
	}
	return files, cases
}

// caseTable asks for the table of a case.
func (r *reality) caseTable(t testing.TB, docs []document) (string, error) {
	t.Helper()
	if err := r.become(t.Context(), docs); err != nil {
		return "", err
	}
	pods := podsOf(docs)
	var flows []felix.Flow
	for _, from := range pods {
		for _, to := range pods {
			if from == to {
				continue
			}
			for _, p := range casePorts {
				flows = append(flows, felix.Flow{From: from, To: to, Protocol: p.Protocol, Port: p.port})
			}
		}
	}
	allowed, err := r.allowed(t.Context(), flows)
	if err != nil {
		return "", err
	}
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
			for bit := range casePorts {
				if allowed[bit] {
					cell |= 1 << bit
				}
			}
			allowed = allowed[len(casePorts):]
			fmt.Fprintf(&b, "%02x", cell)
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// TestCases: every cell of every given case is what really happens.
func TestCases(t *testing.T) {
	t.Parallel()
	files, cases := archive(t)
	if len(cases) != 124 {
		t.Errorf("%d cases in the archive, want 124", len(cases))
	}
	base := parse(t, files["base.json"])
	r := nodes.borrow(t)
	for _, number := range cases {
		t.Run(number, func(t *testing.T) {
			got, err := r.caseTable(t, append(base[:len(base):len(base)], parse(t, files[number+"/policies.json"])...))
			if err != nil {
				t.Fatalf("%v\n%s", err, r.Logs())
			}
			if diff := cmp.Diff(string(files[number+"/allowed"]), got); diff != "" {
				t.Errorf("Felix differs from the table (-table +Felix):\n%s\n%s", diff, files[number+"/policies.json"])
			}
		})
	}
}
