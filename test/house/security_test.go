package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// namedTest is a test in SECURITY.md: of test/hostile, or of the package in front.
var namedTest = regexp.MustCompile("(?:`([\\w/]+)` )?\\b(Test[A-Z]\\w+)")

// Every promise in SECURITY.md is held by a test that exists.
func TestSecurityNamesTests(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := namedTest.FindAllStringSubmatch(string(text), -1)
	if len(found) < 30 {
		t.Errorf("only %d tests are named", len(found))
	}
	for _, m := range found {
		folder := m[1]
		if folder == "" {
			folder = "test/hostile"
		}
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		exists := false
		for _, name := range files {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			exists = exists || strings.Contains(string(source), "\nfunc "+m[2]+"(")
		}
		if !exists {
			t.Errorf("%s has no %s", folder, m[2])
		}
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| ") && !strings.Contains(line, "| promised |") && !namedTest.MatchString(line) {
			t.Errorf("no test holds %s", line)
		}
	}
}
