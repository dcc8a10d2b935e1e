package convert

import (
	"net/netip"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/selector"
)

// calicoIndex finds what Calico's policies refer to.
type calicoIndex struct {
	objects  *kube.Objects
	problems []rules.Problem
	parsed   map[string]parsed
	sets     []networkSet
	spaces   map[string]*kube.Namespace
	// ownPrefixed is true when some pod has a label of its own in the form of those
	// that are handed down.
	ownPrefixed bool
	slices      map[[2]string][]*kube.EndpointSlice // by namespace and service
	services    map[[2]string]*kube.Service
	groups      map[string][]endpointGroup // of services, by name and whether with ports
	ends        map[string]selectorMatch   // of ends of rules, by what their selectors say
	key         []byte                     // for use again and again
}

// selectorMatch is the meaning of the selectors of a source or destination; nil
// where they say nothing.
type selectorMatch struct {
	pods, notPods *rules.Selector
	sets, notSets []netip.Prefix
}

// endpointGroup is endpoints of a service with the same ports.
type endpointGroup struct {
	peer  rules.Peer
	ports rules.Ports
}

type parsed struct {
	expr *selector.Expr
	err  error
}

// networkSet is a set with its addresses read.
type networkSet struct {
	*kube.NetworkSet
	nets []netip.Prefix
}

func newCalicoIndex(objects *kube.Objects) *calicoIndex {
	c := &calicoIndex{objects: objects, parsed: make(map[string]parsed), spaces: make(map[string]*kube.Namespace),
		slices: make(map[[2]string][]*kube.EndpointSlice), services: make(map[[2]string]*kube.Service), groups: make(map[string][]endpointGroup),
		ends: make(map[string]selectorMatch)}
	for i := range objects.Namespaces {
		c.spaces[objects.Namespaces[i].Meta.Name] = &objects.Namespaces[i]
	}
	for i := range objects.Pods {
		for key := range objects.Pods[i].Meta.Labels {
			c.ownPrefixed = c.ownPrefixed || strings.HasPrefix(key, namespacePrefix) || strings.HasPrefix(key, accountPrefix)
		}
	}
	for i := range objects.EndpointSlices {
		s := &objects.EndpointSlices[i]
		key := [2]string{s.Meta.Namespace, s.Meta.Labels[kube.ServiceNameLabel]}
		c.slices[key] = append(c.slices[key], s)
	}
	for i := range objects.Services {
		s := &objects.Services[i]
		c.services[[2]string{s.Meta.Namespace, s.Meta.Name}] = s
	}
	c.readSets(objects)
	return c
}

func (c *calicoIndex) readSets(objects *kube.Objects) {
	seen := make(map[kube.Ref]bool, len(objects.NetworkSets))
	for i := range objects.NetworkSets {
		s := &objects.NetworkSets[i]
		r := &reader{ref: s.Ref(), origin: s.Origin}
		one := networkSet{NetworkSet: s}
		if seen[s.Ref()] {
			r.fail(rules.CodeDuplicate, "metadata.name", "a second object of this name")
		}
		seen[s.Ref()] = true
		for j, text := range s.Spec.Nets {
			if p, ok := r.addresses(index("spec.nets", j), text); ok {
				one.nets = append(one.nets, p)
			}
		}
		c.sets = append(c.sets, one)
		c.problems = append(c.problems, r.problems...)
	}
}

// addresses reads a range or a single address.
func (r *reader) addresses(path, text string) (netip.Prefix, bool) {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" && !ip.Is4In6() {
		return netip.PrefixFrom(ip, ip.BitLen()), true
	}
	return r.cidr(path, text)
}

func (c *calicoIndex) parse(text string) (*selector.Expr, error) {
	p, ok := c.parsed[text]
	if !ok {
		p.expr, p.err = selector.Parse(text)
		c.parsed[text] = p
	}
	return p.expr, p.err
}

// setsOf returns the addresses of the network sets that a selector matches.
func (c *calicoIndex) setsOf(e *selector.Expr) []netip.Prefix {
	var out []netip.Prefix
	for i := range c.sets {
		if e.Matches(c.labelsOf(&c.sets[i])) {
			out = append(out, c.sets[i].nets...)
		}
	}
	return out
}

// labelsOf returns the labels of a network set: its own, its namespace's name,
// and what the namespace hands down.
func (c *calicoIndex) labelsOf(s *networkSet) selector.Labels {
	ns := s.Meta.Namespace
	return func(key string) (string, bool) {
		if key == namespaceLabel {
			return ns, ns != ""
		}
		if v, ok := s.Meta.Labels[key]; ok {
			return v, true
		}
		handed, ok := strings.CutPrefix(key, namespacePrefix)
		switch {
		case !ok || ns == "":
			return "", false
		case handed == nameLabel || handed == rules.NamespaceName:
			return ns, true
		}
		space := c.spaces[ns]
		if space == nil {
			return "", false
		}
		v, ok := space.Meta.Labels[handed]
		return v, ok
	}
}
