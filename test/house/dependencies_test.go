package house

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// maxDependencies is how many modules ours may require directly.
const maxDependencies = 16

func TestEveryDependencyHasAReason(t *testing.T) {
	t.Parallel()
	required := requirements(t)
	if len(required) > maxDependencies {
		t.Errorf("go.mod requires %d modules directly, at most %d may be", len(required), maxDependencies)
	}
	if diff := cmp.Diff(required, reasons(t)); diff != "" {
		t.Errorf("docs/dependencies.md (+) has not the rows for what go.mod requires (-):\n%s", diff)
	}
}

// requirements returns the paths of the modules that go.mod requires directly,
// sorted.
func requirements(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", "../../go.mod").Output()
	if err != nil {
		t.Fatalf("go mod edit: %v", err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range mod.Require {
		if !r.Indirect {
			paths = append(paths, r.Path)
		}
	}
	slices.Sort(paths)
	return paths
}

// reasons returns the modules that have a row in the table of
// docs/dependencies.md, sorted. A row without a reason is an error.
func reasons(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "/") {
			continue
		}
		if strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("no reason is given: %s", line)
		}
		for path := range strings.SplitSeq(cells[1], ",") {
			paths = append(paths, strings.TrimSpace(path))
		}
	}
	slices.Sort(paths)
	return paths
}
