package credential

import (
	"fmt"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// MismatchedCA is a cluster for which Magnum names another CA than its API server
// has. A rotation that the cluster's driver does not support leaves this behind:
// Magnum stores the new CA before it asks the driver. What Magnum signs is then worth
// nothing, and only the old CA verifies the API server.
type MismatchedCA struct {
	Cluster string // name or UUID
	Server  string
	Magnum  []byte // the CA (PEM) that Magnum names
	Proven  []byte // the CA (PEM) that verifies the API server; nil where nobody has it
}

func (e *MismatchedCA) Error() string {
	named := strings.Join(Fingerprints(e.Magnum), ", ")
	if e.Proven == nil {
		return fmt.Sprintf("Magnum's CA is not the API server's: Magnum names SHA-256 %s for cluster %q, and it did not sign the certificate of %s",
			named, e.Cluster, e.Server)
	}
	return fmt.Sprintf("Magnum's CA is not the API server's: Magnum names SHA-256 %s for cluster %q, and the certificate of %s is signed by SHA-256 %s, the CA in your kubeconfig",
		named, e.Cluster, e.Server, strings.Join(Fingerprints(e.Proven), ", "))
}

// Explain returns the error with the next step.
func (e *MismatchedCA) Explain() error { return clierr.Errorf(e.hint(), "%w", e) }

func (e *MismatchedCA) hint() string {
	support := fmt.Sprintf("send this message and what 'openstack-coe-helper support %s' collects to the cloud's support: a CA rotation that failed leaves this behind, and only they can put the old CA back", e.Cluster)
	if e.Proven == nil {
		return "if the CA is being rotated, wait for the end of that; else " + support + ". If nobody rotated it, something answers in the API server's place"
	}
	return "your login works: keep it, and " + support
}
