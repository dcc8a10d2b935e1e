// Package enforce finds out whether network policies are enforced at all, from
// what a cluster shows of itself, and whose reading of the rules applies there.
package enforce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// The verdicts, as they are written.
const (
	Enforced    = "enforced"
	NotEnforced = "not enforced"
	Unknown     = "unknown"
)

// Verdict is the answer, what it rests on, and what could not be read.
type Verdict struct {
	Verdict    string   `json:"verdict"`
	Evidence   []string `json:"evidence"`
	Unreadable []string `json:"unreadable"`
}

// agents are the DaemonSets known to enforce policies, with their data plane.
var agents = map[string]string{
	"calico-node": "Calico", "canal": "Calico", "cilium": "Cilium", "antrea-agent": "Antrea",
	"kube-router": "kube-router", "kube-network-policies": "kube-network-policies", "weave-net": "Weave Net",
	"ovnkube-node": "OVN-Kubernetes", "kube-ovn-cni": "Kube-OVN", "azure-npm": "Azure NPM", "anetd": "Cilium",
}

// perhaps are DaemonSets that enforce policies in some versions or
// configurations only.
var perhaps = []string{"kindnet", "aws-node", "romana-agent", "terway", "contiv-netplugin", "nuage-cni"}

// ownNodes are the reasons of the node condition NetworkUnavailable that an
// agent which enforces policies gives when it is up, and takes back when it
// stops.
var ownNodes = map[string]string{"CalicoIsUp": "Calico", "CiliumIsUp": "Cilium"}

// VerdictOn returns whether the policies of what was read are enforced. It says
// "enforced" only of what runs on every node, and "not enforced" only when
// everything that could enforce was looked for: flannel alone proves nothing, an
// agent may run beside it.
func VerdictOn(in *load.Input) Verdict {
	s := readSignals(in)
	v := Verdict{Verdict: Unknown, Evidence: s.evidence(), Unreadable: []string{}}
	for _, u := range in.Unreadable {
		v.Unreadable = append(v.Unreadable, u.String())
	}
	switch {
	case s.complete():
		v.Verdict = Enforced
	case s.nothingEnforces():
		v.Verdict = NotEnforced
		v.Evidence = append(v.Evidence, "no DaemonSet of the cluster is one that enforces policies")
	case in.Cluster == nil && len(v.Evidence) == 0:
		v.Evidence = append(v.Evidence, "no cluster was asked: files alone cannot tell")
	}
	return v
}

// signals are the signs of a network plugin among the objects.
type signals struct {
	up        map[string]int // data plane → nodes where it says it is up
	flannel   int            // nodes that flannel has set up
	nodes     int
	wired     int // pods that Calico has wired
	running   int // pods on the pod network
	groups    []string
	agents    []kube.Agent // that enforce
	maybe     []string     // names of agents that may
	operators []kube.OperatorStatus
	k3s       bool
	sawAgents bool // DaemonSets of all namespaces could be listed
}

func readSignals(in *load.Input) signals {
	s := signals{up: make(map[string]int), nodes: len(in.Objects.Nodes), operators: kube.ListOf[kube.OperatorStatus](&in.Objects)}
	for i := range in.Objects.Nodes {
		s.addNode(&in.Objects.Nodes[i])
	}
	for i := range in.Objects.Pods {
		p := &in.Objects.Pods[i]
		if p.Spec.HostNetwork || p.Status.PodIP == "" || p.Status.Phase != "Running" {
			continue
		}
		s.running++
		if p.Meta.Annotations["cni.projectcalico.org/podIP"] != "" || p.Meta.Annotations["cni.projectcalico.org/podIPs"] != "" {
			s.wired++
		}
	}
	for _, a := range kube.ListOf[kube.Agent](&in.Objects) {
		if _, ok := agents[a.Meta.Name]; ok {
			s.agents = append(s.agents, a)
		} else if slices.Contains(perhaps, a.Meta.Name) {
			s.maybe = append(s.maybe, a.Meta.Name)
		}
	}
	if c := in.Cluster; c != nil {
		for _, g := range []string{"crd.projectcalico.org", "operator.tigera.io", "projectcalico.org", "cilium.io", "crd.antrea.io", "policy.networking.k8s.io"} {
			if slices.Contains(c.APIGroups, g) {
				s.groups = append(s.groups, g)
			}
		}
		s.k3s = strings.Contains(c.Version, "+k3s") || strings.Contains(c.Version, "+rke2")
		s.sawAgents = !slices.ContainsFunc(in.Unreadable, func(u load.Unreadable) bool { return u.Resource == "daemonsets" })
	}
	return s
}

func (s *signals) addNode(n *kube.Node) {
	for _, c := range n.Status.Conditions {
		if c.Type == "NetworkUnavailable" && c.Status == "False" {
			if plane, ok := ownNodes[c.Reason]; ok {
				s.up[plane]++
			}
			if c.Reason == "FlannelIsUp" {
				s.flannel++
			}
		}
	}
}

// complete reports whether an agent is ready on every node, by its own word, its
// operator's or the nodes', and none is known not to be.
func (s *signals) complete() bool {
	broken := false
	for _, a := range s.agents {
		if a.Status.Desired > 0 && a.Status.Ready >= a.Status.Desired {
			return true
		}
		broken = broken || a.Status.Ready < a.Status.Desired
	}
	for i := range s.operators {
		if o := &s.operators[i]; o.Meta.Name == "calico" {
			if o.Is("Available") && !broken {
				return true
			}
			broken = broken || !o.Is("Available")
		}
	}
	return !broken && s.nodes > 0 && (s.up["Calico"] == s.nodes || s.up["Cilium"] == s.nodes)
}

// nothingEnforces reports whether everything was looked at and nothing enforces.
func (s *signals) nothingEnforces() bool {
	if !s.sawAgents || s.k3s || s.wired > 0 || len(s.maybe) > 0 || len(s.up) > 0 {
		return false
	}
	return !slices.ContainsFunc(s.agents, func(a kube.Agent) bool { return a.Status.Ready > 0 || a.Status.Desired == 0 })
}

// evidence puts the signals into words.
func (s *signals) evidence() []string {
	out := []string{}
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, a := range s.agents {
		add("DaemonSet %s/%s (%s) is ready on %d of %d nodes", a.Meta.Namespace, a.Meta.Name, agents[a.Meta.Name], a.Status.Ready, a.Status.Desired)
	}
	for i := range s.operators {
		o := &s.operators[i]
		state := "not available"
		if o.Is("Available") {
			state = "available"
		}
		if o.Is("Degraded") {
			state += ", degraded"
		}
		add("TigeraStatus %s: %s", o.Meta.Name, state)
	}
	for _, plane := range []string{"Calico", "Cilium"} {
		if n := s.up[plane]; n > 0 {
			add("%s says it is up on %d of %d nodes", plane, n, s.nodes)
		}
	}
	if s.wired > 0 {
		add("Calico has wired %d of %d running pods", s.wired, s.running)
	}
	if len(s.groups) > 0 {
		add("the API server serves %s", strings.Join(s.groups, ", "))
	}
	if s.flannel > 0 {
		add("flannel, which enforces nothing itself, set up the network of %d of %d nodes", s.flannel, s.nodes)
	}
	for _, name := range s.maybe {
		add("DaemonSet %s enforces policies in some versions only", name)
	}
	if s.k3s {
		add("this distribution has a policy controller built in, unless it was switched off")
	}
	return out
}

// Profile returns whose reading of the rules applies: what the cluster shows, or
// Calico, which Catalyst's clusters run, when there is nothing to see.
func Profile(in *load.Input) rules.CNI {
	s := readSignals(in)
	cilium, calico := s.up["Cilium"] > 0, s.up["Calico"] > 0 || s.wired > 0
	for _, a := range s.agents {
		cilium = cilium || agents[a.Meta.Name] == "Cilium"
		calico = calico || agents[a.Meta.Name] == "Calico"
	}
	for _, g := range s.groups {
		cilium = cilium || g == "cilium.io"
		calico = calico || strings.HasSuffix(g, "projectcalico.org")
	}
	switch {
	case calico, in.Cluster == nil && !cilium:
		return rules.Calico
	case cilium:
		return rules.Cilium
	}
	return rules.Generic
}
