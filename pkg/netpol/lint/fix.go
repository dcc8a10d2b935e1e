package lint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeyaml"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// patch is objects to apply, as YAML documents. The zero value is no fix.
type patch struct {
	text   string
	writes []kube.Ref
}

// with returns both patches as one.
func (x patch) with(y patch) patch {
	if x.text == "" || y.text == "" {
		return patch{x.text + y.text, slices.Concat(x.writes, y.writes)}
	}
	return patch{x.text + "---\n" + y.text, slices.Concat(x.writes, y.writes)}
}

// manifest is an object as a file holds it.
type manifest[S any] struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Spec       S        `json:"spec"`
}

type metadata struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func render[S any](apiVersion, kind string, m *kube.Meta, spec S) patch {
	head := metadata{Name: m.Name, Namespace: m.Namespace, Labels: m.Labels}
	if skip, ok := m.Annotations[SkipAnnotation]; ok { // of the annotations only this one is read
		head.Annotations = map[string]string{SkipAnnotation: skip}
	}
	data, err := kubeyaml.Marshal(manifest[S]{apiVersion, kind, head, spec})
	if err != nil {
		return patch{}
	}
	return patch{string(data), []kube.Ref{{Kind: kind, Namespace: m.Namespace, Name: m.Name}}}
}

// changedCopy returns a copy of a spec after a change, and whether the change
// applies.
func changedCopy[S any](spec S, change func(*S) bool) (S, bool) {
	var out S
	data, err := json.Marshal(spec)
	applies := err == nil && json.Unmarshal(data, &out) == nil && change(&out)
	return out, applies
}

func renderPolicy(m *kube.Meta, spec kube.NetworkPolicySpec) patch {
	return render("networking.k8s.io/v1", "NetworkPolicy", m, spec)
}

// corrected returns a policy after a change; no patch when the change does not
// apply.
func corrected(p *kube.NetworkPolicy, change func(*kube.NetworkPolicySpec) bool) patch {
	if p == nil {
		return patch{}
	}
	spec, ok := changedCopy(p.Spec, change)
	if !ok {
		return patch{}
	}
	return renderPolicy(&p.Meta, spec)
}

func renderCalico(p *kube.CalicoPolicy, spec kube.CalicoPolicySpec) patch {
	kind, _, _ := strings.Cut(p.Kind, ".")
	if p.Stored && len(spec.Types) == 0 {
		spec.Types = []string{"Ingress", "Egress"} // what it is for as it is stored
	}
	out := render(kube.CalicoGroup+"/v3", kind, &p.Meta, spec)
	out.writes = []kube.Ref{p.Ref()}
	return out
}

// correctedCalico does the same for one of Calico's policies.
func correctedCalico(p *kube.CalicoPolicy, change func(*kube.CalicoPolicySpec) bool) patch {
	spec, ok := changedCopy(p.Spec, change)
	if !ok {
		return patch{}
	}
	return renderCalico(p, spec)
}

// freeName returns a name for a new NetworkPolicy that no policy of the namespace
// has yet.
func (p *pass) freeName(namespace, base string) string {
	name := base
	for i := 2; p.sources[kube.Ref{Kind: "NetworkPolicy", Namespace: namespace, Name: name}] != nil; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	return name
}

// newPolicy returns a NetworkPolicy that is not there yet.
func (p *pass) newPolicy(namespace, base string, spec kube.NetworkPolicySpec) patch {
	return renderPolicy(&kube.Meta{Namespace: namespace, Name: p.freeName(namespace, base)}, spec)
}

// unsuitableLabels change with every rollout, or name one pod only.
var unsuitableLabels = []string{"pod-template-hash", "controller-revision-hash", "pod-template-generation",
	"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "controller-uid", "job-name",
	"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "batch.kubernetes.io/job-completion-index"}

// selectorOf returns a selector that matches all of some pods and none of some
// others, if one label tells them apart. The candidates come first.
func (p *pass) selectorOf(wanted, others []int, candidates ...kube.LabelSelector) (kube.LabelSelector, bool) {
	if len(wanted) == 0 {
		return kube.LabelSelector{}, false
	}
	fits := func(s *kube.LabelSelector) bool {
		matches := func(i int) bool { return selects(s, p.objects.Pods[i].Meta.Labels) }
		return !slices.ContainsFunc(others, matches) && !slices.ContainsFunc(wanted, func(i int) bool { return !matches(i) })
	}
	for _, s := range candidates {
		if fits(&s) {
			return s, true
		}
	}
	keys := sortedKeys(p.objects.Pods[wanted[0]].Meta.Labels)
	for _, key := range append([]string{"app.kubernetes.io/name", "app", "k8s-app"}, keys...) {
		var values []string
		for _, i := range wanted {
			if v, ok := p.objects.Pods[i].Meta.Labels[key]; ok && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if len(values) == 0 || slices.Contains(unsuitableLabels, key) {
			continue
		}
		slices.Sort(values)
		s := kube.LabelSelector{MatchLabels: map[string]string{key: values[0]}}
		if len(values) > 1 {
			s = kube.LabelSelector{MatchExpressions: []kube.LabelRequirement{{Key: key, Operator: "In", Values: values}}}
		}
		if fits(&s) {
			return s, true
		}
	}
	return kube.LabelSelector{}, false
}

// without returns the pods of a namespace that are not among some; both sorted.
func without(all, some []int) []int {
	var out []int
	for _, i := range all {
		if _, found := slices.BinarySearch(some, i); !found {
			out = append(out, i)
		}
	}
	return out
}
