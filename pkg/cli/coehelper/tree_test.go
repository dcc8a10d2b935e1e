package coehelper

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/treetest"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	catalog, err := plugin.Load()
	if err != nil {
		t.Fatal(err)
	}
	treetest.Check(t, func() *cobra.Command { return newRoot(deps{catalog: catalog}) })
}

func TestNothingRunsAsAPlugin(t *testing.T) {
	t.Parallel()
	catalog, err := plugin.Load()
	if err != nil {
		t.Fatal(err)
	}
	treetest.RefusedAsPlugin(t, func() *cobra.Command { return newRoot(deps{catalog: catalog}) }, func(args []string) (int, string) {
		var stderr bytes.Buffer
		env := cli.Env{IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: &stderr},
			Getenv: func(name string) string { return map[string]string{cli.ExecInfo: "{}"}[name] }}
		return Run(t.Context(), args, env), stderr.String()
	})
}
