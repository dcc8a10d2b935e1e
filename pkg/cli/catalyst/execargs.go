package catalyst

import (
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// program is the name under which kubeconfig entries call this program: stable
// across upgrades, and fit for an allowlist of credential plugins.
const program = "kubectl-catalyst"

// installHint is what kubectl prints when it does not find this program.
const installHint = `kubectl-catalyst is not installed, or its folder is not in PATH.

Install it with krew:  kubectl krew install catalyst
Or download it from    https://github.com/catalyst-cloud/kubectl-catalyst/releases`

// execArgs are the arguments of the exec entry in a kubeconfig: they say whose
// credential for which cluster, and hold no secret.
type execArgs struct {
	cluster string // UUID
	mode    credential.Mode
	cloud   string // name in clouds.yaml; "" when it came from variables, or for a file to share
	region  string
	pin     cloud.Pin // empty in a file to share: there everybody is themselves
	way     wayThrough
}

// bind defines the flags that list writes.
func (a *execArgs) bind(fs *pflag.FlagSet) {
	fs.StringVar(&a.cluster, "cluster", "", "UUID of the cluster")
	fs.StringVar((*string)(&a.mode), "auth", "", "keystone or certificate")
	fs.StringVar(&a.pin.AuthURL, "os-auth-url", "", "Keystone")
	fs.StringVar(&a.pin.Username, "os-username", "", "user")
	fs.StringVar(&a.pin.UserDomainName, "os-user-domain-name", "", "domain of the user")
	fs.StringVar(&a.pin.ProjectID, "os-project-id", "", "project")
	fs.StringVar(&a.pin.AppCredID, "os-application-credential-id", "", "application credential")
	a.way.bind(fs)
}

func (a *execArgs) list() []string {
	fields := []flagValue{
		{"cluster", a.cluster},
		{"auth", string(a.mode)},
		{"os-cloud", a.cloud},
		{"os-region-name", a.region},
		{"os-auth-url", a.pin.AuthURL},
		{"os-username", a.pin.Username},
		{"os-user-domain-name", a.pin.UserDomainName},
		{"os-project-id", a.pin.ProjectID},
		{"os-application-credential-id", a.pin.AppCredID},
	}
	return append(append([]string{"credential"}, flags(fields)...), flags(a.way.fields())...)
}

// flagValue is one argument of an exec entry.
type flagValue struct{ flag, value string }

// flags writes those that have a value.
func flags(fields []flagValue) []string {
	var args []string
	for _, f := range fields {
		if f.value != "" {
			args = append(args, "--"+f.flag+"="+f.value)
		}
	}
	return args
}

func (a *execArgs) exec() *kubeconfig.Exec {
	return &kubeconfig.Exec{Command: program, Args: a.list(), InstallHint: installHint, ProvideClusterInfo: true}
}

// pinnedRef names a credential in the private cache by what a kubeconfig entry
// says of itself, so that neither the environment nor the network is needed.
func pinnedRef(pin cloud.Pin, region, cluster string, mode credential.Mode) credential.Ref {
	return credential.Ref{ClusterUUID: cluster, Mode: mode,
		Identity: store.Key("pin", pin.AuthURL, pin.Username, pin.UserDomainName, pin.ProjectID, pin.AppCredID, region)}
}
