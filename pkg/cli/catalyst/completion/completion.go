package completion

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
)

// New returns the commands about completion by a shell.
func New(env cli.Env) *cobra.Command {
	cmd := cli.NewCompletion(env, login.Program, "kubectl catalyst", `

For 'kubectl catalyst' itself kubectl has to know whom to ask: see 'kubectl
catalyst completion install'.`)
	cmd.AddCommand(newInstall(env))
	return cmd
}

func newInstall(env cli.Env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Let kubectl complete 'kubectl catalyst'",
		Long: `Let kubectl complete 'kubectl catalyst', in any shell in which kubectl itself is
completed ('kubectl completion --help').

This writes the program ` + hookName("linux") + ` (on Windows with .cmd behind it), which
kubectl looks for in PATH, into the folder that you name, or else beside this
plugin or into the first folder in PATH that you may write to. Remove the file to
undo it.`,
		Example: `  kubectl catalyst completion install
  kubectl catalyst completion install --dir ~/bin`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			at, err := installHook(env.Getenv, dir)
			if err != nil {
				return err
			}
			fmt.Fprintf(env.ErrOut, "wrote %s\n", clierr.Clean(at.path))
			if !at.found {
				env.Warn("that folder is not in PATH, so kubectl does not find the file", "add the folder to PATH, or name another with --dir")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder to write to (default: beside the plugin, or a folder in PATH)")
	_ = cmd.MarkFlagDirname("dir") // it has just been added
	return cmd
}
