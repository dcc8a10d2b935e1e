package lint

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeyaml"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// manifest is an object as a file holds it.
type manifest[S any] struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Spec       S        `json:"spec"`
}

type metadata struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
}

func render[S any](apiVersion, kind string, m *kube.Meta, spec S) string {
	data, err := kubeyaml.Marshal(manifest[S]{apiVersion, kind, metadata{m.Name, m.Namespace, m.Labels}, spec})
	if err != nil {
		return ""
	}
	return string(data)
}

// changedCopy returns a copy of a spec after a change, and whether the change
// applies.
func changedCopy[S any](spec S, change func(*S) bool) (S, bool) {
	var out S
	data, err := json.Marshal(spec)
	applies := err == nil && json.Unmarshal(data, &out) == nil && change(&out)
	return out, applies
}

func renderPolicy(m *kube.Meta, spec kube.NetworkPolicySpec) string {
	return render("networking.k8s.io/v1", "NetworkPolicy", m, spec)
}

// corrected returns the YAML of a policy after a change; "" when the change does
// not apply.
func corrected(p *kube.NetworkPolicy, change func(*kube.NetworkPolicySpec) bool) string {
	if p == nil {
		return ""
	}
	spec, ok := changedCopy(p.Spec, change)
	if !ok {
		return ""
	}
	return renderPolicy(&p.Meta, spec)
}

func renderCalico(p *kube.CalicoPolicy, spec kube.CalicoPolicySpec) string {
	kind, _, _ := strings.Cut(p.Kind, ".")
	if p.Stored && len(spec.Types) == 0 {
		spec.Types = []string{"Ingress", "Egress"} // what it is for as it is stored
	}
	return render(kube.CalicoGroup+"/v3", kind, &p.Meta, spec)
}

// correctedCalico does the same for one of Calico's policies.
func correctedCalico(p *kube.CalicoPolicy, change func(*kube.CalicoPolicySpec) bool) string {
	spec, ok := changedCopy(p.Spec, change)
	if !ok {
		return ""
	}
	return renderCalico(p, spec)
}

// promoted returns what a staged policy is when it is no longer staged.
func promoted(p *kube.CalicoPolicy) string {
	enforced := *p
	enforced.Kind = strings.TrimPrefix(p.Kind, "Staged")
	enforced.Spec.StagedAction = ""
	return renderCalico(&enforced, enforced.Spec)
}

// tierYAML returns a tier that leaves what it does not decide to the next.
func tierYAML(name string, order *float64) string {
	return render(kube.CalicoGroup+"/v3", "Tier", &kube.Meta{Name: name}, kube.TierSpec{Order: order, DefaultAction: "Pass"})
}

// isolating returns a policy that denies all of a direction to every pod of a
// namespace but what the rules allow.
func isolating(name, namespace string, d rules.Direction, allowed string) string {
	return fmt.Sprintf(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: %s
  namespace: %q
spec:
  podSelector: {}
  policyTypes:
  - %s
%s`, name, namespace, d, allowed)
}

func defaultDeny(namespace string, d rules.Direction) string {
	return isolating("default-deny-"+strings.ToLower(d.String()), namespace, d, "")
}

func allowDNS(namespace string) string {
	return isolating("allow-dns", namespace, rules.Egress, `  egress:
  - to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
    ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
`)
}

// noMetadata keeps egress open but for the metadata address, in a form that works
// whether or not the data plane matches pods by address.
func noMetadata(namespace string) string {
	return isolating("deny-metadata", namespace, rules.Egress, `  egress:
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
        - 169.254.169.254/32
    - ipBlock:
        cidr: ::/0
    - namespaceSelector: {}
`)
}
