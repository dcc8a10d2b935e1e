package seeds_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// random is a random test that fails for about every third seed, each time in
// another way.
const random = `package random

import (
	"math/rand/v2"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

func TestRandom(t *testing.T) {
	t.Run("a (b)", func(t *testing.T) {
		seeds.Check(t, 200, func(r *rand.Rand) string {
			switch r.IntN(9) {
			case 0:
				return "a reason"
			case 1:
				t.Fatal("a reason")
			case 2:
				panic("a reason")
			}
			return ""
		})
	})
}
`

// project lays out a project of two modules, each with a random test in a package,
// and returns its folder and the folders of the packages.
func project(t *testing.T) (root string, packages []string) {
	t.Helper()
	root = t.TempDir()
	const path = "module github.com/catalyst-cloud/kubectl-catalyst"
	files := map[string]string{
		"go.mod":                    path + "\n\ngo 1.26\n",
		"one/random_test.go":        random,
		"test/two/go.mod":           path + "/test/two\n\ngo 1.26\n\nrequire github.com/catalyst-cloud/kubectl-catalyst v0.0.0\n\nreplace github.com/catalyst-cloud/kubectl-catalyst => ../..\n",
		"test/two/p/random_test.go": random,
	}
	for _, name := range []string{"seeds.go", "keep.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files["test/seeds/"+name] = string(text)
	}
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root, []string{"one", "test/two/p"}
}

// run runs a go command that must fail and returns what it prints.
func run(t *testing.T, root string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("go %q succeeds:\n%s", args, out)
	}
	return string(out)
}

var (
	repeat = regexp.MustCompile(`repeat it in the project's folder: go (.*-random\.seed=(\d+))`)
	began  = regexp.MustCompile(`(\d+) kept seeds, then seeds \d+ to \d+`)
)

// repeated returns the arguments of the go command that a failure names, and the
// seed.
func repeated(t *testing.T, out string) (args []string, seed string) {
	t.Helper()
	found := repeat.FindAllStringSubmatch(out, -1)
	if len(found) != 1 {
		t.Fatalf("%d commands in:\n%s", len(found), out)
	}
	for _, arg := range strings.Fields(found[0][1]) {
		args = append(args, strings.Trim(arg, "'"))
	}
	return args, found[0][2]
}

// TestAFailure: the command that a failure names repeats the seed, and the next run
// begins with it, in a package of either module.
func TestAFailure(t *testing.T) {
	t.Parallel()
	root, packages := project(t)
	for _, folder := range packages {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			args, seed := repeated(t, run(t, root, "test", "-C", folder, "."))
			if _, again := repeated(t, run(t, root, args...)); again != seed {
				t.Errorf("%q fails with seed %s, want %s", args, again, seed)
			}
			text, err := os.ReadFile(filepath.Join(root, folder, "testdata", "seeds", "TestRandom.a_(b).txt"))
			if err != nil || string(text) != seed+"\n" {
				t.Errorf("kept are %q, %v; want %s", text, err, seed)
			}
			out := run(t, root, "test", "-C", folder, ".")
			if _, first := repeated(t, out); first != seed {
				t.Errorf("the next run fails with seed %s, want %s", first, seed)
			}
			if kept := began.FindStringSubmatch(out); kept == nil || kept[1] != "1" {
				t.Errorf("the next run does not begin with 1 kept seed:\n%s", out)
			}
		})
	}
}
