package cli

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// ExecInfo is the variable that Kubernetes clients set for a program that they
// start to get a credential.
const ExecInfo = "KUBERNETES_EXEC_INFO"

// givesCredentials is the annotation of a command that a Kubernetes client may
// start.
const givesCredentials = "catalyst.cloud/gives-credentials"

// AllowAsPlugin marks a command that a Kubernetes client may start to get a
// credential. All others are refused there.
func AllowAsPlugin(cmd *cobra.Command) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[givesCredentials] = "true"
}

// refuseAsPlugin refuses a command that a kubeconfig started in place of one
// that gives a credential. Which arguments a client passes is for whoever wrote
// the kubeconfig to choose, so "cluster delete" may be among them.
func (e Env) refuseAsPlugin(cmd *cobra.Command) error {
	if e.Getenv == nil || e.Getenv(ExecInfo) == "" || cmd.Annotations[givesCredentials] != "" {
		return nil
	}
	return clierr.Errorf("do not use that kubeconfig; take the entry out, and log in to the cluster again",
		"a kubeconfig started '%s' to get a credential, and only 'credential' gives one: nothing was done", cmd.CommandPath())
}
