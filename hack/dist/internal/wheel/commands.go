package wheel

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// offered are the commands that openstack gets. It completes and explains itself.
var offered = []string{"check", "support", "version"}

// global are flags that openstack has itself, before and behind a command: the module
// passes on what it makes of them.
var global = map[string]bool{"help": true, "os-cloud": true, "os-region-name": true, "v": true}

// commandSpec says what a command takes.
type commandSpec struct {
	Name      string       `json:"name"`
	Help      string       `json:"help"`
	Arguments []string     `json:"arguments"`
	Options   []optionSpec `json:"options"`
}

type optionSpec struct {
	Names []string `json:"names"` // the long one first
	Value string   `json:"value"` // what the help calls it; "" takes none
	Help  string   `json:"help"`
}

// describeCommands returns what the offered commands of a tree take, as an expression
// of Python: of JSON, objects, lists and strings alone mean the same there.
func describeCommands(tree *cobra.Command) (string, error) {
	all := map[string]commandSpec{}
	for _, name := range offered {
		c, rest, err := tree.Find([]string{name})
		if err != nil || len(rest) > 0 {
			return "", fmt.Errorf("the program has no command %q", name)
		}
		spec := commandSpec{Name: name, Help: c.Long, Arguments: []string{}, Options: []optionSpec{}}
		if spec.Help == "" {
			spec.Help = c.Short
		}
		for _, word := range strings.Fields(c.Use)[1:] {
			if strings.ToUpper(word) == word {
				spec.Arguments = append(spec.Arguments, word)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !global[f.Name] && !f.Hidden {
				spec.Options = append(spec.Options, describeOption(f))
			}
		})
		all[name] = spec
	}
	text, err := json.MarshalIndent(all, "", "    ")
	return string(text), err
}

func describeOption(f *pflag.Flag) optionSpec {
	value, help := pflag.UnquoteUsage(f)
	o := optionSpec{Names: []string{"--" + f.Name}, Value: value, Help: strings.ReplaceAll(help, "%", "%%")}
	if f.DefValue != "" && f.DefValue != "false" {
		o.Help += " (default " + f.DefValue + ")"
	}
	if f.Shorthand != "" {
		o.Names = append(o.Names, "-"+f.Shorthand)
	}
	if f.Value.Type() == "bool" {
		o.Value = ""
	}
	return o
}

// entryPoints registers the commands. The group is that of commands that are no
// service's; see python-openstackclient, "Adding a plugin".
func entryPoints() string {
	var b strings.Builder
	b.WriteString("[openstack.extension]\n")
	for _, name := range offered {
		fmt.Fprintf(&b, "coe_helper_%s = %s:%s\n", name, distribution, strings.ToUpper(name[:1])+name[1:])
	}
	return b.String()
}
