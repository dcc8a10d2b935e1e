// Package treetest checks what every command of a tree must have: help that
// says what it does, and examples that parse.
package treetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
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

// arguments returns what a line of an example passes to the program, nil for a
// line of another program.
func arguments(root *cobra.Command, line string) []string {
	rest, ours := strings.CutPrefix(line, root.CommandPath()+" ")
	if !ours {
		return nil
	}
	if i := strings.IndexAny(rest, "|>"); i >= 0 {
		rest = rest[:i]
	}
	return strings.Fields(strings.ReplaceAll(rest, "'", ""))
}

// parse checks one line of an example, up to a pipe or redirection. Comments
// and lines of other programs pass.
func parse(root *cobra.Command, line string) error {
	args := arguments(root, line)
	if args == nil {
		return nil
	}
	cmd, flags, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(flags); err != nil {
		return err
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

// RefusedAsPlugin runs the examples of every command as a Kubernetes client
// starts a plugin: with its variable set. Only allowed commands may do anything,
// so a new command is refused until somebody allows it here and in the tree.
func RefusedAsPlugin(t *testing.T, newRoot func() *cobra.Command, run func(args []string) (code int, stderr string), allowed ...string) {
	t.Helper()
	root := newRoot()
	walk(root, func(c *cobra.Command) {
		name := c.CommandPath()
		if !c.Runnable() || slices.Contains(allowed, name) {
			return
		}
		lines := [][]string{strings.Fields(strings.TrimPrefix(name, root.CommandPath()))} // as a group is run
		for line := range strings.Lines(c.Example) {
			if args := arguments(root, strings.TrimSpace(line)); args != nil {
				lines = append(lines, args)
			}
		}
		refused := 0
		for _, args := range lines {
			if which, _, err := root.Find(args); err != nil || which != c {
				continue
			}
			code, stderr := run(args)
			if code == clierr.Failure && strings.Contains(stderr, name+"' to get a credential") {
				refused++
			} else if code != clierr.Usage {
				t.Errorf("%q started as a credential plugin: exit code %d, %q", args, code, stderr)
			}
		}
		if refused == 0 {
			t.Errorf("%s: nothing says that it is refused as a credential plugin", name)
		}
	})
}
