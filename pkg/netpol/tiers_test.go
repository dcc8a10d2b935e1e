package netpol_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

func admin(name, spec string) string {
	return "{kind: AdminNetworkPolicy, metadata: {name: " + name + "}, spec: " + spec + "}"
}

func cluster(name, spec string) string {
	return "{kind: ClusterNetworkPolicy, metadata: {name: " + name + "}, spec: " + spec + "}"
}

func baseline(spec string) string {
	return "{kind: BaselineAdminNetworkPolicy, metadata: {name: default}, spec: " + spec + "}"
}

const (
	subjectAll = "subject: {namespaces: {}}"
	fromAll    = "from: [{namespaces: {}}]"
	toAll      = "to: [{namespaces: {}}]"
	allowAll   = "{podSelector: {}, ingress: [{}], egress: [{}]}"
)

// TestTierOrder: Admin by priority, then NetworkPolicy, then Baseline; what no
// tier decides is allowed.
func TestTierOrder(t *testing.T) {
	t.Parallel()
	deny81 := subjectAll + ", ingress: [{action: Deny, " + fromAll + ", ports: [{portNumber: {port: 81}}]}]}"
	for name, tt := range map[string]struct {
		docs []string
		want string // of z/d → x/a 81; port 82 shows that the rest is unharmed
		rest string
	}{
		"nothing":                    {nil, "yes", "yes"},
		"admin denies":               {[]string{admin("p", "{priority: 1, "+deny81), policy("p", allowAll)}, "no", "yes"},
		"admin allows":               {[]string{admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Allow, "+fromAll+", ports: [{portNumber: {port: 81}}]}]}"), policy("p", denyAll)}, "yes", "no"},
		"baseline denies":            {[]string{baseline("{" + deny81)}, "no", "yes"},
		"network overrides baseline": {[]string{baseline("{" + deny81), policy("p", allowAll)}, "yes", "yes"},
		"network isolates":           {[]string{baseline("{" + subjectAll + ", ingress: [{action: Allow, " + fromAll + "}]}"), policy("p", denyAll)}, "no", "no"},
		"lower priority number wins": {[]string{admin("z", "{priority: 1, "+subjectAll+", ingress: [{action: Allow, "+fromAll+"}]}"), admin("a", "{priority: 2, "+deny81)}, "yes", "yes"},
		"earlier rule wins":          {[]string{admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Allow, "+fromAll+", ports: [{portNumber: {port: 81}}]}, {action: Deny, "+fromAll+"}]}")}, "yes", "no"},
		"pass leaves it to the network tier": {[]string{admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Pass, "+fromAll+", ports: [{portNumber: {port: 81}}]}]}"),
			admin("q", "{priority: 2, "+subjectAll+", ingress: [{action: Deny, "+fromAll+"}]}")}, "yes", "no"},
		"pass, then isolated": {[]string{admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Pass, "+fromAll+"}, {action: Allow, "+fromAll+"}]}"), policy("p", denyAll)}, "no", "no"},
		"pass, then baseline": {[]string{admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Pass, "+fromAll+"}]}"), baseline("{" + deny81)}, "no", "yes"},
		"cluster policies of both tiers": {[]string{
			cluster("p", "{tier: Admin, priority: 5, "+subjectAll+", ingress: [{action: Pass, "+fromAll+", protocols: [{tcp: {destinationPort: {range: {start: 81, end: 90}}}}]}]}"),
			cluster("q", "{tier: Admin, priority: 6, "+subjectAll+", ingress: [{action: Deny, "+fromAll+"}]}"),
			cluster("r", "{tier: Baseline, priority: 0, "+subjectAll+", ingress: [{action: Accept, "+fromAll+", protocols: [{tcp: {destinationPort: {number: 81}}}]}]}"),
			cluster("s", "{tier: Baseline, priority: 1, "+subjectAll+", ingress: [{action: Deny, "+fromAll+"}]}")}, "yes", "no"},
		"both apis share the admin tier": {[]string{admin("p", "{priority: 7, "+deny81),
			cluster("q", "{tier: Admin, priority: 6, "+subjectAll+", ingress: [{action: Accept, "+fromAll+"}]}")}, "yes", "yes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, netpol.Calico, append([]string{small}, tt.docs...)...)
			w.wants("z/d x/a 81 "+tt.want, "z/d x/a 82 "+tt.rest)
			if gaps := w.e.Gaps(); len(gaps) > 0 {
				t.Errorf("gaps %v, want none", gaps)
			}
		})
	}
}

// TestAdminPeers: namespaces, pods, nodes and networks, and named ports of any
// protocol.
func TestAdminPeers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Cilium, small, hostPod,
		admin("p", `{priority: 1, subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: a}}}}, egress: [
			{action: Deny, to: [{nodes: {}}]},
			{action: Deny, to: [{networks: [10.0.1.0/24]}]},
			{action: Deny, to: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: b}}}}], ports: [{namedPort: http}]}]}`))
	w.wants("x/a 172.16.0.1 80 no", "x/a x/h 80 no", "x/a 172.16.0.2 80 no", "x/a x/c 80 no", "z/d x/c 80 no",
		"x/a x/b 8080 no", "x/a x/b 80 yes", "x/b x/c 80 yes", "x/a 8.8.8.8 80 yes")
}

// TestEqualPriorities: which policy wins is undefined, and that is said.
func TestEqualPriorities(t *testing.T) {
	t.Parallel()
	rule := func(action string) string {
		return subjectAll + ", ingress: [{action: " + action + ", " + fromAll + "}]}"
	}
	w := newWorld(t, netpol.Calico, small, admin("p", "{priority: 3, "+rule("Allow")), admin("q", "{priority: 3, "+rule("Deny")))
	gaps := w.e.Gaps()
	if len(gaps) != 1 || !strings.Contains(gaps[0].Message, "AdminNetworkPolicy p") || gaps[0].Ref.Name != "q" {
		t.Errorf("gaps %v, want one of q about p", gaps)
	}
	if ties := w.e.Policies()[1].Ties; len(ties) != 1 || ties[0].Name != "p" {
		t.Errorf("ties of q: %v, want p", ties)
	}
	for _, docs := range [][]string{
		{admin("p", "{priority: 3, "+rule("Allow")), admin("q", "{priority: 4, "+rule("Deny"))},
		{admin("p", "{priority: 3, "+rule("Deny")), admin("q", "{priority: 3, "+rule("Deny"))},
		{policy("p", denyAll), policy("q", allowAll)},
	} {
		if gaps := newWorld(t, netpol.Calico, append(docs, small)...).e.Gaps(); len(gaps) > 0 {
			t.Errorf("gaps %v, want none for %s", gaps, docs)
		}
	}
}

// TestUnknownPeers: domain names and fields of a newer API match nothing in an
// Allow rule and deny everything in any other, and are a gap.
func TestUnknownPeers(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"{action: Allow, to: [{domainNames: [example.org]}]}, {action: Deny, to: [{networks: [0.0.0.0/0]}]}": "no",
		"{action: Allow, to: [{}]}, {action: Deny, to: [{networks: [0.0.0.0/0]}]}":                           "no",
		"{action: Deny, to: [{}]}": "no",
		"{action: Pass, to: [{}]}": "no",
	} {
		w := newWorld(t, netpol.Calico, small, admin("p", "{priority: 1, "+subjectAll+", egress: ["+rule+"]}"))
		w.wants("x/a 8.8.8.8 443 " + want)
		if gaps := w.e.Gaps(); len(gaps) != 1 || gaps[0].Ref.Name != "p" {
			t.Errorf("%s: gaps %v, want one about p", rule, gaps)
		}
	}
}

// TestExplanation: the deciding rules of both directions, by name and place.
func TestExplanation(t *testing.T) {
	t.Parallel()
	o := documents(t, strings.Join([]string{small, policy("out", "{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{ports: [{port: 1}]}, {to: [{podSelector: {}}]}]}"),
		policy("in", denyAll), admin("first", "{priority: 1, "+subjectAll+", egress: [{name: pass-on, action: Pass, "+toAll+"}]}")}, "\n---\n"))
	for i := range o.NetworkPolicies {
		o.NetworkPolicies[i].Origin.File, o.NetworkPolicies[i].Origin.Line = "policies.yaml", 10*i+1
	}
	o.NetworkPolicies[0].Spec.Egress[1].Line = 7
	w := &world{t: t, o: o, e: engine(t, o, netpol.Options{})}
	got := w.e.Explain(w.end("x/a"), w.end("x/b"), 0, 80)
	if got.Allowed || !got.Egress.Allowed || got.Egress.Reason != netpol.ByRule || got.Ingress.Reason != netpol.Isolated {
		t.Errorf("got %+v", got)
	}
	name := func(refs []netpol.RuleRef) (out []string) {
		for _, r := range refs {
			out = append(out, strings.TrimSpace(strings.Join([]string{r.Tier, r.Policy.String(), r.Origin.String(), r.Direction.String(), r.Name, r.Action}, " ")))
		}
		return out
	}
	if diff := cmp.Diff([]string{"NetworkPolicy NetworkPolicy x/out policies.yaml:7 Egress  Allow"}, name(got.Egress.Rules)); diff != "" {
		t.Errorf("deciding rules (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Admin AdminNetworkPolicy first  Egress pass-on Pass"}, name(got.Egress.Passed)); diff != "" {
		t.Errorf("passing rules (-want +got):\n%s", diff)
	}
	if len(got.Ingress.Policies) != 1 || got.Ingress.Policies[0].Policy.Name != "in" || got.Ingress.Policies[0].Origin.String() != "policies.yaml:11" {
		t.Errorf("isolating policies %+v, want in at policies.yaml:11", got.Ingress.Policies)
	}
}

// TestMalformedTiersAreRefused: as the API's schema does.
func TestMalformedTiersAreRefused(t *testing.T) {
	t.Parallel()
	for doc, path := range map[string]string{
		admin("p", "{priority: 1001, "+subjectAll+"}"):                                                                             "spec.priority",
		admin("p", "{priority: 1, subject: {}}"):                                                                                   "spec.subject",
		admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Accept, "+fromAll+"}]}"):                                      "spec.ingress[0].action",
		admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Allow, from: []}]}"):                                          "spec.ingress[0].from",
		admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Allow, "+fromAll+", ports: []}]}"):                            "spec.ingress[0].ports",
		admin("p", "{priority: 1, "+subjectAll+", ingress: [{action: Allow, "+fromAll+", ports: [{}]}]}"):                          "spec.ingress[0].ports[0]",
		admin("p", "{priority: 1, "+subjectAll+", egress: [{action: Allow, to: [{nodes: {}, namespaces: {}}]}]}"):                  "spec.egress[0].to[0]",
		admin("p", "{priority: 1, "+subjectAll+", egress: [{action: Allow, to: [{networks: [10.0.0.0/33]}]}]}"):                    "spec.egress[0].to[0].networks[0]",
		baseline("{" + subjectAll + ", ingress: [{action: Pass, " + fromAll + "}]}"):                                               "spec.ingress[0].action",
		cluster("p", "{tier: Base, priority: 1, "+subjectAll+"}"):                                                                  "spec.tier",
		cluster("p", "{tier: Admin, priority: 1, "+subjectAll+", ingress: [{action: Allow, "+fromAll+"}]}"):                        "spec.ingress[0].action",
		cluster("p", "{tier: Admin, priority: 1, "+subjectAll+", ingress: [{action: Deny, "+fromAll+", protocols: [{tcp: {}}]}]}"): "spec.ingress[0].protocols[0].tcp.destinationPort",
		"{kind: BaselineAdminNetworkPolicy, metadata: {name: other}, spec: {" + subjectAll + "}}":                                  "metadata.name",
	} {
		_, err := netpol.New(documents(t, doc), netpol.Options{})
		var problems netpol.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Path != path {
			t.Errorf("%s: got %v, want one problem with %s", doc, err, path)
		}
	}
}
