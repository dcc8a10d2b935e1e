// Package windows runs both programs, as they are built for Windows, on the
// Windows of test/lab/wine.
package windows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/wine"
)

// patience bounds one program. It ends a test that would hang; a machine under
// load needs a fraction of it.
const patience = 5 * time.Minute

// bed is the machine that all tests share, with the programs in its folder bin.
type bed struct {
	dir     string
	machine *wine.Machine
}

var theBed = sync.OnceValues(startBed)

func TestMain(m *testing.M) {
	code := m.Run()
	if bedStarted {
		if b, err := theBed(); err == nil {
			b.machine.Close()
			_ = os.RemoveAll(b.dir)
		}
	}
	os.Exit(code)
}

var bedStarted bool // set before any test runs in parallel to the end of TestMain

func startBed() (*bed, error) {
	bedStarted = true
	dir, err := os.MkdirTemp("", "windows")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	defer cancel()
	err = wine.Build(ctx, "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "bin")+"/", "./cmd/...", "./test/windows/peer")
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	machine, err := wine.Start(dir)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return &bed{dir, machine}, nil
}

// world is a user of the machine, with a folder and variables of their own.
type world struct {
	t   *testing.T
	bed *bed
	dir string            // on Linux
	env map[string]string // on Windows
}

// newWorld returns a user whose profile is the folder home below dir.
func newWorld(t *testing.T) *world {
	t.Helper()
	wine.Require(t)
	b, err := theBed()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(b.dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, bed: b, dir: dir}
	for _, name := range []string{"home/AppData/Local/Temp", "home/AppData/Roaming"} {
		w.mkdir(name)
	}
	w.env = map[string]string{
		"USERPROFILE": w.path("home"), "LOCALAPPDATA": w.path("home/AppData/Local"), "APPDATA": w.path("home/AppData/Roaming"),
		"TEMP": w.path("home/AppData/Local/Temp"), "TMP": w.path("home/AppData/Local/Temp"),
		"SystemRoot": `C:\windows`, "ComSpec": `C:\windows\system32\cmd.exe`, "PATHEXT": ".COM;.EXE;.BAT;.CMD",
		"PATH": `C:\windows\system32;` + b.machine.Path(filepath.Join(b.dir, "bin")),
	}
	return w
}

// path returns what Windows calls a file of the world.
func (w *world) path(name string) string { return w.bed.machine.Path(w.file(name)) }

// file returns what Linux calls a file of the world.
func (w *world) file(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) mkdir(name string) {
	w.t.Helper()
	if err := os.MkdirAll(w.file(name), 0o700); err != nil {
		w.t.Fatal(err)
	}
}

// write makes a file that has been there for long.
func (w *world) write(name, text string) {
	w.t.Helper()
	w.mkdir(filepath.Dir(name))
	if err := os.WriteFile(w.file(name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	then := time.Now().Add(-time.Hour)
	if err := os.Chtimes(w.file(name), then, then); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(w.file(name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// holds checks what lies in a folder.
func (w *world) holds(name string, want ...string) {
	w.t.Helper()
	entries, err := os.ReadDir(w.file(name))
	if err != nil {
		w.t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, e.Name())
	}
	if strings.Join(have, " ") != strings.Join(want, " ") {
		w.t.Errorf("the folder holds %q, want %q", have, want)
	}
}

// result is how a program ended.
type result struct {
	code     int
	out, err string
}

// peer prepares the helper in one of its roles.
func (w *world) peer(ctx context.Context, args ...string) *exec.Cmd {
	return w.bed.machine.Command(ctx, "/lab/bin/peer.exe", args...)
}

// program returns the words by which the helper starts a program as this user.
func (w *world) program(words ...string) []string {
	list := []string{w.path("home")}
	for name, value := range w.env {
		list = append(list, name+"="+value)
	}
	list = append(list, "--", w.bed.machine.Path(filepath.Join(w.bed.dir, "bin", words[0]+".exe")))
	return append(list, words[1:]...)
}

// run runs a program to its end. It may be called from any goroutine.
func (w *world) run(words ...string) (result, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	cmd := w.peer(ctx, append([]string{"run"}, w.program(words...)...)...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	r := result{out: unix(out.String()), err: unix(complaints.String())}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		r.code = exit.ExitCode()
		return r, nil
	}
	return r, err
}

func unix(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// must runs a program that has to end with a certain code.
func (w *world) must(code int, words ...string) result {
	w.t.Helper()
	r, err := w.run(words...)
	if err != nil || r.code != code {
		w.t.Fatalf("%s: exit code %d, want %d: %v\n%s%s", strings.Join(words, " "), r.code, code, err, r.out, r.err)
	}
	return r
}

// catalyst runs our plugin, which must succeed.
func (w *world) catalyst(words ...string) result {
	w.t.Helper()
	return w.must(0, append([]string{"kubectl-catalyst"}, words...)...)
}

// contains checks for texts.
func contains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, part := range want {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

// share is a file that somebody shared, with one context.
func share(name string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- name: %[1]s
  cluster: {server: "https://203.0.113.10:6443"}
contexts:
- name: %[1]s
  context: {cluster: %[1]s, user: %[1]s}
current-context: %[1]s
users:
- name: %[1]s
  user: {token: example-of-%[1]s}
`, name)
}

// original is a kubeconfig with something to lose, as an editor of Windows saves
// it.
var original = strings.ReplaceAll(`# mine
apiVersion: v1
kind: Config
clusters:
- name: old # with a comment
  cluster: {server: "https://192.0.2.1:6443"}
contexts:
- name: old
  context: {cluster: old, user: old}
current-context: old
users:
- name: old
  user:
    token: example
`, "\n", "\r\n")
