package netpol

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// Engine holds one state of a cluster, ready for questions. It may be used from
// several goroutines at once and does not change the objects it was made from,
// which must not change either.
type Engine struct {
	objects  *kube.Objects
	cni      CNI
	prog     *program
	c        *cluster
	v        *vocabulary
	names    []portNames // distinct port names of pods; the first is none
	podNames []int32     // by pod: which of names
	cuts     []netip.Prefix
	podCIDRs []netip.Prefix
	planes   []*plane
	pool     *pool
	gaps     []Gap
}

// New prepares an engine. The error is of type Problems when policies or pods
// hold values that no API server would accept: nothing is then evaluated.
func New(objects *kube.Objects, o Options) (*Engine, error) {
	e, err := prepare(objects, o)
	if err != nil {
		return nil, err
	}
	e.build(nil)
	return e, nil
}

// prepare does what comes before the planes.
func prepare(objects *kube.Objects, o Options) (*Engine, error) {
	converted := convert.Policies(objects, convert.Options{BlockPods: o.CNI != Cilium, Calico: o.CNI == Calico})
	e, err := prepareTiers(objects, o, converted.Tiers, converted.Problems)
	if err == nil {
		e.gaps = converted.Gaps
	}
	return e, err
}

// prepareTiers does the same for tiers of any origin.
func prepareTiers(objects *kube.Objects, o Options, tiers []rules.Tier, problems Problems) (*Engine, error) {
	e := &Engine{objects: objects, cni: o.CNI, podCIDRs: slices.Clone(o.PodCIDRs), pool: newPool()}
	e.prog = compile(tiers)
	e.c = readCluster(objects, e.prog.families())
	problems = append(problems, e.c.problems...)
	if len(problems) > 0 {
		return nil, problems
	}
	e.readPodCIDRs()
	return e, nil
}

// build makes the planes. cuts are addresses at which to divide besides those
// that the policies name.
func (e *Engine) build(cuts []netip.Prefix) {
	e.cuts = append(cuts, e.prog.cuts(e)...)
	e.v = newVocabulary(e.prog.selectors, e.c, e.objects)
	order := e.c.order()
	e.podNames = e.readNames()
	for _, f := range e.c.families {
		e.planes = append(e.planes, newPlane(e, f, order))
	}
	e.findGaps()
}

// cuts returns every range the policies name.
func (p *program) cuts(e *Engine) []netip.Prefix {
	var out []netip.Prefix
	p.eachPeer(func(q *rules.Peer) {
		for _, list := range blockNets(q) {
			out = append(out, list...)
		}
		if q.Nodes != nil {
			out = append(out, e.nodeNets(q.Nodes)...)
		}
	})
	return out
}

// nodeNets returns the addresses of the nodes that a selector matches.
func (e *Engine) nodeNets(s *rules.Selector) []netip.Prefix {
	var out []netip.Prefix
	for i := range e.c.nodes {
		n := &e.c.nodes[i]
		if !n.given || !matches(s, n.labels) {
			continue
		}
		for _, ip := range n.addrs {
			out = append(out, netip.PrefixFrom(ip, ip.BitLen()))
		}
	}
	return out
}

// readPodCIDRs adds the nodes' ranges for pods to those the caller knows.
func (e *Engine) readPodCIDRs() {
	for i := range e.objects.Nodes {
		spec := &e.objects.Nodes[i].Spec
		for _, text := range append([]string{spec.PodCIDR}, spec.PodCIDRs...) {
			if p, err := netip.ParsePrefix(text); err == nil {
				e.podCIDRs = append(e.podCIDRs, p.Masked())
			}
		}
	}
}

// readNames returns, by pod, which of e.names it has.
func (e *Engine) readNames() []int32 {
	out := make([]int32, len(e.c.pods))
	e.names = []portNames{nil}
	seen := map[string]int32{"": 0}
	var list []namedPort
	var key []byte
	for i := range e.c.pods {
		if e.c.pods[i].standing != onPodNetwork {
			continue
		}
		list = e.prog.namesOf(&e.objects.Pods[i], list[:0])
		key = key[:0]
		for _, n := range list {
			key = binary.LittleEndian.AppendUint32(key, uint32(n.id))
			key = append(key, byte(n.proto), byte(n.port>>8), byte(n.port))
		}
		id, ok := seen[string(key)]
		if !ok {
			id = int32(len(e.names))
			seen[string(key)] = id
			e.names = append(e.names, gatherNames(list))
		}
		out[i] = id
	}
	return out
}

// Gaps lists what the answers leave out, always on the side of "denied".
func (e *Engine) Gaps() []Gap { return e.gaps }
