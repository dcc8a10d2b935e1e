package main

import (
	"fmt"
	"strings"
)

// regenerate is how the pages come up to date.
const regenerate = "go run ./hack/docs"

// notice opens each generated page.
const notice = "<!-- Made from the commands by '" + regenerate + "'. Change the command, not this page. -->\n\n"

// markdown renders the page of a command.
func markdown(c *command) []byte {
	var b strings.Builder
	b.WriteString(notice)
	fmt.Fprintf(&b, "# %s\n\n", c.path)
	fmt.Fprintf(&b, "```text\n%s\n```\n\n", c.usage)
	writeBlocks(&b, c.description)
	if len(c.aliases) > 0 {
		fmt.Fprintf(&b, "Also known as: `%s`.\n\n", strings.Join(c.aliases, "`, `"))
	}
	if below := c.shown(); len(below) > 0 {
		b.WriteString("## Commands\n\n")
		writeCommands(&b, below)
		b.WriteString("\n")
	}
	if len(c.examples) > 0 {
		b.WriteString("## Examples\n\n")
		for _, e := range c.examples {
			if e.caption != "" {
				fmt.Fprintf(&b, "%s\n\n", sentence(e.caption))
			}
			fmt.Fprintf(&b, "```sh\n%s\n```\n\n", e.text)
		}
	}
	for _, g := range c.options {
		fmt.Fprintf(&b, "## %s\n\n| option | |\n|---|---|\n", g.title)
		for _, o := range g.options {
			fmt.Fprintf(&b, "| %s | %s |\n", o.markdown(), sentence(o.meaning()))
		}
		b.WriteString("\n")
	}
	if others := related(c, link); len(others) > 0 {
		fmt.Fprintf(&b, "See also: %s.\n\n", strings.Join(others, ", "))
	}
	b.WriteString("[All commands](README.md), and what their [exit codes](README.md#exit-codes) mean.\n")
	return []byte(b.String())
}

func writeBlocks(b *strings.Builder, blocks []block) {
	for _, p := range blocks {
		if p.asIs {
			fmt.Fprintf(b, "```text\n%s\n```\n\n", p.text)
			continue
		}
		fmt.Fprintf(b, "%s\n\n", sentence(p.text))
	}
}

func writeCommands(b *strings.Builder, commands []*command) {
	b.WriteString("| command | does |\n|---|---|\n")
	for _, c := range commands {
		fmt.Fprintf(b, "| %s | %s |\n", link(c), sentence(c.short))
	}
}

// related lists the pages to go on with: the one above and those beside.
func related(c *command, name func(*command) string) []string {
	if c.parent == nil {
		return nil
	}
	out := []string{name(c.parent)}
	for _, sibling := range c.parent.shown() {
		if sibling != c {
			out = append(out, name(sibling))
		}
	}
	return out
}

func link(c *command) string { return fmt.Sprintf("[%s](%s.md)", c.path, c.file()) }

// dashed is the option without its argument. One whose two names are the same
// letter goes by that.
func (o option) dashed() string {
	if o.short == o.long {
		return "-" + o.long
	}
	return "--" + o.long
}

// alternative reports whether there is a short name beside the long one.
func (o option) alternative() bool { return o.short != "" && o.short != o.long }

// markdown renders an option as it is typed.
func (o option) markdown() string {
	long := o.dashed()
	switch {
	case o.bare != "":
		long += "[=" + o.argument + "]"
	case o.argument == "true|false":
		long += "=" + o.argument
	case o.argument != "":
		long += " " + o.argument
	}
	cell := "`" + strings.ReplaceAll(long, "|", `\|`) + "`"
	if o.alternative() {
		cell = "`-" + o.short + "`, " + cell
	}
	return cell
}

// meaning is what the option does and its value when it is not given.
func (o option) meaning() string {
	text := o.usage
	if o.bare != "" {
		text += "; alone: " + o.bare
	}
	if o.initial != "" {
		text += " (default " + o.initial + ")"
	}
	return text
}

// sentence renders plain text: nothing in it is markup, and what it quotes from
// a command line is code.
func sentence(text string) string {
	plain := strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "<", "&lt;", "[", `\[`, "|", `\|`, " _", ` \_`)
	return words(text, plain.Replace, func(s string) string { return "`" + strings.ReplaceAll(s, "|", `\|`) + "`" })
}
