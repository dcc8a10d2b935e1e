package yamlspan

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestLibraryAgrees holds the nodes of every kubeconfig of the corpus to those of
// the yaml library.
func TestLibraryAgrees(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/corpus/*")
	if err != nil || len(files) < 60 {
		t.Fatalf("the corpus has %d files: %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			ours, err := Parse(string(data))
			if err != nil {
				t.Fatal(err)
			}
			var theirs yaml.Node
			if err := yaml.Unmarshal(data, &theirs); err != nil {
				t.Fatal(err)
			}
			if len(theirs.Content) == 0 {
				if ours.Root != nil {
					t.Errorf("a file without content has %q", ours.Root.Raw())
				}
				return
			}
			compareNodes(t, ours.Root, theirs.Content[0])
		})
	}
}

func compareNodes(t *testing.T, ours *Node, theirs *yaml.Node) {
	t.Helper()
	var children []*Node
	switch theirs.Kind {
	case yaml.MappingNode:
		for _, m := range ours.Members() {
			children = append(children, m.Key, m.Value)
		}
	case yaml.SequenceNode:
		children = ours.Items()
	case yaml.ScalarNode:
		// What indentation a block loses is left to the library.
		if isNull := theirs.Tag == "!!null"; isNull != ours.IsNull() || !isNull && ours.Style != Block && ours.Text() != theirs.Value {
			t.Errorf("line %d: %q is not %q", theirs.Line, ours.Text(), theirs.Value)
		}
		return
	case yaml.AliasNode:
		if ours.Raw() != "*"+theirs.Value {
			t.Errorf("line %d: %q is no alias of %q", theirs.Line, ours.Raw(), theirs.Value)
		}
		return
	}
	if len(children) != len(theirs.Content) {
		t.Fatalf("line %d: %d children, want %d", theirs.Line, len(children), len(theirs.Content))
	}
	for i, c := range theirs.Content {
		compareNodes(t, children[i], c)
	}
}
