package seeds

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// module begins the path of each module of the project.
const module = "module github.com/catalyst-cloud/kubectl-catalyst"

// fileOf returns where the seeds of a test are kept: a line each, in the folder of
// the package, which is where a test runs.
func fileOf(test string) string {
	return filepath.Join("testdata", "seeds", strings.ReplaceAll(test, "/", ".")+".txt")
}

// readKept reads the seeds of a file. What follows a # is a comment.
func readKept(file string) (out []uint64, err error) {
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the kept seeds: %w", err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("reading the kept seeds of %s: %w", file, err)
		}
		out = append(out, seed)
	}
	return out, nil
}

// keepSeed appends a seed to a file.
func keepSeed(file string, seed uint64) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, seed)
	return errors.Join(err, f.Close())
}

// repeatCommand returns the command that repeats one seed of a test.
func repeatCommand(test string, seed uint64) string {
	var pattern []string
	for part := range strings.SplitSeq(test, "/") {
		pattern = append(pattern, "^"+regexp.QuoteMeta(part)+"$")
	}
	return fmt.Sprintf("go test -C %s -count=1 -run '%s' . -random.seed=%d", packageFolder(), strings.Join(pattern, "/"), seed)
}

// packageFolder returns the folder of the package under test, from the folder of
// the project: the topmost that has a module of it.
func packageFolder() string {
	here, err := os.Getwd()
	if err != nil {
		return "."
	}
	project := here
	for dir := here; ; dir = filepath.Dir(dir) {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && bytes.Contains(text, []byte(module)) {
			project = dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	folder, err := filepath.Rel(project, here)
	if err != nil {
		return here
	}
	return filepath.ToSlash(folder)
}
