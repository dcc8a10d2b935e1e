package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestLoginsBesideKubectl lets 64 processes log in to 64 clusters at once while
// kubectl writes to the same file, and asks kubectl for every context that one
// of them said was written.
func TestLoginsBesideKubectl(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	ctx, done := context.WithCancel(t.Context())
	var wrote []string
	var loop sync.WaitGroup
	loop.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			name := fmt.Sprintf("by-kubectl-%d", i)
			// Finding the file locked, kubectl fails and says so.
			if _, err := kubectl(t, path, "config", "set-context", name, "--cluster=old", "--user=old"); err == nil {
				wrote = append(wrote, name)
			}
		}
	})
	var logins sync.WaitGroup
	errs := make([]error, 64)
	for i := range errs {
		logins.Go(func() {
			out, err := helper(t.Context(), "login", path, fmt.Sprintf("login-%d", i)).CombinedOutput()
			if err != nil {
				errs[i] = fmt.Errorf("login %d: %w: %s", i, err, out)
			}
		})
	}
	logins.Wait()
	done()
	loop.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if len(wrote) == 0 {
		t.Error("kubectl never got to write")
	}
	for i := range errs {
		wrote = append(wrote, fmt.Sprintf("login-%d", i))
	}
	out, err := kubectl(t, path, "config", "get-contexts", "-o", "name")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(wrote, "old") {
		if !strings.Contains("\n"+string(out), "\n"+name+"\n") {
			t.Errorf("context %q is gone", name)
		}
	}
	t.Logf("64 logins beside %d writes of kubectl", len(wrote)-64)
}
