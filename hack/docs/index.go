package main

import (
	"fmt"
	"strings"
)

// exitCodes are what both programs end with; the texts are for Markdown and man
// alike.
func exitCodes() [][2]string {
	return [][2]string{
		{"0", "done, or the answer is yes"},
		{"1", "error"},
		{"2", "the command line could not be understood"},
		{"3", "the answer is no: findings, flow denied, differences, prerequisite not met"},
		{"4", "sign-in is needed or was refused"},
		{"5", "what was waited for is still going on when the time given for it is over"},
	}
}

// index renders the page that lists all commands.
func index(programs []*command) []byte {
	var b strings.Builder
	b.WriteString(notice + "# Commands\n\n")
	b.WriteString("`--help` behind any of these says the same; so does `man`, where the release archive's pages are installed.\n\n")
	for _, program := range programs {
		fmt.Fprintf(&b, "## %s\n\n", program.path)
		var all, hidden []*command
		for c := range program.all() {
			if c.hidden {
				hidden = append(hidden, c)
				continue
			}
			all = append(all, c)
		}
		writeCommands(&b, all)
		b.WriteString("\n")
		if len(hidden) > 0 {
			b.WriteString("Called by kubectl and the program itself:\n\n")
			writeCommands(&b, hidden)
			b.WriteString("\n")
		}
	}
	b.WriteString("## Exit codes\n\n| code | means |\n|---|---|\n")
	for _, e := range exitCodes() {
		fmt.Fprintf(&b, "| %s | %s |\n", e[0], e[1])
	}
	b.WriteString("\nData goes to stdout, everything else to stderr. An error is a line that begins with `error:` and, " +
		"whenever there is a next step, one that begins with `hint:`.\n")
	return []byte(b.String())
}
