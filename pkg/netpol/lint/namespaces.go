package lint

import (
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// hostNetwork reports pods that are their node to the network, and that a policy
// selects by label in vain. One for every pod of the namespace means the others.
func hostNetwork(p *pass) {
	seen := make(map[kube.Ref]bool)
	for i := range p.objects.Pods {
		pod := &p.objects.Pods[i]
		ref := pod.Owner
		if ref.Kind == "" {
			ref = pod.Ref()
		}
		s := p.spaces[pod.Meta.Namespace]
		if !pod.Spec.HostNetwork || pod.Status.Phase == "Succeeded" || pod.Status.Phase == "Failed" || seen[ref] || s == nil || slices.Contains(managed, s.name) {
			continue
		}
		for _, at := range s.policy {
			policy := p.sources[p.policies[at].Ref]
			if policy != nil && !isEmpty(&policy.Spec.PodSelector) && selects(&policy.Spec.PodSelector, pod.Meta.Labels) {
				seen[ref] = true
				p.report(ref, pod.Origin, fmt.Sprintf("the selector of %s%s matches these pods, but they are on the host network, where no policy applies", policy.Ref(), lineOf(policy.Origin)))
				break
			}
		}
	}
}

// selects reports whether a selector matches labels.
func selects(s *kube.LabelSelector, labels map[string]string) bool {
	for k, v := range s.MatchLabels {
		if have, ok := labels[k]; !ok || have != v {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		have, ok := labels[e.Key]
		in := ok && slices.Contains(e.Values, have)
		if e.Operator == "In" && !in || e.Operator == "NotIn" && in || e.Operator == "Exists" && !ok || e.Operator == "DoesNotExist" && ok {
			return false
		}
	}
	return true
}

// unknownNamespace reports policies in a namespace that is not there: most often its
// name is misspelt. Manifests need not hold every namespace, so there only a name
// near another one is doubtful.
func unknownNamespace(p *pass) {
	live := p.Input.Cluster != nil && !p.unread("namespaces")
	for o := range kinds.Policies(p.objects) {
		ref := o.Ref()
		if ref.Namespace == "" || everywhere[ref.Namespace] || p.exists[ref.Namespace] || len(p.exists) == 0 {
			continue
		}
		_, at := o.Head()
		meant := nearest(ref.Namespace, p.exists)
		switch {
		case meant != "":
			p.report(ref, *at, fmt.Sprintf("there is no namespace %s, so the policy selects no pod; did you mean %s?", ref.Namespace, meant))
		case live:
			p.report(ref, *at, fmt.Sprintf("there is no namespace %s, so the policy selects no pod; correct metadata.namespace, or create the namespace", ref.Namespace))
		default:
			p.report(ref, *at, fmt.Sprintf("nothing else here is in namespace %s, so what the policy does to its pods is not known; name their manifests with another -f", ref.Namespace)).Severity = Info
		}
	}
}
