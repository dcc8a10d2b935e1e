package lint

import (
	"encoding/json"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeyaml"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// calicoManifest is one of Calico's policies as a file holds it.
type calicoManifest struct {
	APIVersion string                `json:"apiVersion"`
	Kind       string                `json:"kind"`
	Metadata   calicoMetadata        `json:"metadata"`
	Spec       kube.CalicoPolicySpec `json:"spec"`
}

type calicoMetadata struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
}

func renderCalico(p *kube.CalicoPolicy) string {
	kind, _, _ := strings.Cut(p.Kind, ".")
	m := calicoManifest{"projectcalico.org/v3", kind, calicoMetadata{p.Meta.Name, p.Meta.Namespace, p.Meta.Labels}, p.Spec}
	if p.Stored && len(m.Spec.Types) == 0 {
		m.Spec.Types = []string{"Ingress", "Egress"} // what it is for as it is stored
	}
	data, err := kubeyaml.Marshal(m)
	if err != nil {
		return ""
	}
	return string(data)
}

// correctedCalico returns the YAML of a policy after a change; "" when the change
// does not apply.
func correctedCalico(p *kube.CalicoPolicy, change func(*kube.CalicoPolicySpec) bool) string {
	if p == nil {
		return ""
	}
	copied := kube.CalicoPolicy{Meta: p.Meta, Kind: p.Kind, Stored: p.Stored}
	data, err := json.Marshal(p.Spec)
	if err != nil || json.Unmarshal(data, &copied.Spec) != nil || !change(&copied.Spec) {
		return ""
	}
	return renderCalico(&copied)
}

// promoted returns what a staged policy is when it is no longer staged.
func promoted(p *kube.CalicoPolicy) string {
	real := *p
	real.Kind = strings.TrimPrefix(p.Kind, "Staged")
	real.Spec.StagedAction = ""
	return renderCalico(&real)
}

// tierYAML is a tier that leaves what it does not decide to the next.
func tierYAML(name string, order *float64) string {
	data, err := kubeyaml.Marshal(struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   calicoMetadata `json:"metadata"`
		Spec       kube.TierSpec  `json:"spec"`
	}{"projectcalico.org/v3", "Tier", calicoMetadata{Name: name}, kube.TierSpec{Order: order, DefaultAction: "Pass"}})
	if err != nil {
		return ""
	}
	return string(data)
}
