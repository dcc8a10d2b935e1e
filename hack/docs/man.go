package main

import (
	"fmt"
	"strings"
)

// man renders the manual page of a command, for section 1. It has no date, so
// that archives built twice are the same.
func man(c *command) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, ".\\\" Made from the commands by \"%s\". Change the command, not this page.\n", regenerate)
	fmt.Fprintf(&b, ".TH %s 1 \"\" %s \"User Commands\"\n", argument(strings.ToUpper(c.file())), argument(c.root().path))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", troff(c.file()), troff(c.short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", argument(c.usage))
	writeDescription(&b, c)
	if below := c.shown(); len(below) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range below {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", argument(sub.name()), troffSentence(sub.short))
		}
	}
	for _, g := range c.options {
		fmt.Fprintf(&b, ".SH %s\n", argument(strings.ToUpper(g.title)))
		for _, o := range g.options {
			fmt.Fprintf(&b, ".TP\n%s\n%s\n", o.troff(), troffSentence(o.meaning()))
		}
	}
	writeExamples(&b, c.examples)
	writeExitStatus(&b)
	if others := seeAlso(c); len(others) > 0 {
		fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", strings.Join(others, ",\n"))
	}
	return []byte(b.String())
}

func writeDescription(b *strings.Builder, c *command) {
	b.WriteString(".SH DESCRIPTION\n")
	for i, p := range c.description {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		writeTroff(b, p)
	}
	if len(c.aliases) > 0 {
		fmt.Fprintf(b, ".PP\nAlso known as: %s.\n", troff(strings.Join(c.aliases, ", ")))
	}
}

func writeExamples(b *strings.Builder, examples []block) {
	if len(examples) == 0 {
		return
	}
	b.WriteString(".SH EXAMPLES\n")
	for i, e := range examples {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		if e.caption != "" {
			fmt.Fprintf(b, "%s\n.PP\n", troffSentence(e.caption))
		}
		writeTroff(b, e)
	}
}

func writeExitStatus(b *strings.Builder) {
	b.WriteString(".SH EXIT STATUS\n")
	for _, e := range exitCodes() {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", e[0], troff(e[1]))
	}
}

// seeAlso lists the manual pages to go on with, commands below first.
func seeAlso(c *command) []string {
	name := func(c *command) string { return ".BR " + argument(c.file()) + " (1)" }
	var out []string
	for _, sub := range c.shown() {
		out = append(out, name(sub))
	}
	return append(out, related(c, name)...)
}

func (c *command) root() *command {
	for c.parent != nil {
		c = c.parent
	}
	return c
}

// troff renders an option: what is typed is bold, what is filled in is italic.
func (o option) troff() string {
	bold := func(s string) string { return `\fB` + troff(s) + `\fR` }
	italic := func(s string) string { return `\fI` + troff(s) + `\fR` }
	out := bold(o.dashed())
	switch {
	case o.bare != "":
		out += "[=" + italic(o.argument) + "]"
	case o.argument == "true|false":
		out += "=" + italic(o.argument)
	case o.argument != "":
		out += " " + italic(o.argument)
	}
	if o.alternative() {
		out = bold("-"+o.short) + ", " + out
	}
	return out
}

func writeTroff(b *strings.Builder, p block) {
	if !p.asIs {
		b.WriteString(troffSentence(p.text) + "\n")
		return
	}
	b.WriteString(".RS 4\n.EX\n")
	for line := range strings.SplitSeq(p.text, "\n") {
		b.WriteString(troff(line) + "\n")
	}
	b.WriteString(".EE\n.RE\n")
}

// troffSentence renders plain text, with what it quotes from a command line in
// bold.
func troffSentence(text string) string {
	out := words(text, escape, func(s string) string { return `\fB` + escape(s) + `\fR` })
	return guard(out)
}

// troff renders text as it is: every character stands for itself.
func troff(text string) string { return guard(escape(text)) }

// argument is text as one argument of a macro.
func argument(text string) string { return `"` + escape(text) + `"` }

// escape takes their special meaning from characters. Quotation marks, dashes,
// accents and tildes would otherwise be set as typographers like them, which
// spoils commands that are copied.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch r {
		case '\\':
			b.WriteString(`\e`)
		case '-':
			b.WriteString(`\-`)
		case '\'':
			b.WriteString(`\(aq`)
		case '"':
			b.WriteString(`\(dq`)
		case '`':
			b.WriteString(`\(ga`)
		case '^':
			b.WriteString(`\(ha`)
		case '~':
			b.WriteString(`\(ti`)
		default:
			if r > '~' {
				fmt.Fprintf(&b, `\[u%04X]`, r)
				continue
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// guard keeps a line from being taken for a request.
func guard(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}
