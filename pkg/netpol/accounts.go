package netpol

import (
	"maps"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// account is a service account with the labels that selectors see.
type account struct {
	labels map[string]string
	given  bool // there is a ServiceAccount object
}

// accountName names a service account.
type accountName struct{ namespace, name string }

// shortName is the length from which on Calico does not put the name of a
// service account into a label of its pods.
const shortName = 63

func (c *cluster) readAccounts(objects *kube.Objects) {
	c.accounts = make(map[accountName]*account, len(objects.ServiceAccounts))
	for i := range objects.ServiceAccounts {
		s := &objects.ServiceAccounts[i]
		c.accounts[accountName{s.Meta.Namespace, s.Meta.Name}] = newAccount(s.Meta.Name, s.Meta.Labels, true)
	}
}

func newAccount(name string, labels map[string]string, given bool) *account {
	out := &account{labels: maps.Clone(labels), given: given}
	if out.labels == nil {
		out.labels = make(map[string]string)
	}
	out.labels[rules.AccountName] = name
	if len(name) < shortName {
		out.labels[rules.AccountShortName] = name
	}
	return out
}

// accountOf names the service account of a pod: without one, the API server gives
// it the namespace's default.
func accountOf(p *kube.Pod) accountName {
	name := p.Spec.ServiceAccountName
	if name == "" {
		name = "default"
	}
	return accountName{p.Meta.Namespace, name}
}

// account returns the service account of a pod, known or only mentioned.
func (c *cluster) account(p *kube.Pod) *account {
	key := accountOf(p)
	a, ok := c.accounts[key]
	if !ok {
		a = newAccount(key.name, nil, false)
		c.accounts[key] = a
	}
	return a
}
