package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// writeScript writes the completion script of a shell for a command tree.
func writeScript(w io.Writer, root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	}
	return root.GenPowerShellCompletionWithDesc(w)
}

// NewCompletion returns the command that prints the script with which a shell
// completes binary. called is what people type for it; more ends the description.
func NewCompletion(env Env, binary, called, more string) *cobra.Command {
	shells := []string{"bash", "fish", "powershell", "zsh"}
	return &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: "Print the script with which a shell completes " + binary,
		Long: `Print the script with which a shell completes ` + binary + `: commands, flags, and
names from your cloud, which are asked for with the token that is in the cache.
Pressing TAB never asks you for anything and takes at most two seconds.` + more,
		Example: `  # bash, with the package bash-completion
  mkdir -p ~/.local/share/bash-completion/completions
  ` + called + ` completion bash > ~/.local/share/bash-completion/completions/` + binary + `

  # zsh, into a folder of $fpath
  mkdir -p ~/.zfunc
  ` + called + ` completion zsh > ~/.zfunc/_` + binary + `

  # fish
  mkdir -p ~/.config/fish/completions
  ` + called + ` completion fish > ~/.config/fish/completions/` + binary + `.fish

  # PowerShell, for this session; in $PROFILE it is for all
  ` + called + ` completion powershell | Out-String | Invoke-Expression`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeScript(env.Out, cmd.Root(), args[0])
		},
	}
}
