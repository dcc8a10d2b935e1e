package login

import (
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
)

// Program is the name under which kubeconfig entries call this program: stable
// across upgrades, and fit for an allowlist of credential plugins.
const Program = "kubectl-catalyst"

// installHint is what kubectl prints when it does not find this program.
const installHint = `kubectl-catalyst is not installed, or its folder is not in PATH.

Install it with krew:  kubectl krew install catalyst
Or download it from    https://github.com/catalyst-cloud/kubectl-catalyst/releases`

// ExecArgs are the arguments of the exec entry in a kubeconfig: they say whose
// credential for which cluster, and hold no secret.
type ExecArgs struct {
	Cluster string // UUID
	Mode    credential.Mode
	Cloud   string // name in clouds.yaml; "" when it came from variables, or for a file to share
	Region  string
	Pin     cloud.Pin // empty in a file to share: there everybody is themselves
	Bastion route.Bastion
}

// Bind defines the flags that an entry holds, but for --os-cloud and
// --os-region-name, which every command has.
func (a *ExecArgs) Bind(fs *pflag.FlagSet) {
	fs.StringVar(&a.Cluster, "cluster", "", "UUID of the cluster")
	fs.StringVar((*string)(&a.Mode), "auth", "", "keystone or certificate")
	fs.StringVar(&a.Pin.AuthURL, "os-auth-url", "", "Keystone")
	fs.StringVar(&a.Pin.Username, "os-username", "", "user")
	fs.StringVar(&a.Pin.UserDomainName, "os-user-domain-name", "", "domain of the user")
	fs.StringVar(&a.Pin.ProjectID, "os-project-id", "", "project")
	fs.StringVar(&a.Pin.AppCredID, "os-application-credential-id", "", "application credential")
	a.Bastion.Bind(fs)
}

// Exec returns the exec entry with these arguments.
func (a *ExecArgs) Exec() *kubeconfig.Exec {
	args := []string{"credential"}
	idle := ""
	if a.Bastion.Idle != 0 {
		idle = a.Bastion.Idle.String()
	}
	for _, f := range [][2]string{
		{"cluster", a.Cluster},
		{"auth", string(a.Mode)},
		{"os-cloud", a.Cloud},
		{"os-region-name", a.Region},
		{"os-auth-url", a.Pin.AuthURL},
		{"os-username", a.Pin.Username},
		{"os-user-domain-name", a.Pin.UserDomainName},
		{"os-project-id", a.Pin.ProjectID},
		{"os-application-credential-id", a.Pin.AppCredID},
		{"bastion", a.Bastion.Host},
		{"bastion-idle", idle},
	} {
		if f[1] != "" {
			args = append(args, "--"+f[0]+"="+f[1])
		}
	}
	return &kubeconfig.Exec{Command: Program, Args: args, InstallHint: installHint, ProvideClusterInfo: true}
}

// CacheRef names a credential in the private cache by what a kubeconfig entry
// says of itself, so that neither the environment nor the network is needed.
func CacheRef(pin cloud.Pin, region, cluster string, mode credential.Mode) credential.Ref {
	return credential.Ref{ClusterUUID: cluster, Mode: mode, Identity: pin.KeyIn(region)}
}

// PinOf returns whom a login belongs to.
func PinOf(o kubeconfig.Owner) cloud.Pin {
	pin := cloud.Pin{AuthURL: o.AuthURL, ProjectID: o.ProjectID, AppCredID: o.AppCredID}
	if o.AppCredID == "" {
		pin.Username, pin.UserDomainName = o.User, o.UserDomain
	}
	return pin
}
