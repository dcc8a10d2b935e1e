package netpol_test

import (
	"errors"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// TestMalformedIsRefused: nothing is evaluated, and the field is named.
func TestMalformedIsRefused(t *testing.T) {
	t.Parallel()
	for spec, path := range map[string]string{
		"{podSelector: {}, ingress: [{ports: [{port: 0}]}]}":                                        "spec.ingress[0].ports[0].port",
		"{podSelector: {}, ingress: [{ports: [{port: 70000}]}]}":                                    "spec.ingress[0].ports[0].port",
		"{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 79}]}]}":                          "spec.ingress[0].ports[0].endPort",
		"{podSelector: {}, ingress: [{ports: [{port: http, endPort: 80}]}]}":                        "spec.ingress[0].ports[0].endPort",
		"{podSelector: {}, ingress: [{ports: [{endPort: 80}]}]}":                                    "spec.ingress[0].ports[0].endPort",
		"{podSelector: {}, ingress: [{ports: [{protocol: tcp, port: 80}]}]}":                        "spec.ingress[0].ports[0].protocol",
		"{podSelector: {}, ingress: [{ports: [{port: HTTP}]}]}":                                     "spec.ingress[0].ports[0].port",
		"{podSelector: {}, ingress: [{from: [{}]}]}":                                                "spec.ingress[0].from[0]",
		"{podSelector: {}, egress: [{to: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}":       "spec.egress[0].to[0]",
		"{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0}}]}]}":                          "spec.egress[0].to[0].ipBlock.cidr",
		"{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]}": "spec.egress[0].to[0].ipBlock.except[0]",
		"{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}":  "spec.egress[0].to[0].ipBlock.except[0]",
		"{podSelector: {}, policyTypes: [Egres]}":                                                   "spec.policyTypes[0]",
		"{podSelector: {matchLabels: {'a b': c}}}":                                                  "spec.podSelector.matchLabels",
		"{podSelector: {matchLabels: {a: 'b c'}}}":                                                  "spec.podSelector.matchLabels",
		"{podSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}":                  "spec.podSelector.matchExpressions[0].operator",
		"{podSelector: {matchExpressions: [{key: a, operator: In}]}}":                               "spec.podSelector.matchExpressions[0].values",
		"{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}":              "spec.podSelector.matchExpressions[0].values",
	} {
		_, err := netpol.New(documents(t, small+"\n---\n"+policy("p", spec)), netpol.Options{})
		var problems netpol.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Path != path || problems[0].Ref.String() != "NetworkPolicy x/p" {
			t.Errorf("%s: got %v, want one problem with %s of NetworkPolicy x/p", spec, err, path)
		}
	}
}

// TestDuplicatesAreRefused: which of the two a cluster holds, nobody knows.
func TestDuplicatesAreRefused(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{policy("p", denyAll), "{kind: Namespace, metadata: {name: q}}", "{kind: Pod, metadata: {name: a, namespace: q}}"} {
		_, err := netpol.New(documents(t, doc+"\n---\n"+doc), netpol.Options{})
		var problems netpol.Problems
		if !errors.As(err, &problems) || problems[0].Code != "duplicate" {
			t.Errorf("%s twice: got %v", doc, err)
		}
	}
}
