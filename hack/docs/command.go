package main

import (
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// command is what there is to say about one command.
type command struct {
	path        string // as it is typed: kubectl catalyst cluster list
	short       string
	hidden      bool // programs call it, not people
	usage       string
	aliases     []string
	description []block
	examples    []block
	options     []optionGroup // those without options are left out
	parent      *command
	below       []*command
}

// describe reads a command of a tree, and those below it.
func describe(c *cobra.Command, parent *command) *command {
	d := &command{path: c.CommandPath(), short: c.Short, hidden: c.Hidden, usage: usage(c), aliases: c.Aliases,
		description: parseText(c.Long), examples: parseExamples(c.Example), options: groupOptions(c), parent: parent}
	for _, sub := range c.Commands() {
		if sub.Name() != "help" && sub.Deprecated == "" && !sub.IsAdditionalHelpTopicCommand() {
			d.below = append(d.below, describe(sub, d))
		}
	}
	return d
}

// usage is the line that shows what may follow the command.
func usage(c *cobra.Command) string {
	if !c.Runnable() {
		return c.CommandPath() + " COMMAND"
	}
	return strings.Replace(c.UseLine(), "[flags]", "[OPTIONS]", 1)
}

// file is the name of the command's page without extension, which is what man
// knows it by.
func (c *command) file() string { return strings.ReplaceAll(c.path, " ", "-") }

// name is the last word of the path.
func (c *command) name() string { return c.path[strings.LastIndexByte(c.path, ' ')+1:] }

// all yields the command and everything below it, parents first.
func (c *command) all() iter.Seq[*command] {
	return func(yield func(*command) bool) { c.walk(yield) }
}

func (c *command) walk(yield func(*command) bool) bool {
	if !yield(c) {
		return false
	}
	for _, sub := range c.below {
		if !sub.walk(yield) {
			return false
		}
	}
	return true
}

// shown are the commands below that people call.
func (c *command) shown() []*command {
	return slices.DeleteFunc(slices.Clone(c.below), func(sub *command) bool { return sub.hidden })
}

// optionGroup is a set of options that belong together.
type optionGroup struct {
	title   string
	options []option
}

// option is a flag. The argument may be omitted where bare is not "".
type option struct {
	short, long string // without dashes; short may be ""
	argument    string // what stands for its value; "" for a switch
	bare        string // value when the flag stands alone
	initial     string // value without the flag; "" where that goes without saying
	usage       string
}

// The options that kubectl gives every command and network-policy takes over.
func kubectlOptions() []string {
	return []string{"as", "as-group", "as-uid", "certificate-authority", "client-certificate", "client-key", "cluster",
		"context", "disable-compression", "insecure-skip-tls-verify", "kubeconfig", "password", "proxy-url",
		"request-timeout", "server", "tls-server-name", "token", "user", "username"}
}

func groupOptions(c *cobra.Command) []optionGroup {
	groups := []optionGroup{{title: "Options"}, {title: "Who you are to OpenStack"}, {title: "Which cluster, as for kubectl"}}
	likeKubectl := c.Flags().Lookup("as-group") != nil
	visit := func(f *pflag.Flag) {
		i := 0
		switch {
		case f.Hidden || f.Name == "help":
			return
		case strings.HasPrefix(f.Name, "os-") || f.Name == "no-cache":
			i = 1
		case likeKubectl && slices.Contains(kubectlOptions(), f.Name):
			i = 2
		}
		groups[i].options = append(groups[i].options, describeOption(f))
	}
	c.NonInheritedFlags().VisitAll(visit)
	c.InheritedFlags().VisitAll(visit)
	return slices.DeleteFunc(groups, func(g optionGroup) bool { return len(g.options) == 0 })
}

func describeOption(f *pflag.Flag) option {
	argument, text := pflag.UnquoteUsage(f) // a choice names its values
	o := option{short: f.Shorthand, long: f.Name, argument: argument, usage: strings.TrimSuffix(text, ".")}
	switch argument {
	case "string", "strings", "stringArray":
		o.argument = "VALUE"
	case "int":
		o.argument = "N"
	case "duration":
		o.argument = "DURATION"
	}
	if o.argument != "" {
		o.bare = f.NoOptDefVal
	}
	switch f.DefValue {
	case "", "0", "0s", "false", "[]":
	case "true": // a switch that is on
		o.argument, o.initial = "true|false", "true"
	default:
		o.initial = f.DefValue
	}
	if strings.Contains(text, "(default") { // the words say more
		o.initial = ""
	}
	return o
}
