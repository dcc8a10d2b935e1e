package felix_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
)

// documents writes a cluster down as the API takes it.
func documents(t testing.TB, o *kube.Objects) []document {
	t.Helper()
	var b bytes.Buffer
	if err := netpolgen.Write(&b, "json", o); err != nil {
		t.Fatal(err)
	}
	var out []document
	for _, list := range parse(t, b.Bytes()) {
		items, _ := list["items"].([]any)
		for _, item := range items {
			m, _ := item.(map[string]any)
			out = append(out, document(m))
		}
	}
	for _, d := range out {
		if d.text("kind") == "EndpointSlice" {
			d["addressType"] = "IPv4"
			if d["endpoints"] == nil {
				d["endpoints"] = []any{}
			}
			list, _ := d["ports"].([]any)
			for i, port := range list {
				port.(map[string]any)["name"] = fmt.Sprintf("p%d", i)
			}
		}
	}
	return out
}

// engine reads documents as the program reads files.
func engine(t testing.TB, docs []document) (*netpol.Engine, error) {
	t.Helper()
	var b bytes.Buffer
	for _, d := range docs {
		fmt.Fprintf(&b, "---\n%s\n", d.json())
	}
	fmt.Fprintf(&b, "---\n%s\n", nodeDocument)
	in, err := load.Files(t.Context(), []string{"-"}, load.Options{Stdin: &b})
	if err != nil {
		return nil, err
	}
	if len(in.Refused) > 0 {
		return nil, load.Refusals(in.Refused)
	}
	e, err := netpol.New(&in.Objects, netpol.Options{CNI: netpol.Calico})
	if err != nil {
		return nil, err
	}
	if gaps := e.Gaps(); len(gaps) > 0 {
		return nil, fmt.Errorf("incomplete: %v", gaps)
	}
	return e, nil
}

// nodeDocument is the one node there is.
var nodeDocument = fmt.Sprintf(`{"apiVersion": "v1", "kind": "Node", "metadata": {"name": %q},
	"status": {"addresses": [{"type": "InternalIP", "address": %q}, {"type": "InternalIP", "address": %q}]}}`,
	felix.DefaultName, felix.NodeIP(false), felix.NodeIP(true))

// The addresses that are asked about besides the pods, and the ports.
var (
	others = []netip.Addr{felix.NodeIP(false), felix.NodeIP(true), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("203.0.113.200"),
		netip.MustParseAddr("10.0.1.200"), netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("172.16.0.2"), netip.MustParseAddr("8.8.8.8"),
		netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fd00::99"), netip.MustParseAddr("fd01::7")}
	portNumbers = []uint16{53, 80, 81, 443, 8080, 8099, 65535}
)

// question is a cell: a flow in every family that both ends have.
type question struct {
	flow     felix.Flow // without a family
	families []felix.Flow
}

// compare makes the cluster be as the documents say and asks for a cell of every
// port of some, of every pair. It says how many cells there were and where engine
// and reality differ.
func (r *reality) compare(t testing.TB, docs []document, rnd *rand.Rand) (int, string, error) {
	t.Helper()
	e, err := engine(t, docs)
	if err != nil {
		return 0, "", err
	}
	if err := r.become(t.Context(), docs); err != nil {
		return 0, "", err
	}
	questions := r.questions(docs, rnd)
	var flows []felix.Flow
	for _, q := range questions {
		flows = append(flows, q.families...)
	}
	allowed, err := r.allowed(t.Context(), flows)
	if err != nil {
		return 0, "", err
	}
	var differences []string
	for _, q := range questions {
		real := slices.Contains(allowed[:len(q.families)], true)
		allowed = allowed[len(q.families):]
		proto, _ := ports.ParseProtocol(q.flow.Protocol.String())
		if got := e.Explain(place(e, q.flow.From), place(e, q.flow.To), proto, q.flow.Port).Allowed; got != real {
			differences = append(differences, fmt.Sprintf("%s: engine %t, Felix %t", q.flow, got, real))
		}
	}
	return len(questions), strings.Join(differences[:min(len(differences), 12)], "\n"), nil
}

func place(e *netpol.Engine, x felix.End) netpol.Endpoint {
	if x.Name == "" {
		return e.Address(x.IP)
	}
	out, _ := e.Pod(x.Namespace, x.Name)
	return out
}

// choose returns k of the first n numbers; all without r.
func choose(r *rand.Rand, n, k int) []int {
	if r == nil {
		r, k = rand.New(rand.NewPCG(0, 0)), n
	}
	return r.Perm(n)[:k]
}

// questions are the cells: every pair of pods, and every pod with some addresses
// outside, with some ports each; without rnd, with all of them.
func (r *reality) questions(docs []document, rnd *rand.Rand) (out []question) {
	ends := podsOf(docs)
	pods := len(ends)
	for _, i := range choose(rnd, len(others), 4) {
		ends = append(ends, felix.End{IP: others[i]})
	}
	for i, from := range ends {
		for j, to := range ends {
			if i == j || i >= pods && j >= pods {
				continue
			}
			for _, proto := range []felix.Protocol{felix.TCP, felix.UDP, felix.SCTP} {
				for _, k := range choose(rnd, len(portNumbers), 2) {
					q := question{flow: felix.Flow{From: from, To: to, Protocol: proto, Port: portNumbers[k]}}
					if q.families = r.Families(q.flow); len(q.families) > 0 {
						out = append(out, q)
					}
				}
			}
		}
	}
	return out
}
