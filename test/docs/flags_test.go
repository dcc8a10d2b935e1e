package docs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/coehelper"
)

// trees are both programs' commands by how they are called.
func trees(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	helper, err := coehelper.Tree()
	if err != nil {
		t.Fatal(err)
	}
	plugin := catalyst.Tree()
	for _, c := range []*cobra.Command{plugin, helper} {
		c.InitDefaultCompletionCmd()
		c.InitDefaultHelpCmd()
	}
	return map[string]*cobra.Command{"kubectl catalyst": plugin, "kubectl-catalyst": plugin, "openstack-coe-helper": helper}
}

// foreign are options that the pages mention and that belong to other programs.
func foreign() []string {
	return []string{"--use-keystone", "--merge-labels", "--system-site-packages", "--user", "--version"}
}

var (
	span   = regexp.MustCompile("`([^`]+)`")
	option = regexp.MustCompile(`^--?[a-zA-Z]`)
)

// Whatever the pages call exists: commands and options in blocks as in the
// middle of a sentence.
func TestCommandsAndOptionsExist(t *testing.T) {
	t.Parallel()
	known := trees(t)
	for _, p := range pages(t) {
		if p.name == "CHANGELOG.md" { // tells about those that are gone, too
			continue
		}
		for _, b := range p.blocks {
			for _, s := range b.steps() {
				for part := range strings.SplitSeq(s.command, "\n") {
					if err := mentioned(known, part, false); err != nil {
						t.Errorf("%s:%d: %v", p.name, s.number, err)
					}
				}
			}
		}
		for _, l := range p.prose {
			for _, m := range span.FindAllStringSubmatch(l.text, -1) {
				if err := mentioned(known, strings.ReplaceAll(m[1], `\|`, "|"), true); err != nil {
					t.Errorf("%s:%d: `%s`: %v", p.name, l.number, m[1], err)
				}
			}
		}
	}
}

// mentioned checks one command line, or a few words of one.
func mentioned(known map[string]*cobra.Command, text string, alone bool) error {
	for name, root := range known {
		if rest, ok := strings.CutPrefix(text, name); ok && (rest == "" || rest[0] == ' ') {
			return called(root, strings.Fields(untilPipe(rest)))
		}
	}
	if !alone || strings.HasPrefix(text, "openstack ") || strings.HasPrefix(text, "kubectl ") {
		return nil
	}
	words := strings.Fields(text)
	if len(words) > 0 && !option.MatchString(words[0]) { // perhaps the words behind the program's name
		for _, root := range known {
			if c, _, err := root.Find(words[:1]); err == nil && c != root {
				return called(root, words)
			}
		}
		return nil
	}
	if len(words) == 0 || !strings.HasPrefix(words[0], "--") {
		return nil
	}
	name := optionName(words[0])
	for _, root := range known {
		if somewhere(root, name) {
			return nil
		}
	}
	if slices.Contains(foreign(), "--"+name) {
		return nil
	}
	return fmt.Errorf("no command has an option --%s", name)
}

// untilPipe leaves out what a shell does with the output, and comments.
func untilPipe(text string) string {
	for _, end := range []string{" | ", " > ", " >> ", " || ", " # ", "; "} {
		text, _, _ = strings.Cut(text, end)
	}
	return strings.NewReplacer("[", "", "]", "", `\`, "").Replace(text)
}

// called checks the words behind the name of a program.
func called(root *cobra.Command, words []string) error {
	path := words
	if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }); i >= 0 {
		path = words[:i]
	}
	c, rest, err := root.Find(path)
	if err != nil {
		return err
	}
	if c.HasSubCommands() && len(rest) > 0 && rest[0] == strings.ToLower(rest[0]) && !slices.Contains(c.ValidArgs, rest[0]) {
		return fmt.Errorf("there is no command %s %s", c.CommandPath(), rest[0])
	}
	for _, w := range words {
		if name := optionName(w); option.MatchString(w) && !has(c, name) {
			return fmt.Errorf("%s has no option %s", c.CommandPath(), w)
		}
	}
	return nil
}

// optionName is the name in -o=json, --wait=D and --os-cloud.
func optionName(word string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	name, _, _ = strings.Cut(name, "[")
	return strings.TrimRight(name, ",.;:")
}

func has(c *cobra.Command, name string) bool {
	if len(name) == 1 {
		return c.Flags().ShorthandLookup(name) != nil || c.InheritedFlags().ShorthandLookup(name) != nil || name == "h"
	}
	return name == "help" || c.Flags().Lookup(name) != nil || c.InheritedFlags().Lookup(name) != nil
}

func somewhere(c *cobra.Command, name string) bool {
	return has(c, name) || slices.ContainsFunc(c.Commands(), func(sub *cobra.Command) bool { return somewhere(sub, name) })
}

func TestMentioned(t *testing.T) {
	t.Parallel()
	known := trees(t)
	for text, wrong := range map[string]bool{
		"kubectl catalyst login prod --wait":                    false,
		"kubectl catalyst login prod --wiat":                    true,
		"kubectl catalyst logni prod":                           true,
		"kubectl catalyst cluster crate prod":                   true,
		"kubectl catalyst cluster resize NAME [--nodegroup G]":  false,
		"cluster resize NAME --nodes N":                         false,
		"cluster resize NAME --node N":                          true,
		"--embed":                                               false,
		"--embedded":                                            true,
		"kubectl get pods --anything":                           false,
		"openstack coe cluster config NAME --use-keystone":      false,
		"openstack-coe-helper check --minimum 4.1.0 || exit":    false,
		"openstack-coe-helper support NAME --context-name prod": true,
	} {
		if err := mentioned(known, text, true); (err != nil) != wrong {
			t.Errorf("%q: %v", text, err)
		}
	}
}
