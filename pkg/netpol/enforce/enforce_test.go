package enforce_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// cluster is a snapshot of one that says this about itself.
func cluster(t *testing.T, header string, objects ...string) *load.Input {
	t.Helper()
	text := "apiVersion: catalyst.cloud/v1\nkind: NetworkPolicySnapshot\ncluster: {" + header + "}\nitems: [" + strings.Join(objects, ", ") + "]\n"
	in, err := load.Files(context.Background(), []string{"-"}, load.Options{Stdin: strings.NewReader(text)})
	if err != nil || len(in.Refused) > 0 {
		t.Fatal(err, in.Refused)
	}
	return in
}

func node(name, reason string) string {
	return "{apiVersion: v1, kind: Node, metadata: {name: " + name + "}, status: {conditions: [{type: NetworkUnavailable, status: 'False', reason: " + reason + "}]}}"
}

func daemon(name string, desired, ready string) string {
	return "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: " + name + ", namespace: kube-system}, status: {desiredNumberScheduled: " + desired + ", numberReady: " + ready + "}}"
}

func tigera(available string) string {
	return "{apiVersion: operator.tigera.io/v1, kind: TigeraStatus, metadata: {name: calico}, status: {conditions: [{type: Available, status: '" + available + "'}]}}"
}

const wired = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: d, annotations: {cni.projectcalico.org/podIP: 10.0.0.1/32}}, status: {phase: Running, podIP: 10.0.0.1}}"

func TestVerdicts(t *testing.T) {
	const (
		calicoGroups = "apiGroups: [crd.projectcalico.org, operator.tigera.io]"
		none         = "apiGroups: [apps]"
	)
	blind := load.Unreadable{Resource: "daemonsets", Reason: "you may not list them"}
	for name, test := range map[string]struct {
		header  string
		objects []string
		blind   bool
		want    string
		cni     netpol.CNI
		says    string
	}{
		"Calico on every node, agents unreadable": {calicoGroups, []string{node("n-1", "CalicoIsUp"), node("n-2", "CalicoIsUp"), wired}, true,
			enforce.Enforced, netpol.Calico, "Calico says it is up on 2 of 2 nodes"},
		"Calico on one of two nodes": {calicoGroups, []string{node("n-1", "CalicoIsUp"), node("n-2", "Unknown")}, true,
			enforce.Unknown, netpol.Calico, "Calico says it is up on 1 of 2 nodes"},
		"Calico's agent ready everywhere": {calicoGroups, []string{daemon("calico-node", "3", "3")}, false,
			enforce.Enforced, netpol.Calico, "DaemonSet kube-system/calico-node (Calico) is ready on 3 of 3 nodes"},
		"Calico's agent ready on some nodes": {calicoGroups, []string{daemon("calico-node", "3", "2"), node("n-1", "CalicoIsUp")}, false,
			enforce.Unknown, netpol.Calico, "is ready on 2 of 3 nodes"},
		"Calico installed, its agent down": {calicoGroups, []string{daemon("calico-node", "3", "0")}, false,
			enforce.NotEnforced, netpol.Calico, "is ready on 0 of 3 nodes"},
		"Calico installed, nothing else to see": {calicoGroups, nil, true, enforce.Unknown, netpol.Calico, "the API server serves crd.projectcalico.org, operator.tigera.io"},
		"Calico's operator is content":          {calicoGroups, []string{tigera("True")}, true, enforce.Enforced, netpol.Calico, "TigeraStatus calico: available"},
		"Calico's operator is not":              {calicoGroups, []string{tigera("False"), node("n-1", "CalicoIsUp")}, true, enforce.Unknown, netpol.Calico, "TigeraStatus calico: not available"},
		"pods wired by Calico":                  {none, []string{wired}, true, enforce.Unknown, netpol.Calico, "Calico has wired 1 of 1 running pods"},
		"Cilium":                                {"apiGroups: [cilium.io]", []string{node("n-1", "CiliumIsUp")}, true, enforce.Enforced, netpol.Cilium, "Cilium says it is up on 1 of 1 nodes"},
		"flannel alone":                         {none, []string{node("n-1", "FlannelIsUp"), daemon("kube-flannel-ds", "1", "1")}, false, enforce.NotEnforced, netpol.Generic, "no DaemonSet of the cluster is one that enforces policies"},
		"flannel, agents unreadable":            {none, []string{node("n-1", "FlannelIsUp")}, true, enforce.Unknown, netpol.Generic, "flannel, which enforces nothing itself"},
		"flannel and kube-router":               {none, []string{node("n-1", "FlannelIsUp"), daemon("kube-router", "1", "1")}, false, enforce.Enforced, netpol.Generic, "(kube-router)"},
		"flannel and kube-network-policies":     {none, []string{node("n-1", "FlannelIsUp"), daemon("kube-network-policies", "2", "2")}, false, enforce.Enforced, netpol.Generic, "(kube-network-policies)"},
		"kind":                                  {none, []string{daemon("kindnet", "1", "1")}, false, enforce.Unknown, netpol.Generic, "DaemonSet kindnet enforces policies in some versions only"},
		"k3s":                                   {"version: v1.35.1+k3s1, " + none, []string{node("n-1", "FlannelIsUp")}, false, enforce.Unknown, netpol.Generic, "has a policy controller built in"},
	} {
		t.Run(name, func(t *testing.T) {
			in := cluster(t, test.header, test.objects...)
			if test.blind {
				in.Unreadable = append(in.Unreadable, blind)
			}
			v := enforce.VerdictOn(in)
			if v.Verdict != test.want {
				t.Errorf("verdict %q, want %q (%q)", v.Verdict, test.want, v.Evidence)
			}
			if !strings.Contains(strings.Join(v.Evidence, "\n"), test.says) {
				t.Errorf("evidence %q does not say %q", v.Evidence, test.says)
			}
			if got := enforce.Profile(in); got != test.cni {
				t.Errorf("profile %v, want %v", got, test.cni)
			}
			if test.blind {
				if diff := cmp.Diff([]string{blind.String()}, v.Unreadable); diff != "" {
					t.Errorf("unreadable (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestFilesAloneCannotTell(t *testing.T) {
	in, err := load.Files(context.Background(), []string{"-"}, load.Options{Stdin: strings.NewReader("")})
	if err != nil {
		t.Fatal(err)
	}
	if v := enforce.VerdictOn(in); v.Verdict != enforce.Unknown || len(v.Evidence) == 0 {
		t.Errorf("verdict %+v", v)
	}
	if got := enforce.Profile(in); got != netpol.Calico {
		t.Errorf("offline the profile is %v", got)
	}
}
