package catalyst

import (
	"reflect"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
)

// free are the values that nobody but the user can know; where they stand
// nothing is offered.
var free = map[string]bool{
	"cluster create": true,
}

// Every command that takes arguments says what they may be, so that none is
// forgotten.
func TestEveryArgumentIsCompleted(t *testing.T) {
	t.Parallel()
	root := newRoot(cli.Env{})
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		none := c.Args != nil && reflect.ValueOf(c.Args).Pointer() == reflect.ValueOf(cobra.PositionalArgs(cobra.NoArgs)).Pointer()
		path := c.CommandPath()[len(root.CommandPath()):]
		if c.HasAvailableSubCommands() || none || path == "" || c.Name() == "help" || free[path[1:]] {
			return
		}
		if c.ValidArgsFunction == nil && len(c.ValidArgs) == 0 {
			t.Errorf("%s takes arguments and completes none", c.CommandPath())
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if _, choice := f.Value.(*cli.Choice); choice {
				if _, ok := c.GetFlagCompletionFunc(f.Name); !ok {
					t.Errorf("%s --%s is not completed", c.CommandPath(), f.Name)
				}
			}
		})
	}
	walk(root)
}
