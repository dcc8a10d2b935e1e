package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bareVerbs are no names of functions: each of them once named several that did
// different things. A verb needs its object (mergeEntry, renewToken).
var bareVerbs = []string{
	"settle", "look", "keep", "judge", "lead", "say", "put", "take", "turn", "mend",
	"stand", "tell", "hold", "shut", "tie", "carry", "draw", "weigh",
}

// oddPhrases begin sentences that no reader expects: Go's own documentation says
// "reports whether".
var oddPhrases = []string{"tells whether", "says whether"}

// goFile is one parsed file of the project.
type goFile struct {
	path string // from the root of the project, with slashes
	ast  *ast.File
}

func (f goFile) dir() string { return path.Dir(f.path) }
func (f goFile) test() bool  { return strings.HasSuffix(f.path, "_test.go") }
func (f goFile) ships() bool { return !f.test() && under(f.path, "pkg", "cmd") }

// goFiles parses every Go file of the project, those of other systems and of its
// other modules included.
func goFiles(t *testing.T) (*token.FileSet, []goFile) {
	t.Helper()
	set := token.NewFileSet()
	var all []goFile
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		all = append(all, goFile{path: filepath.ToSlash(name), ast: parsed})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 300 {
		t.Fatalf("only %d Go files were found", len(all))
	}
	return set, all
}

func TestNamesSayWhat(t *testing.T) {
	t.Parallel()
	set, files := goFiles(t)
	for _, f := range files {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && slices.Contains(bareVerbs, strings.ToLower(fn.Name.Name)) {
				t.Errorf("%s: a verb without its object names the function %s", set.Position(fn.Pos()), fn.Name.Name)
			}
		}
		for _, group := range f.ast.Comments {
			for _, phrase := range oddPhrases {
				if strings.Contains(strings.ReplaceAll(group.Text(), "\n", " "), phrase) {
					t.Errorf(`%s: write "reports whether" for %q`, set.Position(group.Pos()), phrase)
				}
			}
		}
		for _, spec := range f.ast.Imports {
			if f.ships() && spec.Path.Value == `"unsafe"` {
				t.Errorf("%s imports unsafe", f.path)
			}
		}
	}
}

// exports are the exported names of a package, each with the first name of the
// const or var block that it is of: a list of values is one thing.
type exports struct {
	block map[string]string
	// mentioned are names in a type or in an exported declaration of the package:
	// who uses that uses them.
	mentioned map[string]bool
	at        map[string]token.Pos
}

func exportsOf(files []goFile) map[string]*exports {
	all := map[string]*exports{}
	for _, f := range files {
		if !f.ships() || !under(f.path, "pkg") {
			continue
		}
		e := all[f.dir()]
		if e == nil {
			e = &exports{map[string]string{}, map[string]bool{}, map[string]token.Pos{}}
			all[f.dir()] = e
		}
		for _, decl := range f.ast.Decls {
			e.add(decl)
		}
	}
	return all
}

func (e *exports) add(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.IsExported() {
			e.name(d.Name, d.Name.Name)
		}
		if d.Name.IsExported() {
			e.mention(d.Type)
		}
	case *ast.GenDecl:
		first := ""
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					e.name(s.Name, s.Name.Name)
				}
				e.mention(s.Type)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						if first == "" {
							first = name.Name
						}
						e.name(name, first)
						e.mention(s.Type)
						for _, v := range s.Values {
							e.mention(v)
						}
					}
				}
			}
		}
	}
}

func (e *exports) name(id *ast.Ident, block string) {
	e.block[id.Name], e.at[id.Name] = block, id.Pos()
}

func (e *exports) mention(n ast.Node) {
	if n == nil {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.IsExported() {
			e.mentioned[id.Name] = true
		}
		return true
	})
}

// uses returns what the files name of other packages of the project: the folder
// of the package and the name.
func uses(files []goFile) map[string]map[string]bool {
	used := map[string]map[string]bool{}
	for _, f := range files {
		local := map[string]string{}
		for _, spec := range f.ast.Imports {
			dir, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
			if !ours {
				continue
			}
			name := path.Base(dir)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			local[name] = dir
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok && local[id.Name] != "" {
					dir := local[id.Name]
					if used[dir] == nil {
						used[dir] = map[string]bool{}
					}
					used[dir][sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	return used
}

// TestExportedIsUsed: an exported name is a promise to other packages, so another
// package (or a test from outside) has to need it.
func TestExportedIsUsed(t *testing.T) {
	t.Parallel()
	set, files := goFiles(t)
	used := uses(files)
	for dir, e := range exportsOf(files) {
		blocks := map[string]bool{}
		for name := range used[dir] {
			blocks[e.block[name]] = true
		}
		for name, block := range e.block {
			if !used[dir][name] && !blocks[block] && !e.mentioned[name] {
				t.Errorf("%s: nothing outside of %s uses %s", set.Position(e.at[name]), dir, name)
			}
		}
	}
}
