package netpoldiff

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/netpoldiff/felixinput"
)

// ruleReader is a running felixrules.
type ruleReader struct {
	in  io.Writer
	out *bufio.Reader
}

// startRuleReader starts felixrules; it ends with the test.
func startRuleReader(t testing.TB) *ruleReader {
	t.Helper()
	cmd := exec.Command(helper(t, "felixrules"))
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
			t.Errorf("felixrules: %v", err)
		}
	})
	return &ruleReader{in: in, out: bufio.NewReader(out)}
}

func (r *ruleReader) ask(t testing.TB, line any) string {
	t.Helper()
	if err := json.NewEncoder(r.in).Encode(line); err != nil {
		t.Fatal(err)
	}
	answer, err := r.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(answer)
}

// rules evaluates what Felix would program for Calico's own policies too.
func (r *ruleReader) rules(t testing.TB, o *objects) evaluator {
	t.Helper()
	if !o.settled() {
		return nil
	}
	if answer := r.ask(t, map[string]any{"Objects": o.graph(t)}); answer != "true" {
		return nil // shrunk to what no API server would hold
	}
	return func(p packet) bool {
		name := func(e end) string {
			if e.pod == nil {
				return ""
			}
			return e.String()
		}
		return r.ask(t, map[string]any{"Question": map[string]any{"From": name(p.from), "To": name(p.to),
			"FromIP": p.fromIP.String(), "ToIP": p.toIP.String(), "Protocol": string(p.proto), "Port": p.port}}) == "true"
	}
}

// settled reports whether every pod's namespace and service account are there:
// without them Calico has no profile for it.
func (o *objects) settled() bool {
	there := map[string]bool{}
	for _, n := range o.namespaces {
		there[n.Name] = true
	}
	for i := range o.own.ServiceAccounts {
		m := &o.own.ServiceAccounts[i].Meta
		there[m.Namespace+"/"+m.Name] = true
	}
	for _, p := range o.pods {
		if !there[p.Namespace] || !there[p.Namespace+"/"+p.Spec.ServiceAccountName] {
			return false
		}
	}
	return true
}

// graph returns the objects in the types of the APIs, with the defaults that
// Calico's API server sets.
func (o *objects) graph(t testing.TB) *felixinput.Objects {
	t.Helper()
	out := &felixinput.Objects{Namespaces: o.namespaces, Pods: o.pods, Policies: o.network,
		ServiceAccounts: recode[kube.ServiceAccount, corev1.ServiceAccount](t, o.own.ServiceAccounts),
		EndpointSlices:  recode[kube.EndpointSlice, discoveryv1.EndpointSlice](t, o.own.EndpointSlices)}
	for i := range o.own.CalicoPolicies {
		p := &o.own.CalicoPolicies[i]
		if p.Meta.Namespace != "" {
			one := recode[kube.CalicoPolicy, apiv3.NetworkPolicy](t, o.own.CalicoPolicies[i:i+1])[0]
			one.Spec.Types = defaultTypes(one.Spec.Types, one.Spec.Ingress, one.Spec.Egress)
			out.CalicoPolicies = append(out.CalicoPolicies, one)
			continue
		}
		one := recode[kube.CalicoPolicy, apiv3.GlobalNetworkPolicy](t, o.own.CalicoPolicies[i:i+1])[0]
		one.Spec.Types = defaultTypes(one.Spec.Types, one.Spec.Ingress, one.Spec.Egress)
		out.GlobalPolicies = append(out.GlobalPolicies, one)
	}
	for i := range o.own.NetworkSets {
		if o.own.NetworkSets[i].Meta.Namespace != "" {
			out.Sets = append(out.Sets, recode[kube.NetworkSet, apiv3.NetworkSet](t, o.own.NetworkSets[i:i+1])...)
		} else {
			out.GlobalSets = append(out.GlobalSets, recode[kube.NetworkSet, apiv3.GlobalNetworkSet](t, o.own.NetworkSets[i:i+1])...)
		}
	}
	return out
}

func defaultTypes(types []apiv3.PolicyType, ingress, egress []apiv3.Rule) []apiv3.PolicyType {
	switch {
	case len(types) > 0:
		return types
	case len(egress) == 0:
		return []apiv3.PolicyType{apiv3.PolicyTypeIngress}
	case len(ingress) == 0:
		return []apiv3.PolicyType{apiv3.PolicyTypeEgress}
	}
	return []apiv3.PolicyType{apiv3.PolicyTypeIngress, apiv3.PolicyTypeEgress}
}

// TestCalicoPolicies: the same answers as the rules that Felix makes of Calico's
// own policies and of Kubernetes' together.
func TestCalicoPolicies(t *testing.T) {
	t.Parallel()
	compare(t, netpolgen.Kinds{Calico: true, IPv6: true, NoSidecars: true, AllKnown: true}, startRuleReader(t).rules)
}
