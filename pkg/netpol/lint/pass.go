package lint

import (
	"slices"
	"strings"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// SkipAnnotation on an object names rules, separated by commas, that are not to
// be reported about it; "*" stands for all. On a Namespace it holds for the
// namespace's own findings.
const SkipAnnotation = "catalyst.cloud/skip"

// managed are the namespaces that Catalyst Cloud looks after, and those that
// every cluster has for itself. Findings ask nothing of their policies.
var managed = []string{"kube-system", "kube-public", "kube-node-lease", "openstack-system",
	"tigera-operator", "calico-apiserver", "calico-system"}

// Subject is the state of a cluster that findings are about.
type Subject struct {
	Input       *load.Input
	Engine      *netpol.Engine // nil with Problems
	Problems    netpol.Problems
	Enforcement enforce.Verdict
}

// mostClaims is how many flows of a finding are noted.
const mostClaims = 20

// pass is one run over one subject.
type pass struct {
	Subject
	objects   *kube.Objects
	policies  []netpol.PolicyInfo
	sources   map[kube.Ref]*kube.NetworkPolicy
	calico    map[kube.Ref]*kube.CalicoPolicy
	spaces    map[string]*space
	names     []string // of the namespaces with pods, sorted
	skips     map[kube.Ref]string
	exposures []exposure
	podsOf    map[string][]int // by namespace: all that have not ended
	exists    map[string]bool  // namespaces with an object or a pod
	networked int              // pods on the pod network
	infos     map[kube.Ref]*netpol.PolicyInfo

	// labelTypos are labels of namespaces that no namespace has, and typoPeers the
	// paths of the peers that ask for them, by policy.
	labelTypos []typo
	typoPeers  map[string]bool

	// What takes the engine long is asked once, and only for rules that need it.
	redundancies func() []netpol.Redundancy
	tierFacts    func() ([]netpol.Unreached, []netpol.TierDenial)
	dns          func() *dnsFacts
	dnsGroups    func() []*dnsGroup
	entries      func() []entryPoint
	controllers  func() []int
	callers      func() []caller
	servicePorts func() []servicePortMistake

	rule  Rule // the one that looks now
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
		spaces: make(map[string]*space), skips: make(map[kube.Ref]string), typoPeers: make(map[string]bool),
		podsOf: make(map[string][]int), exists: make(map[string]bool), infos: make(map[kube.Ref]*netpol.PolicyInfo)}
	o := p.objects
	for i := range o.Namespaces {
		p.exists[o.Namespaces[i].Meta.Name] = true
	}
	for i := range o.NetworkPolicies {
		p.sources[o.NetworkPolicies[i].Ref()] = &o.NetworkPolicies[i]
	}
	for i := range o.CalicoPolicies {
		p.calico[o.CalicoPolicies[i].Ref()] = &o.CalicoPolicies[i]
	}
	for i := range o.Pods {
		pod := &o.Pods[i]
		p.exists[pod.Meta.Namespace] = true
		if pod.Status.Phase == "Succeeded" || pod.Status.Phase == "Failed" {
			continue
		}
		p.podsOf[pod.Meta.Namespace] = append(p.podsOf[pod.Meta.Namespace], i)
		if pod.Spec.HostNetwork {
			continue
		}
		p.networked++
		s := p.space(pod.Meta.Namespace)
		s.pods = append(s.pods, i)
	}
	p.askEngine()
	p.names = sortedKeys(p.spaces)
	p.readSkips()
	return p
}

// askEngine gathers what rules need of the engine, where there is one.
func (p *pass) askEngine() {
	p.redundancies = func() []netpol.Redundancy { return nil }
	p.tierFacts = func() ([]netpol.Unreached, []netpol.TierDenial) { return nil, nil }
	p.entries = func() []entryPoint { return nil }
	p.dnsGroups = func() []*dnsGroup { return nil }
	p.servicePorts = func() []servicePortMistake { return nil }
	if p.Engine == nil {
		return
	}
	p.redundancies = sync.OnceValue(func() []netpol.Redundancy { return slices.Collect(p.Engine.Redundant()) })
	p.tierFacts = sync.OnceValues(p.Engine.Tiers)
	p.dns = sync.OnceValue(p.readDNS)
	p.dnsGroups = sync.OnceValue(p.findDNSGroups)
	p.entries = sync.OnceValue(p.entryPoints)
	p.controllers = sync.OnceValue(p.findControllers)
	p.callers = sync.OnceValue(func() []caller { return append(p.webhookCallers(), p.scrapeCallers()...) })
	p.servicePorts = sync.OnceValue(p.findServicePorts)
	p.policies = p.Engine.Policies()
	for i := range p.policies {
		p.infos[p.policies[i].Ref] = &p.policies[i]
		if ns := p.policies[i].Ref.Namespace; ns != "" {
			s := p.space(ns)
			s.policy = append(s.policy, i)
		}
	}
}

func (p *pass) space(name string) *space {
	s, ok := p.spaces[name]
	if !ok {
		s = &space{name: name}
		p.spaces[name] = s
	}
	return s
}

// userSpaces yields the namespaces with pods that are not managed.
func (p *pass) userSpaces(yield func(*space) bool) {
	for _, name := range p.names {
		if s := p.spaces[name]; !slices.Contains(managed, name) && len(s.pods) > 0 {
			if !yield(s) {
				return
			}
		}
	}
}

func (p *pass) readSkips() {
	for _, k := range kinds.All() {
		if !k.Skips {
			continue
		}
		for o := range k.Objects(p.objects) {
			meta, _ := o.Head()
			text := meta.Annotations[SkipAnnotation]
			if text == "" {
				continue
			}
			p.skips[o.Ref()] = text
			if pod, ok := o.(*kube.Pod); ok && pod.Owner.Kind != "" {
				p.skips[pod.Owner] = text
			}
		}
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

// infoOf returns what a policy comes down to; nil for one that does not count.
func (p *pass) infoOf(ref kube.Ref) *netpol.PolicyInfo { return p.infos[ref] }

// unread reports whether a resource could not be read everywhere.
func (p *pass) unread(resource string) bool {
	return slices.ContainsFunc(p.Input.Unreadable, func(u load.Unreadable) bool { return u.Resource == resource })
}

// knowsPods reports whether the pods of a namespace are among the objects. Manifests
// hold those of the namespaces that they are about, and never those that the
// cluster brings along.
func (p *pass) knowsPods(namespace string) bool {
	if p.Input.Cluster != nil {
		return !p.podsUnread(namespace)
	}
	return len(p.podsOf[namespace]) > 0 && !slices.Contains(managed, namespace)
}
