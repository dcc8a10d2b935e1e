package debian_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

func TestCommandSeesItsFoldersAndLeavesTheRootAlone(t *testing.T) {
	t.Parallel()
	lab.Require(t)
	root, err := lab.Debian(lab.Heat)
	if err != nil {
		t.Fatal(err)
	}
	shared, work := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(shared, "said"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := `
		test "$PWD" = /srv && test "$1" = "two words" && test "$GREETING" = "$(cat /lab/said)"
		echo memory >/run/is-memory && echo shared >/tmp/from-inside && cp /tmp/from-inside here
		if echo spoilt >/etc/spoilt; then echo "the root can be written to"; fi`
	cmd := root.Command(t.Context(), shared, work, []string{"GREETING=hello"}, "/bin/sh", "-ec", script, "sh", "two words")
	out, err := cmd.Output()
	if err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	for _, path := range []string{filepath.Join(shared, "tmp", "from-inside"), filepath.Join(work, "here")} {
		if text, err := os.ReadFile(path); err != nil || string(text) != "shared\n" {
			t.Errorf("%s: %q %v", filepath.Base(path), text, err)
		}
	}
	if mounts, err := os.ReadFile("/proc/self/mounts"); err != nil || strings.Contains(string(mounts), shared) {
		t.Errorf("the mounts of a command can be seen outside: %v", err)
	}
}

func TestRequireSaysWhatIsMissing(t *testing.T) {
	for ci, want := range map[string]string{"": "skipped: no %s here: %v", "true": "failed: no %s, but CI=true: %v"} {
		t.Setenv("CI", ci)
		var got said
		debian.Require(&got, "thing", os.ErrNotExist)
		if string(got) != want {
			t.Errorf("with CI=%q: %q, want %q", ci, got, want)
		}
	}
}

type said string

func (*said) Helper()                          {}
func (s *said) Skipf(format string, _ ...any)  { *s += said("skipped: " + format) }
func (s *said) Fatalf(format string, _ ...any) { *s += said("failed: " + format) }
