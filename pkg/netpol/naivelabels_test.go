package netpol_test

import (
	"cmp"
	"net/netip"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// endpointLabels is what selectors see of a pod or a network set: its labels with
// those handed down, and those of its namespace and its service account alone.
type endpointLabels struct{ labels, namespace, account map[string]string }

func (x *endpointLabels) handDown(labels map[string]string, name, prefix string) map[string]string {
	out := map[string]string{"projectcalico.org/name": name}
	for k, v := range labels {
		if k != "projectcalico.org/name" {
			out[k] = v
		}
	}
	for k, v := range out {
		if _, own := x.labels[prefix+k]; !own {
			x.labels[prefix+k] = v
		}
	}
	return out
}

func (n naive) workload(p *kube.Pod) endpointLabels {
	if x, ok := n.seen[p]; ok {
		return x
	}
	x := endpointLabels{labels: map[string]string{}}
	for k, v := range p.Meta.Labels {
		x.labels[k] = v
	}
	account := cmp.Or(p.Spec.ServiceAccountName, "default")
	x.labels["projectcalico.org/namespace"] = p.Meta.Namespace
	x.labels["projectcalico.org/orchestrator"] = "k8s"
	x.labels["projectcalico.org/serviceaccount"] = account
	x.namespace = x.handDown(n.namespaceLabels(p.Meta.Namespace), p.Meta.Namespace, "pcns.")
	var labels map[string]string
	for _, s := range n.o.ServiceAccounts {
		if s.Meta.Namespace == p.Meta.Namespace && s.Meta.Name == account {
			labels = s.Meta.Labels
		}
	}
	x.account = x.handDown(labels, account, "pcsa.")
	n.seen[p] = x
	return x
}

func (n naive) set(s *kube.NetworkSet) endpointLabels {
	if x, ok := n.seen[s]; ok {
		return x
	}
	x := endpointLabels{labels: map[string]string{}}
	for k, v := range s.Meta.Labels {
		x.labels[k] = v
	}
	if ns := s.Meta.Namespace; ns != "" {
		x.labels["projectcalico.org/namespace"] = ns
		x.namespace = x.handDown(n.namespaceLabels(ns), ns, "pcns.")
	}
	n.seen[s] = x
	return x
}

// endpointsAt returns whatever is found at an end: the pod, and the network sets
// that hold the address.
func (n naive) endpointsAt(who party, ip netip.Addr) []endpointLabels {
	var out []endpointLabels
	if who.pod != nil && !who.pod.Spec.HostNetwork {
		out = append(out, n.workload(who.pod))
	}
	for i := range n.o.NetworkSets {
		s := &n.o.NetworkSets[i]
		for _, text := range s.Spec.Nets {
			if !strings.Contains(text, "/") {
				text += map[bool]string{true: "/128", false: "/32"}[strings.Contains(text, ":")]
			}
			if ip.IsValid() && netip.MustParsePrefix(text).Contains(ip) {
				out = append(out, n.set(s))
				break
			}
		}
	}
	return out
}

// evaluate reads a selector from left to right and evaluates it at once.
// all and global are what all() and global() stand for.
func evaluate(text string, labels map[string]string, all, global bool) bool {
	if strings.Trim(text, " \t") == "" {
		return true
	}
	r := &reading{text, labels, all, global}
	return r.or()
}

type reading struct {
	rest        string
	labels      map[string]string
	all, global bool
}

func (r *reading) accept(word string) bool {
	r.rest = strings.TrimLeft(r.rest, " \t")
	rest, ok := strings.CutPrefix(r.rest, word)
	if ok {
		r.rest = rest
	}
	return ok
}

func (r *reading) or() bool {
	out := r.and()
	for r.accept("||") {
		next := r.and()
		out = out || next
	}
	return out
}

func (r *reading) and() bool {
	out := r.one()
	for r.accept("&&") {
		next := r.one()
		out = out && next
	}
	return out
}

func (r *reading) one() bool {
	switch {
	case r.accept("!"):
		return !r.one()
	case r.accept("("):
		out := r.or()
		r.accept(")")
		return out
	case r.accept("all()"):
		return r.all
	case r.accept("global()"):
		return r.global
	case r.accept("has("):
		_, ok := r.labels[r.key()]
		r.accept(")")
		return ok
	}
	value, ok := r.labels[r.key()]
	switch {
	case r.accept("=="):
		return r.text() == value && ok
	case r.accept("!="):
		return r.text() != value || !ok
	case r.accept("not in"):
		return !r.among(value) || !ok
	case r.accept("in"):
		return r.among(value) && ok
	case r.accept("starts with"):
		return strings.HasPrefix(value, r.text()) && ok
	case r.accept("ends with"):
		return strings.HasSuffix(value, r.text()) && ok
	}
	r.accept("contains")
	return strings.Contains(value, r.text()) && ok
}

func (r *reading) key() string {
	r.accept("")
	n := strings.IndexAny(r.rest, " \t=!)&|")
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reading) text() string {
	r.accept("")
	quote := r.rest[:1]
	out, rest, _ := strings.Cut(r.rest[1:], quote)
	r.rest = rest
	return out
}

func (r *reading) among(value string) bool {
	out := false
	for r.accept("{"); !r.accept("}"); r.accept(",") {
		if r.text() == value {
			out = true
		}
	}
	return out
}
