// Package treetest checks what every command of a tree must have: help that
// says what it does, and examples that parse.
package treetest

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Check walks the tree below root.
func Check(t *testing.T, newRoot func() *cobra.Command) {
	t.Helper()
	walk(newRoot(), func(c *cobra.Command) {
		name := c.CommandPath()
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s lacks Short, Long or Example", name)
		}
		if strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: Short ends with a full stop", name)
		}
		for line := range strings.Lines(c.Example) {
			if err := parse(newRoot(), strings.TrimSpace(line)); err != nil {
				t.Errorf("%s: example %q: %v", name, strings.TrimSpace(line), err)
			}
		}
	})
}

func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		if !sub.IsAdditionalHelpTopicCommand() && sub.Name() != "help" {
			walk(sub, visit)
		}
	}
}

// parse checks one line of an example, up to a pipe or redirection. Comments
// and lines of other programs pass.
func parse(root *cobra.Command, line string) error {
	display := root.CommandPath()
	rest, ours := strings.CutPrefix(line, display+" ")
	if !ours {
		return nil
	}
	if i := strings.IndexAny(rest, "|>"); i >= 0 {
		rest = rest[:i]
	}
	args := strings.Fields(strings.ReplaceAll(rest, "'", ""))
	cmd, flags, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(flags); err != nil {
		return err
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}
