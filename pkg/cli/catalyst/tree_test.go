package catalyst

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/treetest"
)

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	treetest.Check(t, func() *cobra.Command { return newRoot(cli.Env{}) })
}

// A kubeconfig chooses the arguments of the program that kubectl starts to get a
// credential.
func TestOnlyCredentialRunsAsAPlugin(t *testing.T) {
	t.Parallel()
	treetest.RefusedAsPlugin(t, func() *cobra.Command { return newRoot(cli.Env{}) }, func(args []string) (int, string) {
		var stderr bytes.Buffer
		env := cli.Env{IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: &stderr},
			Getenv: func(name string) string { return map[string]string{cli.ExecInfo: "{}"}[name] }}
		return Run(t.Context(), args, env), stderr.String()
	}, "kubectl catalyst credential")
}
