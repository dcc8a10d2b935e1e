package netpol_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// loaded reads documents as a file would be.
func loaded(t *testing.T, docs ...string) *load.Input {
	t.Helper()
	in, err := load.Files(t.Context(), []string{"-"}, load.Options{Stdin: strings.NewReader(strings.Join(docs, "\n---\n"))})
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Refused) > 0 {
		t.Fatalf("refused: %v", in.Refused)
	}
	return in
}

func calicoPolicy(apiVersion, kind, name, spec string) string {
	meta := "name: " + name
	if !strings.Contains(kind, "Global") {
		meta += ", namespace: x"
	}
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {%s}\nspec: %s\n", apiVersion, kind, meta, spec)
}

// TestCalicoRefusesWhatCalicoRefuses: each spec is refused, at this field.
func TestCalicoRefusesWhatCalicoRefuses(t *testing.T) {
	t.Parallel()
	rule := func(r string) string { return "{ingress: [" + r + "]}" }
	for spec, want := range map[string]string{
		"{selector: app = 'a'}":                                   "spec.selector: column 5: want an operator",
		"{selector: global()}":                                    "spec.selector: global() has a meaning",
		"{namespaceSelector: has(}":                               "spec.namespaceSelector: column 1",
		"{serviceAccountSelector: a b}":                           "spec.serviceAccountSelector: column 3",
		"{types: [ingress]}":                                      `spec.types[0]: "ingress" is not a policy type`,
		"{types: [Egress, Egress]}":                               "spec.types[1]: Egress is there twice",
		"{stagedAction: Set}":                                     `spec.stagedAction: there is no field "stagedAction" in a GlobalNetworkPolicy`,
		"{preDNAT: true}":                                         "spec.applyOnForward: must be true",
		"{preDNAT: true, doNotTrack: true, applyOnForward: true}": "spec.preDNAT: preDNAT and doNotTrack exclude each other",
		rule("{}"):              `spec.ingress[0].action: "" is not an action`,
		rule("{action: allow}"): `spec.ingress[0].action: "allow" is not an action`,
		rule("{action: Allow}, {action: Allow, ipVersion: 5}"):                                                      "spec.ingress[1].ipVersion: 5 is not an IP version",
		rule("{action: Allow, protocol: tcp}"):                                                                      `spec.ingress[0].protocol: "tcp" is not a protocol`,
		rule("{action: Allow, protocol: 0}"):                                                                        `spec.ingress[0].protocol: "0" is not a protocol`,
		rule("{action: Allow, protocol: 256}"):                                                                      `spec.ingress[0].protocol: "256" is not a protocol`,
		rule("{action: Allow, destination: {ports: [80]}}"):                                                         "spec.ingress[0].destination.ports: ports need protocol TCP, UDP or SCTP",
		rule("{action: Allow, protocol: ICMP, source: {notPorts: [80]}}"):                                           "spec.ingress[0].source.notPorts: ports need protocol",
		rule("{action: Allow, protocol: TCP, destination: {ports: [80, 0]}}"):                                       `spec.ingress[0].destination.ports[1]: "0" is not a port`,
		rule("{action: Allow, protocol: TCP, destination: {ports: ['90:80']}}"):                                     `spec.ingress[0].destination.ports[0]: "90:80" is not a port`,
		rule("{action: Allow, protocol: TCP, destination: {ports: [65536]}}"):                                       `ports[0]: "65536" is not a port`,
		rule("{action: Allow, protocol: TCP, destination: {ports: ['a b']}}"):                                       `ports[0]: "a b" is not a port`,
		rule("{action: Allow, source: {nets: [10.0.0.1]}}"):                                                         `spec.ingress[0].source.nets[0]: "10.0.0.1" is not an address range`,
		rule("{action: Allow, source: {nets: [10.0.0.0/8]}, destination: {nets: ['::/0']}}"):                        "spec.ingress[0]: the rule has ranges of IPv4 and of IPv6",
		rule("{action: Allow, ipVersion: 6, source: {notNets: [10.0.0.0/8]}}"):                                      "spec.ingress[0].ipVersion: the rule has ranges of the other IP version",
		rule("{action: Allow, icmp: {type: 8}}"):                                                                    "spec.ingress[0].icmp: icmp needs protocol ICMP",
		rule("{action: Allow, protocol: ICMP, icmp: {code: 0}}"):                                                    "spec.ingress[0].icmp.code: a code needs a type",
		rule("{action: Allow, protocol: ICMP, icmp: {type: 255}}"):                                                  "spec.ingress[0].icmp.type: 255",
		rule("{action: Allow, protocol: ICMPv6, ipVersion: 4}"):                                                     "spec.ingress[0].ipVersion: protocol ICMPv6",
		rule("{action: Deny, http: {methods: [GET]}}"):                                                              "spec.ingress[0].http: http stands in rules that allow",
		rule("{action: Allow, protocol: UDP, http: {methods: [GET]}}"):                                              "spec.ingress[0].protocol: with http",
		rule("{action: Allow, source: {services: {name: s}}}"):                                                      "spec.ingress[0].source.services.namespace: want the namespace",
		rule("{action: Allow, source: {services: {namespace: x}}}"):                                                 "spec.ingress[0].source.services.name: want the name",
		rule("{action: Allow, destination: {services: {name: s, namespace: x}}}"):                                   "spec.ingress[0].destination.services: services are for",
		rule("{action: Allow, source: {services: {name: s, namespace: x}, selector: all()}}"):                       "spec.ingress[0].source.services: services cannot stand beside selectors",
		rule("{action: Allow, source: {namespaceSelector: global() || has(a)}}"):                                    "spec.ingress[0].source.namespaceSelector: global() cannot be combined",
		rule("{action: Allow, source: {serviceAccounts: {selector: '!'}}}"):                                         "spec.ingress[0].source.serviceAccounts.selector: column 2",
		"{egress: [{action: Allow, http: {}}]}":                                                                     "spec.egress[0].http: http stands in ingress rules only",
		"{egress: [{action: Allow, protocol: TCP, destination: {services: {name: s, namespace: x}, ports: [80]}}]}": "spec.egress[0].destination.ports: a service brings its own",
	} {
		in := loaded(t, calicoPolicy("projectcalico.org/v3", "GlobalNetworkPolicy", "p", spec))
		_, err := netpol.New(&in.Objects, netpol.Options{})
		var problems netpol.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", spec, err, want)
		} else if problems[0].Origin.File != "-" || problems[0].Origin.Line == 0 {
			t.Errorf("%s: no place in %+v", spec, problems[0])
		}
	}
	for doc, want := range map[string]string{
		calicoPolicy("projectcalico.org/v3", "NetworkPolicy", "p", "{namespaceSelector: all()}"):                                                                                  `spec.namespaceSelector: there is no field "namespaceSelector"`,
		calicoPolicy("projectcalico.org/v3", "NetworkPolicy", "p", "{applyOnForward: true}"):                                                                                      `spec.applyOnForward: there is no field`,
		calicoPolicy("projectcalico.org/v3", "StagedGlobalNetworkPolicy", "p", "{stagedAction: Sets}"):                                                                            `spec.stagedAction: "Sets" is not a staged action`,
		"apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: t}\nspec: {defaultAction: Allow}\n":                                                                       `spec.defaultAction: "Allow" is not a default action`,
		"apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {name: t}\nspec: {nets: [example.org]}\n":                                                            `spec.nets[0]: "example.org" is not an address range`,
		calicoPolicy("projectcalico.org/v3", "NetworkPolicy", "p", "{order: 1}") + "---\n" + calicoPolicy("crd.projectcalico.org/v1", "NetworkPolicy", "default.p", "{order: 2}"): "NetworkPolicy.projectcalico.org x/p: metadata.name: a second object of this name",
	} {
		in := loaded(t, doc, "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: some}\n")
		if _, err := netpol.New(&in.Objects, netpol.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", doc, err, want)
		}
	}
}

// TestCalicoStoredIsMoreForgiving: what nobody checked on its way into the storage
// means what Felix makes of it.
func TestCalicoStoredIsMoreForgiving(t *testing.T) {
	t.Parallel()
	in := loaded(t, calicoPolicy("crd.projectcalico.org/v1", "GlobalNetworkPolicy", "default.p",
		"{ingress: [{action: Allow, protocol: udp, source: {nets: [10.0.0.1, 'fd00::1/64']}}]}"))
	if _, err := netpol.New(&in.Objects, netpol.Options{}); err != nil {
		t.Error(err)
	}
}
