package inventory

import (
	"maps"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Account is a service account with the labels that selectors see.
type Account struct {
	Labels map[string]string
	Given  bool // there is a ServiceAccount object
}

// AccountName names a service account.
type AccountName struct{ Namespace, Name string }

// shortName is the length from which on Calico does not put the name of a
// service account into a label of its pods.
const shortName = 63

func (v *Inventory) readAccounts(objects *kube.Objects) {
	v.accounts = make(map[AccountName]*Account, len(objects.ServiceAccounts))
	for i := range objects.ServiceAccounts {
		s := &objects.ServiceAccounts[i]
		v.accounts[AccountName{s.Meta.Namespace, s.Meta.Name}] = newAccount(s.Meta.Name, s.Meta.Labels, true)
	}
}

func newAccount(name string, labels map[string]string, given bool) *Account {
	out := &Account{Labels: maps.Clone(labels), Given: given}
	if out.Labels == nil {
		out.Labels = make(map[string]string)
	}
	out.Labels[rules.AccountName] = name
	if len(name) < shortName {
		out.Labels[rules.AccountShortName] = name
	}
	return out
}

// AccountOf names the service account of a pod: without one, the API server gives
// it the namespace's default.
func AccountOf(p *kube.Pod) AccountName {
	name := p.Spec.ServiceAccountName
	if name == "" {
		name = "default"
	}
	return AccountName{p.Meta.Namespace, name}
}

// Account returns the service account of a pod, known or only mentioned.
func (v *Inventory) Account(p *kube.Pod) *Account {
	key := AccountOf(p)
	a, ok := v.accounts[key]
	if !ok {
		a = newAccount(key.Name, nil, false)
		v.accounts[key] = a
	}
	return a
}
