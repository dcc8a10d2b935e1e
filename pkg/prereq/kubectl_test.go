package prereq_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

// kubectl writes one that says it is the given version, and how often it was
// asked: a line in "asked" beside it.
func kubectl(t *testing.T, dir, version string) string {
	t.Helper()
	needUnix(t)
	return write(t, filepath.Join(dir, "path/kubectl"), "#!/bin/sh\necho \"$*\" >>\"$(dirname \"$0\")/asked\"\n"+
		"echo '{\"clientVersion\":{\"gitVersion\":\""+version+"\"}}'\n", 0o755)
}

func kubectlReport(t *testing.T, dir string, o prereq.Options, environ ...string) prereq.Kubectl {
	t.Helper()
	needUnix(t)
	o.Environ = append([]string{"HOME=" + dir, "PATH=" + filepath.Join(dir, "path") + ":" + os.Getenv("PATH")}, environ...)
	return check(t, o).Kubectl
}

func TestKubectlVersion(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{
		"v1.21.14": false, "v1.22.0": true, "v1.32.4-dispatcher": true, "v1.9.0": false,
		"v1.30.1-eks-036c24b": true, "v1.36.3": true, "": false, "banana": false,
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			dir := realTemp(t)
			path := kubectl(t, dir, version)
			k := kubectlReport(t, dir, prereq.Options{})
			if k.OK != ok || k.Path != path || k.Version != strings.TrimPrefix(version, "v") {
				t.Errorf("got %+v", k)
			}
			if !ok && k.Reason == "" {
				t.Error("no reason given")
			}
		})
	}
}

func TestKubectlAbsentOrBroken(t *testing.T) {
	t.Parallel()
	dir := realTemp(t)
	r := check(t, prereq.Options{Environ: []string{"HOME=" + dir, "PATH=" + dir}})
	if r.Kubectl.OK || !strings.Contains(strings.Join(r.Advice, "\n"), "no kubectl on PATH") {
		t.Errorf("got %+v, advice %q", r.Kubectl, r.Advice)
	}
	write(t, filepath.Join(dir, "path/kubectl"), "#!/bin/sh\nexit 1\n", 0o755)
	if k := kubectlReport(t, dir, prereq.Options{}); k.OK || !strings.Contains(k.Reason, "does not tell its version") {
		t.Errorf("got %+v", k)
	}
}

// TestKubectlScriptIsAskedEachTime: what a version manager's shim says today may
// not hold tomorrow, so only a real kubectl's answer is kept.
func TestKubectlScriptIsAskedEachTime(t *testing.T) {
	t.Parallel()
	dir := realTemp(t)
	kubectl(t, dir, "v1.33.0")
	o := prereq.Options{Cache: store.Open(filepath.Join(dir, "cache"))}
	kubectlReport(t, dir, o)
	kubectlReport(t, dir, o)
	asked, err := os.ReadFile(filepath.Join(dir, "path/asked"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(asked), "version --client"); n != 2 {
		t.Errorf("asked %d times, want 2:\n%s", n, asked)
	}
}

func TestKubectlProgramIsAskedOnce(t *testing.T) {
	t.Parallel()
	dir := realTemp(t)
	// Any Go program will do for being remembered: the test binary.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := link(t, self, filepath.Join(dir, "path/kubectl"))
	notes := &notebook{}
	o := prereq.Options{Cache: notes}
	first := kubectlReport(t, dir, o, "PREREQ_TEST_KUBECTL=v1.33.0")
	second := kubectlReport(t, dir, o, "PREREQ_TEST_KUBECTL=v1.34.0")
	if first.Version != "1.33.0" || second != first || notes.puts != 1 {
		t.Errorf("first %+v, second %+v, %d notes", first, second, notes.puts)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Skipf("NOT TESTED with a replaced kubectl: %v", err)
	}
	if third := kubectlReport(t, dir, o, "PREREQ_TEST_KUBECTL=v1.35.0"); third.Version != "1.35.0" {
		t.Errorf("a replaced kubectl was not asked again: %+v", third)
	}
}

// What Go's linker leaves in a program is found wherever it lies.
func TestKubectlIsRecognisedAsAGoProgram(t *testing.T) {
	t.Parallel()
	const mark = "\xff Go buildinf:"
	const chunk = 1 << 20 // as much as is read at a time
	for _, at := range []int{300, chunk - len(mark), chunk - len(mark) + 1, chunk - 1, chunk, 3*chunk - 5} {
		dir := realTemp(t)
		script := "#!/bin/sh\necho '{\"clientVersion\":{\"gitVersion\":\"v1.33.0\"}}'\nexit 0\n"
		write(t, filepath.Join(dir, "path/kubectl"), script+strings.Repeat("#", at-len(script))+mark+"rest", 0o755)
		notes := &notebook{}
		if k := kubectlReport(t, dir, prereq.Options{Cache: notes}); k.Version != "1.33.0" || notes.puts != 1 {
			t.Errorf("at %d: %+v, %d notes", at, k, notes.puts)
		}
	}
}

// notebook is a memory that counts.
type notebook struct {
	notes map[string][]byte
	puts  int
}

func (n *notebook) Get(key string) ([]byte, error) { return n.notes[key], nil }

func (n *notebook) Set(key string, data []byte) error {
	if n.notes == nil {
		n.notes = map[string][]byte{}
	}
	n.notes[key] = data
	n.puts++
	return nil
}

// TestMain lets the test binary stand in for kubectl.
func TestMain(m *testing.M) {
	if v := os.Getenv("PREREQ_TEST_KUBECTL"); v != "" {
		os.Stdout.WriteString(`{"clientVersion":{"gitVersion":"` + v + `"}}`)
		return
	}
	testenv.PlainTemp()
	testenv.Main(m, nil, "bash", "env", "sleep", "dirname", "basename", "realpath", "readlink", "cat", "uname", "go")
}
