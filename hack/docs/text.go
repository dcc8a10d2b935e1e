package main

import (
	"regexp"
	"strings"
)

// block is a paragraph, or lines to be shown as they are.
type block struct {
	caption string // of an example
	text    string // a paragraph is one line
	asIs    bool
}

// parseText takes a help text apart: paragraphs are divided by empty lines, and
// one that is indented is shown as it is.
func parseText(text string) []block {
	var out []block
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if part = strings.Trim(part, "\n"); part == "" {
			continue
		}
		if strings.HasPrefix(part, " ") {
			out = append(out, block{text: unindent(part), asIs: true})
			continue
		}
		out = append(out, block{text: strings.Join(strings.Fields(part), " ")})
	}
	return out
}

// parseExamples takes examples apart: comments become captions.
func parseExamples(text string) []block {
	var out []block
	for _, b := range parseText("x\n\n" + text)[1:] {
		b.text, b.asIs = strings.TrimSpace(b.text), true
		out = append(out, b)
	}
	for i, b := range out {
		if first, rest, more := strings.Cut(b.text, "\n"); more && strings.HasPrefix(first, "# ") {
			out[i].caption, out[i].text = introduction(first[2:]), rest
		}
	}
	return out
}

// introduction ends a caption so that the example can follow it.
func introduction(caption string) string {
	if strings.HasSuffix(caption, "?") || strings.HasSuffix(caption, ":") {
		return caption
	}
	return strings.TrimSuffix(caption, ".") + ":"
}

// unindent removes the indentation that all lines share.
func unindent(text string) string {
	lines := strings.Split(text, "\n")
	depth := len(text)
	for _, line := range lines {
		if trimmed := strings.TrimLeft(line, " "); trimmed != "" {
			depth = min(depth, len(line)-len(trimmed))
		}
	}
	for i, line := range lines {
		lines[i] = line[min(depth, len(line)):]
	}
	return strings.Join(lines, "\n")
}

// literal finds what a sentence quotes from a command line: an option, a field
// to be filled in, or a command between quotation marks.
var literal = regexp.MustCompile(`--[a-z][a-z-]*(=[^\s.,;:)]+)?|\{\{\.[A-Za-z]+\}\}|\B'[^'\n]+'\B`)

// words renders a sentence: literals with one function, the rest with another.
func words(sentence string, plain, code func(string) string) string {
	var b strings.Builder
	at := 0
	for _, m := range literal.FindAllStringIndex(sentence, -1) {
		b.WriteString(plain(sentence[at:m[0]]))
		b.WriteString(code(strings.Trim(sentence[m[0]:m[1]], "'")))
		at = m[1]
	}
	b.WriteString(plain(sentence[at:]))
	return b.String()
}
