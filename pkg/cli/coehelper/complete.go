package coehelper

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/account"
)

// completions says what may stand where on the command line.
func completions(root *cobra.Command, env cli.Env) {
	names := account.Names{Env: env, Program: program}
	cli.CompleteArguments(root, map[string]cobra.CompletionFunc{
		"support": cli.Offer(1, names.Clusters),
	})
	cli.CompleteFlags(root, map[string]cobra.CompletionFunc{
		"--os-cloud":       cli.OfferValue(names.Clouds),
		"--os-region-name": cli.OfferValue(names.Regions),
		"support --output": formatOrFile,
	})
}

// formatOrFile offers the formats beside files.
func formatOrFile(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"text", "json", "yaml"}, cobra.ShellCompDirectiveDefault
}
