package prereq

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
)

// env reads "#!/usr/bin/env [-S] python3 [-E]".
func (m machine) env(path string, words []string) (launcher, error) {
	if len(words) > 0 && words[0] == "-S" {
		words = words[1:]
	}
	if len(words) == 0 || strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=") {
		return launcher{}, &opaqueError{path}
	}
	found := m.onPath(words[0])
	if len(found) == 0 {
		return launcher{}, &brokenError{path, words[0]}
	}
	return m.launch(path, found[0], words[1:])
}

// letters puts Python's single-letter options together. Options that take a
// value change what is run, so they are not understood here.
func letters(args []string) (string, bool) {
	var all strings.Builder
	for _, a := range args {
		if len(a) < 2 || a[0] != '-' || strings.ContainsAny(a, "mcWX") {
			return "", false
		}
		all.WriteString(a[1:])
	}
	return all.String(), true
}

// Installers write a shell preamble where a shebang cannot hold the path of the
// interpreter (longer than 127 bytes, or with spaces): a line that the shell
// runs and that Python reads as a string. uv has a form that finds the
// interpreter beside the script.
var (
	preambleExec     = regexp.MustCompile(`^'''exec' (?:"([^"$]+)"|'([^'$]+)'|([^\s"'$]+)) "\$0" "\$@"`)
	preambleRelative = regexp.MustCompile(`^'''exec' "\$\(dirname -- "\$\(realpath -- "\$0"\)"\)"/'([^'/]+)' "\$0" "\$@"`)
)

func preamble(path string, text []byte) (string, bool) {
	if m := preambleRelative.FindSubmatch(text); m != nil {
		return filepath.Join(filepath.Dir(real(path)), string(m[1])), true
	}
	if m := preambleExec.FindSubmatch(text); m != nil {
		return string(bytes.Join(m[1:], nil)), true // one of the three is filled
	}
	return "", false
}
