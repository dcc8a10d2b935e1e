// Package lint finds what is wrong with network policies: rules with stable ids,
// each finding about one object, in one sentence, with the YAML that puts it
// right where there is one.
package lint

import (
	"cmp"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// Severity is how bad a finding is.
type Severity string

// The severities. An error does not do what it says or is refused by the
// cluster; a warning is most likely not meant; info is good to know.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Rank orders severities, the worst first.
func (s Severity) Rank() int {
	return map[Severity]int{Error: 0, Warning: 1, Info: 2}[s]
}

// Finding is one thing that is wrong with one object.
type Finding struct {
	Rule      string   `json:"rule"`
	Severity  Severity `json:"severity"`
	Kind      string   `json:"kind"`
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	Message   string   `json:"message"`
	Fix       string   `json:"fix"` // YAML to apply; "" when there is none

	Origin kube.Origin `json:"-"`
}

// Rule is a kind of finding.
type Rule struct {
	ID       string   `json:"rule"`
	Severity Severity `json:"severity"`
	Summary  string   `json:"summary"`
	// run looks for it; nil where the finding comes from elsewhere.
	run func(*pass)
}

// SkipAnnotation on an object names rules, separated by commas, that are not to
// be reported about it; "*" stands for all. On a Namespace it holds for the
// namespace's own findings.
const SkipAnnotation = "catalyst.cloud/skip"

// managed are the namespaces that Catalyst Cloud looks after, and those that
// every cluster has for itself. Nothing is asked of their policies.
var managed = []string{"kube-system", "kube-public", "kube-node-lease", "openstack-system",
	"tigera-operator", "calico-apiserver", "calico-system"}

// Subject is what is looked at.
type Subject struct {
	Input       *load.Input
	Engine      *netpol.Engine // nil with Problems
	Problems    netpol.Problems
	Enforcement enforce.Verdict
}

// Options choose what is reported.
type Options struct {
	Skip      []string // ids of rules
	Namespace string   // only findings about it and about the whole cluster; "" for all
}

// Result is the findings, worst first, and how many were suppressed.
type Result struct {
	Findings   []Finding
	Suppressed int
}

// Run looks for everything.
func Run(s Subject, o Options) Result {
	p := newPass(s)
	for _, r := range Rules() {
		if r.run != nil && !slices.Contains(o.Skip, r.ID) {
			p.rule = r
			r.run(p)
		}
	}
	res := Result{Findings: []Finding{}}
	for _, f := range p.found {
		switch {
		case o.Namespace != "" && f.Namespace != "" && f.Namespace != o.Namespace,
			o.Namespace != "" && f.Kind == "Namespace" && f.Name != o.Namespace:
		case p.suppressed(f):
			res.Suppressed++
		default:
			res.Findings = append(res.Findings, f)
		}
	}
	slices.SortStableFunc(res.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return res
}

// pass is one run over one subject.
type pass struct {
	Subject
	objects  *kube.Objects
	policies []netpol.PolicyInfo
	sources  map[kube.Ref]*kube.NetworkPolicy
	calico   map[kube.Ref]*kube.CalicoPolicy
	spaces   map[string]*space
	names    []string // of the namespaces with pods, sorted
	skips    map[kube.Ref]string
	typos    map[string]bool // paths of peers whose selector is known to be misspelt, or to select what is not in the input
	svcs     []exposure
	// labelTypos are labels of namespaces that no namespace has.
	labelTypos []typo

	asked     bool // for redundant
	redundant []netpol.Redundancy

	askedTiers bool // for unreached and denials
	unreached  []netpol.Unreached
	denials    []netpol.TierDenial

	rule  Rule
	found []Finding
}

// space is a namespace with what is in it.
type space struct {
	name   string
	pods   []int // on the pod network, not ended
	policy []int // indexes into policies
}

func newPass(s Subject) *pass {
	p := &pass{Subject: s, objects: &s.Input.Objects, sources: make(map[kube.Ref]*kube.NetworkPolicy), calico: make(map[kube.Ref]*kube.CalicoPolicy),
		spaces: make(map[string]*space), skips: make(map[kube.Ref]string), typos: make(map[string]bool)}
	o := p.objects
	for i := range o.NetworkPolicies {
		p.sources[o.NetworkPolicies[i].Ref()] = &o.NetworkPolicies[i]
	}
	for i := range o.CalicoPolicies {
		p.calico[o.CalicoPolicies[i].Ref()] = &o.CalicoPolicies[i]
	}
	for i := range o.Pods {
		pod := &o.Pods[i]
		if pod.Spec.HostNetwork || pod.Status.Phase == "Succeeded" || pod.Status.Phase == "Failed" {
			continue
		}
		s := p.space(pod.Meta.Namespace)
		s.pods = append(s.pods, i)
	}
	if s.Engine != nil {
		p.policies = s.Engine.Policies()
		for i := range p.policies {
			if ns := p.policies[i].Ref.Namespace; ns != "" {
				s := p.space(ns)
				s.policy = append(s.policy, i)
			}
		}
		p.svcs = p.exposures()
		p.labelTypos = p.misspelt()
		for _, t := range p.labelTypos {
			p.typos[t.ref.String()+" "+t.peer] = true
		}
	}
	for name := range p.spaces {
		p.names = append(p.names, name)
	}
	slices.Sort(p.names)
	p.readSkips()
	return p
}

func (p *pass) space(name string) *space {
	s, ok := p.spaces[name]
	if !ok {
		s = &space{name: name}
		p.spaces[name] = s
	}
	return s
}

// own are the namespaces somebody may change, with pods.
func (p *pass) own(yield func(*space) bool) {
	for _, name := range p.names {
		if s := p.spaces[name]; !slices.Contains(managed, name) && len(s.pods) > 0 {
			if !yield(s) {
				return
			}
		}
	}
}

func (p *pass) readSkips() {
	add := func(ref kube.Ref, m *kube.Meta) {
		if text := m.Annotations[SkipAnnotation]; text != "" {
			p.skips[ref] = text
		}
	}
	o := p.objects
	for i := range o.Namespaces {
		add(o.Namespaces[i].Ref(), &o.Namespaces[i].Meta)
	}
	for i := range o.Pods {
		add(o.Pods[i].Ref(), &o.Pods[i].Meta)
		if owner := o.Pods[i].Owner; owner.Kind != "" {
			add(owner, &o.Pods[i].Meta)
		}
	}
	for i := range o.Services {
		add(o.Services[i].Ref(), &o.Services[i].Meta)
	}
	for i := range o.NetworkPolicies {
		add(o.NetworkPolicies[i].Ref(), &o.NetworkPolicies[i].Meta)
	}
	for i := range o.AdminNetworkPolicies {
		add(o.AdminNetworkPolicies[i].Ref(), &o.AdminNetworkPolicies[i].Meta)
	}
	for i := range o.BaselineAdminNetworkPolicies {
		add(o.BaselineAdminNetworkPolicies[i].Ref(), &o.BaselineAdminNetworkPolicies[i].Meta)
	}
	for i := range o.ClusterNetworkPolicies {
		add(o.ClusterNetworkPolicies[i].Ref(), &o.ClusterNetworkPolicies[i].Meta)
	}
	for i := range o.CalicoPolicies {
		add(o.CalicoPolicies[i].Ref(), &o.CalicoPolicies[i].Meta)
	}
	for i := range o.StagedKubernetesPolicies {
		add(o.StagedKubernetesPolicies[i].Ref(), &o.StagedKubernetesPolicies[i].Meta)
	}
	for i := range o.Tiers {
		add(o.Tiers[i].Ref(), &o.Tiers[i].Meta)
	}
	for i := range p.Input.Ingresses {
		in := &p.Input.Ingresses[i]
		add(kube.Ref{Kind: "Ingress", Namespace: in.Meta.Namespace, Name: in.Meta.Name}, &in.Meta)
	}
}

func (p *pass) suppressed(f Finding) bool {
	for id := range strings.SplitSeq(p.skips[kube.Ref{Kind: f.Kind, Namespace: f.Namespace, Name: f.Name}], ",") {
		if id = strings.TrimSpace(id); id == f.Rule || id == "*" {
			return true
		}
	}
	return false
}

// report adds a finding of the current rule.
func (p *pass) report(ref kube.Ref, at kube.Origin, fix, message string) {
	p.found = append(p.found, Finding{Rule: p.rule.ID, Severity: p.rule.Severity, Kind: ref.Kind,
		Namespace: ref.Namespace, Name: ref.Name, Message: message, Fix: fix, Origin: at})
}
