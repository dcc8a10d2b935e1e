package lint

import (
	"encoding/json"
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeyaml"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// manifest is a policy as a file holds it.
type manifest struct {
	APIVersion string                 `json:"apiVersion"`
	Kind       string                 `json:"kind"`
	Metadata   metadata               `json:"metadata"`
	Spec       kube.NetworkPolicySpec `json:"spec"`
}

type metadata struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels,omitempty"`
}

// render writes a policy as YAML.
func render(p *kube.NetworkPolicy) string {
	data, err := kubeyaml.Marshal(manifest{"networking.k8s.io/v1", "NetworkPolicy",
		metadata{p.Meta.Name, p.Meta.Namespace, p.Meta.Labels}, p.Spec})
	if err != nil {
		return ""
	}
	return string(data)
}

// corrected returns the YAML of a policy after a change; "" when the change does
// not apply.
func corrected(p *kube.NetworkPolicy, change func(*kube.NetworkPolicySpec) bool) string {
	if p == nil {
		return ""
	}
	copied := kube.NetworkPolicy{Meta: p.Meta}
	data, err := json.Marshal(p.Spec)
	if err != nil || json.Unmarshal(data, &copied.Spec) != nil || !change(&copied.Spec) {
		return ""
	}
	return render(&copied)
}

func defaultDeny(namespace, direction string) string {
	name := map[string]string{"Ingress": "default-deny-ingress", "Egress": "default-deny-egress"}[direction]
	return fmt.Sprintf(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: %s
  namespace: %q
spec:
  podSelector: {}
  policyTypes:
  - %s
`, name, namespace, direction)
}

func allowDNS(namespace string) string {
	return fmt.Sprintf(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-dns
  namespace: %q
spec:
  podSelector: {}
  policyTypes:
  - Egress
  egress:
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
`, namespace)
}

// noMetadata keeps egress open but for the metadata address, in a form that works
// whether or not the data plane matches pods by address.
func noMetadata(namespace string) string {
	return fmt.Sprintf(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny-metadata
  namespace: %q
spec:
  podSelector: {}
  policyTypes:
  - Egress
  egress:
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
        - 169.254.169.254/32
    - ipBlock:
        cidr: ::/0
    - namespaceSelector: {}
`, namespace)
}
