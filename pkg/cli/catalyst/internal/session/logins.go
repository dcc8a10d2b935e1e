package session

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// Logins returns those in the kubeconfig. A kubeconfig that cannot be read is
// warned about: what Magnum knows can be shown all the same.
func (i *Identity) Logins(explicit string) []kubeconfig.Owned {
	logins, err := i.ReadLogins(explicit)
	if err != nil {
		i.Env.Warn("logins are not shown: "+err.Error(), "")
		return nil
	}
	return logins
}

// ReadLogins returns the logins in the kubeconfig that kubectl would use, or in
// the one that is named.
func (i *Identity) ReadLogins(explicit string) ([]kubeconfig.Owned, error) {
	files, err := kubeconfig.Locate(explicit, i.Env.Getenv)
	if err != nil {
		return nil, err
	}
	return files.List()
}

// Kubeconfig returns the files that kubectl would use, or the one that is named,
// to be edited, and the logins in them.
func (i *Identity) Kubeconfig(explicit string) (kubeconfig.Files, []kubeconfig.Owned, error) {
	files, err := kubeconfig.Locate(explicit, i.Env.Getenv)
	if err != nil {
		return files, nil, err
	}
	files.Warn = func(m string) { i.Env.Warn(m, "") }
	logins, err := files.List()
	return files, logins, err
}

// IsNamed reports whether a login is called so: its context or its cluster.
func IsNamed(l kubeconfig.Owned, name string) bool {
	return name == l.Context || name == l.ClusterName || name == l.ClusterUUID
}
