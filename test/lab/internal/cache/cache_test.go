package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func TestMakeOnce(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	var made atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			dir, err := Make(context.Background(), "thing", func(dir string) error {
				made.Add(1)
				return os.WriteFile(filepath.Join(dir, "content"), []byte("whole"), 0o600)
			})
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := os.ReadFile(filepath.Join(dir, "content")); string(got) != "whole" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	all.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
	if !Has("thing") || Has("other") {
		t.Error("Has does not tell what is there")
	}
}

func TestFailureLeavesNothing(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	broken := errors.New("no network")
	_, err := Make(context.Background(), "thing", func(dir string) error {
		_ = os.WriteFile(filepath.Join(dir, "half"), nil, 0o600)
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	dir, err := Make(context.Background(), "thing", func(string) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("the failed attempt left %v", left)
	}
}

func TestKeySeparatesParts(t *testing.T) {
	if Key([]byte("a"), []byte("bc")) == Key([]byte("ab"), []byte("c")) {
		t.Error("the border between parts does not count")
	}
}
