package felix_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// kept are the states that once differed.
const kept = "testdata"

// shrinking is how long a state that differs is made smaller.
const shrinking = 2 * time.Minute

// keepState makes a state that differs small, keeps it and returns it as text: unlike
// its seed, it stays the same when the generator changes.
func (r *reality) keepState(t *testing.T, seed uint64, stage int, docs []document) string {
	t.Helper()
	small := r.shrink(t, docs)
	path := filepath.Join(kept, fmt.Sprintf("seed-%d-%d.json", seed, stage))
	var text []byte
	for _, d := range small {
		text = append(append(text, d.json()...), '\n')
	}
	if err := os.MkdirAll(kept, 0o755); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("the state is kept in %s:\n%s", path, text)
}

// shrink takes parts of a state away as long as it differs. What differs only while
// it changes stays whole.
func (r *reality) shrink(t *testing.T, docs []document) []document {
	t.Helper()
	until := time.Now().Add(shrinking)
	differs := func(docs []document) bool {
		if time.Now().After(until) {
			return false
		}
		_, difference, err := r.compareAll(t, docs)
		return err == nil && difference != ""
	}
	if err := r.become(t.Context(), nil); err != nil || !differs(docs) {
		return docs
	}
	for i := 0; i < len(docs); {
		less := slices.Delete(slices.Clone(docs), i, i+1)
		if differs(less) {
			docs = less
		} else {
			i++
		}
	}
	for i := range docs {
		for _, direction := range []string{"ingress", "egress"} {
			docs = withoutRules(docs, i, direction, differs)
		}
	}
	return docs
}

// withoutRules takes rules out of a policy as long as the state differs.
func withoutRules(docs []document, i int, direction string, differs func([]document) bool) []document {
	for at := 0; ; {
		less := slices.Clone(docs)
		var copied document
		if err := json.Unmarshal(docs[i].json(), &copied); err != nil {
			return docs
		}
		spec, _ := copied["spec"].(map[string]any)
		rules, _ := spec[direction].([]any)
		if at >= len(rules) {
			return docs
		}
		spec[direction] = slices.Delete(rules, at, at+1)
		less[i] = copied
		if differs(less) {
			docs = less
		} else {
			at++
		}
	}
}

// TestKept: what once differed no longer does.
func TestKept(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(kept, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := nodes.borrow(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			docs := parse(t, text)
			_, difference, err := r.compareAll(t, docs)
			if err != nil {
				t.Fatal(err)
			}
			if difference != "" {
				t.Error(difference)
			}
		})
	}
}
