package prepare

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const root = "../../.."

// TestEverythingHeavyIsListed finds what the project's code would make for itself:
// an image or a tool that is not in the list, a maker that is called elsewhere than
// here, and an entry of the cache that none of the known makers makes.
func TestEverythingHeavyIsListed(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, p := range Parts() {
		entry, err := p.Maker.Entry(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		listed[entry] = true
	}
	isListed := func(name string) bool {
		for entry := range listed {
			if strings.HasPrefix(entry, name+"-") {
				return true
			}
		}
		return false
	}
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		within, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		within = filepath.ToSlash(within)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if name, heavy := heavyName(n); heavy {
					found++
					if !isListed(name) {
						t.Errorf("%s: %q is not in the list of parts: add a row to test/lab/prepare/list.go", path, name)
					}
				}
			case *ast.SelectorExpr:
				if n.Sel.Name == "MakePart" && within != "test/lab/prepare" && within != "test/lab/debian" {
					t.Errorf("%s: makes a part by itself: let test/lab/prepare do it", path)
				}
				if of, ok := n.X.(*ast.Ident); ok && of.Name == "cache" && n.Sel.Name == "Make" && !makers[within] {
					t.Errorf("%s: makes an entry of the test cache, and is not the maker of a part", path)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 8 {
		t.Errorf("found only %d images and tools", found)
	}
}

// makers are the packages with types that a row of the list can have.
var makers = map[string]bool{
	"test/lab/debian": true, "test/lab/internal/gotool": true, "test/lab/internal/openstack": true, "test/lab/prepare": true,
	"test/lab/wine": true, "test/lab/internal/clusterapi": true,
}

// heavyName returns the name that a literal of debian.Image or of a Tool gives.
func heavyName(lit *ast.CompositeLit) (name string, heavy bool) {
	sel, ok := lit.Type.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Image" && sel.Sel.Name != "Tool" {
		return "", false
	}
	of, ok := sel.X.(*ast.Ident)
	if !ok || of.Name != "debian" && of.Name != "lab" && of.Name != "gotool" {
		return "", false
	}
	for _, element := range lit.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Name" {
			if value, ok := pair.Value.(*ast.BasicLit); ok {
				name, _ = strconv.Unquote(value.Value) // a literal that was parsed
			}
		}
	}
	return name, true
}

func TestEveryRowSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range Parts() {
		if p.Name == "" || p.Why == "" || p.Maker == nil || seen[p.Name] || strings.ContainsAny(p.Name, " \t") {
			t.Errorf("this row lacks something, or its name is taken: %+v", p)
		}
		seen[p.Name] = true
		if selected, err := Select(p.Name); err != nil || len(selected) != 1 {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	if _, err := Select("nonsense"); err == nil {
		t.Error("a part that does not exist is selected")
	}
	if len(Lab()) != 3 || len(ClusterAPI()) != 5 {
		t.Errorf("the beds need %v and %v", Lab(), ClusterAPI())
	}
}
