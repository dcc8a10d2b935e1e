package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

func ignore(string) {}

// write returns a maker that writes one file.
func write(text string) func(string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, "content"), []byte(text), 0o600) }
}

// content finds the entry called thing and returns what is in its file.
func content(t *testing.T) string {
	t.Helper()
	dir, err := Find("thing")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "content"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func makeThing(t *testing.T, make func(string) error) (made bool, said string) {
	t.Helper()
	made, err := Make(t.Context(), "thing", func(line string) { said += line }, make)
	if err != nil {
		t.Fatal(err)
	}
	return made, said
}

func TestOneOfManyMakesAnEntry(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	var made atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := Make(context.Background(), "thing", ignore, func(dir string) error {
				made.Add(1)
				return write("whole")(dir)
			})
			if err != nil {
				t.Error(err)
				return
			}
			if got := content(t); got != "whole" {
				t.Errorf("got %q", got)
			}
		})
	}
	all.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
}

func TestFindSaysWhatToRun(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	_, err := Find("thing")
	if !IsMissing(err) || err.Error() != `thing is not in the test cache: run "make prepare"` {
		t.Errorf("got %v", err)
	}
}

func TestAFailureLeavesNothing(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	broken := errors.New("no network")
	_, err := Make(context.Background(), "thing", ignore, func(dir string) error {
		_ = os.WriteFile(filepath.Join(dir, "half"), nil, 0o600)
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if _, err := Find("thing"); !IsMissing(err) {
		t.Errorf("half an entry is found: %v", err)
	}
	makeThing(t, write("whole"))
	left, err := filepath.Glob(filepath.Join(os.Getenv(Variable), "*", "half"))
	if err != nil || len(left) > 0 {
		t.Errorf("the failed attempt left %v, %v", left, err)
	}
}

// What a killed process left is neither found nor added to, and goes.
func TestAKilledPreparationIsNotBelieved(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	for _, name := range []string{".thing.part", ".thing.part123"} { // of the older layout, and of this one
		if err := os.MkdirAll(filepath.Join(os.Getenv(Variable), name, "root"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Find("thing"); !IsMissing(err) {
		t.Errorf("an unfinished entry is found: %v", err)
	}
	if made, _ := makeThing(t, write("whole")); !made || content(t) != "whole" {
		t.Error("the entry was not made")
	}
	left, err := filepath.Glob(filepath.Join(os.Getenv(Variable), ".thing.part*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestABrokenEntryIsMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"a file is gone":            func(dir string) error { return os.Remove(filepath.Join(dir, "content")) },
		"a file is cut short":       func(dir string) error { return os.Truncate(filepath.Join(dir, "content"), 2) },
		"a file was written to":     func(dir string) error { return os.Chtimes(filepath.Join(dir, "content"), time.Time{}, time.Unix(1, 0)) },
		"a file too many":           func(dir string) error { return os.WriteFile(filepath.Join(dir, "more"), nil, 0o600) },
		"the manifest is cut short": func(dir string) error { return os.Truncate(filepath.Join(dir, manifestName), 2) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(Variable, t.TempDir())
			makeThing(t, write("whole"))
			dir, err := Find("thing")
			if err == nil {
				err = spoil(dir)
			}
			if err != nil {
				t.Fatal(err)
			}
			made, said := makeThing(t, write("again"))
			if !made || content(t) != "again" || !strings.HasPrefix(said, "broken, so made anew: it") {
				t.Errorf("made: %v, %q, said: %q", made, content(t), said)
			}
			if made, said := makeThing(t, write("a third time")); made || said != "" {
				t.Errorf("made a third time: %q", said)
			}
		})
	}
}

// A version without manifests moved entries into place when they were complete.
func TestAnEntryOfTheOlderLayoutIsTakenOver(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	old := filepath.Join(os.Getenv(Variable), "thing")
	if err := os.Mkdir(old, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write("old")(old); err != nil {
		t.Fatal(err)
	}
	if made, said := makeThing(t, write("new")); made || said != "" || content(t) != "old" {
		t.Errorf("made: %v, said %q", made, said)
	}
	if err := os.Truncate(filepath.Join(old, "content"), 1); err != nil {
		t.Fatal(err)
	}
	if made, _ := makeThing(t, write("new")); !made || content(t) != "new" {
		t.Error("it has no manifest now")
	}
}

func TestAFullDiskIsCalledOne(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	for _, err := range []error{
		&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC},
		errors.New("exit status 1\ncp: error writing 'x': No space left on device"),
	} {
		_, got := Make(t.Context(), "thing", ignore, func(string) error { return err })
		var full *FullDiskError
		if !errors.As(got, &full) || !errors.Is(got, err) || !strings.Contains(got.Error(), Variable) {
			t.Errorf("got %v", got)
		}
	}
}

func TestWaitingForAnotherProcessEndsWithTheContext(t *testing.T) {
	t.Setenv(Variable, t.TempDir())
	other := flock.New(filepath.Join(os.Getenv(Variable), ".thing.lock"))
	if err := other.Lock(); err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Make(ctx, "thing", func(line string) {
		if line == "waiting for another process that makes it" {
			cancel()
		}
	}, write("both"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestOthersNamesWhatNobodyUses(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(Variable, dir)
	for _, name := range []string{"kube-1", "kube-2", "tools", ".kube-3.part"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got := Others([]string{"kube-2"}); len(got) != 1 || got[0] != filepath.Join(dir, "kube-1") {
		t.Errorf("got %q", got)
	}
}

func TestKeySeparatesParts(t *testing.T) {
	if Key([]byte("a"), []byte("bc")) == Key([]byte("ab"), []byte("c")) {
		t.Error("the border between parts does not count")
	}
}
