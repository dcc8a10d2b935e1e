package kubeconfig_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// sample is a kubeconfig as somebody has it.
type sample struct {
	name string
	data []byte
}

// samples returns the files of a folder of testdata.
func samples(t *testing.T, folder string) []sample {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	var list []sample
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, sample{filepath.Base(name), data})
	}
	return list
}

// corpus is every file to be preserved, the large one included.
func corpus(t *testing.T) []sample {
	list := append(samples(t, "corpus"), sample{"500-contexts.yaml", crowd(500)})
	if len(list) < 60 {
		t.Fatalf("the corpus has only %d files", len(list))
	}
	return list
}

// all chooses every login.
func all(kubeconfig.Owned) bool { return true }

// named chooses the login that made a context.
func named(context string) func(kubeconfig.Owned) bool {
	return func(o kubeconfig.Owned) bool { return o.Context == context }
}

// emptyList is a list without items, whose text gives way to the first item.
var emptyList = regexp.MustCompile(`(?m)^(\s*"?(?:clusters|contexts|users)"?\s*:)[ \t]*(?:null|NULL|~|\[\s*\])`)

// currentLine is the one line that a login may rewrite.
var currentLine = regexp.MustCompile(`("?current-context"?\s*:)[ \t]*(?:"[^"]*"|'(?:[^']|'')*'|[^\s#,}]+(?: [^\s#,}]+)*)?`)

// isSubsequence reports whether every byte of old is in new, in order.
func isSubsequence(old, new []byte) bool {
	for _, c := range old {
		i := bytes.IndexByte(new, c)
		if i < 0 {
			return false
		}
		new = new[i+1:]
	}
	return true
}

func TestPreservation(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := entry("prod/β: #1", "6f1c6f9e-0001")
			login, owned, err := kubeconfig.Merge(s.data, []kubeconfig.Entry{e}, e.Context)
			if err != nil {
				t.Fatal(err)
			}
			if owned[0].Context != e.Context || !owned[0].Current {
				t.Errorf("login gave %+v", owned[0])
			}
			// An emptied list gives way; the test of what is left comes first.
			before := emptyList.ReplaceAll(s.data, []byte("$1"))
			before = currentLine.ReplaceAll(before, []byte("$1"))
			if !isSubsequence(before, login) {
				t.Errorf("bytes of others are gone:\n%s", kubeconfig.Diff(s.name, s.data, login))
			}
			again, _, err := kubeconfig.Merge(login, []kubeconfig.Entry{e}, e.Context)
			if err != nil || !bytes.Equal(again, login) {
				t.Errorf("the second login changed something: %v\n%s", err, kubeconfig.Diff(s.name, login, again))
			}
			logout, gone, err := kubeconfig.Remove(login, all)
			if err != nil || len(gone) != 1 {
				t.Fatalf("logout: %v, %d", err, len(gone))
			}
			if !bytes.Equal(logout, s.data) {
				t.Errorf("login and logout left a trace:\n%s", kubeconfig.Diff(s.name, s.data, logout))
			}
		})
	}
}
