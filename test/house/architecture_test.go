package house

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// floorHeading begins the table of a floor in docs/architecture.md, from the top
// of the house down.
var floorHeading = regexp.MustCompile(`(?m)^### .*$`)

// packageRow is a row of such a table: the packages that one sentence describes.
var packageRow = regexp.MustCompile("(?m)^\\| ((?:`(?:pkg|cmd|test|hack)/[a-z0-9/-]+`(?:, )?)+) \\|")

var quotedPath = regexp.MustCompile("`([a-z0-9/-]+)`")

// quotedFile is a file or folder that the text names.
var quotedFile = regexp.MustCompile("`((?:pkg|cmd|test|hack)/[A-Za-z0-9_./-]+)`")

// identifier is a name of a package of ours as the text writes it: `login.Run`.
var identifier = regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z]*)(?:\\.[A-Za-z]+)?`")

func readArchitecture(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// floors returns for each package that a row names the number of its floor,
// counted from the top.
func floors(t *testing.T, text string) map[string]int {
	t.Helper()
	out := map[string]int{}
	starts := floorHeading.FindAllStringIndex(text, -1)
	for i, start := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		for _, row := range packageRow.FindAllStringSubmatch(text[start[0]:end], -1) {
			for _, name := range quotedPath.FindAllStringSubmatch(row[1], -1) {
				if _, twice := out[name[1]]; twice {
					t.Errorf("docs/architecture.md has %s twice", name[1])
				}
				out[name[1]] = i
			}
		}
	}
	if len(out) < 20 {
		t.Fatalf("docs/architecture.md names only %d packages on its floors", len(out))
	}
	return out
}

// TestArchitectureIsTrue: docs/architecture.md has each package that ships on one
// floor, imports lead only to floors below, and the names that the text mentions
// exist.
func TestArchitectureIsTrue(t *testing.T) {
	t.Parallel()
	text := readArchitecture(t)
	at := floors(t, text)
	all := imports(t)
	row := func(pkg string) string { // the row of a package is its own or that of the folder above it
		for dir := pkg; dir != "."; dir = filepath.ToSlash(filepath.Dir(dir)) {
			if _, ok := at[dir]; ok {
				return dir
			}
		}
		return ""
	}
	for _, m := range quotedFile.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("docs/architecture.md names %s: %v", m[1], err)
		}
	}
	for pkg, deps := range all {
		if !under(pkg, "pkg", "cmd") {
			continue
		}
		from := row(pkg)
		if from == "" {
			t.Errorf("docs/architecture.md does not have %s", pkg)
			continue
		}
		for _, dep := range deps {
			to, ours := strings.CutPrefix(dep, module)
			if !ours {
				continue
			}
			if to = row(to); to != "" && to != from && at[to] <= at[from] {
				t.Errorf("%s imports %s, which docs/architecture.md has on no floor below", pkg, dep)
			}
		}
	}
	_, files := goFiles(t)
	declared := map[string]bool{}
	for _, f := range files {
		if f.ships() {
			for _, decl := range f.ast.Decls {
				for _, name := range declaredNames(decl) {
					declared[f.ast.Name.Name+"."+name] = true
				}
			}
		}
	}
	for _, m := range identifier.FindAllStringSubmatch(text, -1) {
		if !declared[m[1]+"."+m[2]] {
			t.Errorf("docs/architecture.md mentions %s.%s, which does not exist", m[1], m[2])
		}
	}
}

// declaredNames returns what a declaration at the top of a file declares, without
// methods.
func declaredNames(decl ast.Decl) (names []string) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}
