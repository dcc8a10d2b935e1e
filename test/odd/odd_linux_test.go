package odd

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

const module = "github.com/catalyst-cloud/kubectl-catalyst/"

// atOnce is how many packages run at a time: their tests mostly wait.
const atOnce = 4

var all = flag.Bool("odd.all", false, "run the tests of all packages, not only of those that the machine can change most")

// exposed are the packages that run without -odd.all: those whose tests look for
// programs, read the home and the variables, or care for modes of files. To run
// the tests of all packages once more takes too long for every make test.
var exposed = []string{
	"pkg/atomicfile", "pkg/cli/catalyst", "pkg/cli/coehelper", "pkg/kubeconfig", "pkg/kubeconfig/internal/lockfile", "pkg/plugin", "pkg/prereq", "pkg/store", "test/docs",
}

// only are the tests of an exposed package that run, where all are too many: of the
// pages the one about the openstack that people have installed.
var only = map[string]string{"test/docs": "^TestPages$/^docs/openstack-coe-helper.md$"}

// writers are the packages whose code chooses the modes of files. They run once
// more where a forgotten mode is open to everybody.
var writers = []string{"pkg/atomicfile", "pkg/kubeconfig", "pkg/kubeconfig/internal/lockfile", "pkg/store"}

// packages returns what runs. With -odd.all these are all packages but the policy
// engine below pkg/netpol, which reads nothing of the machine; the beds of test/lab,
// which have an environment of their own; and what starts the go command, which
// would compile everything anew for a user with an empty cache.
func packages(t *testing.T) []string {
	t.Helper()
	if !*all {
		return exposed
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}",
		module+"pkg/...", module+"test/docs", module+"test/kubeconfig").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	list := strings.Fields(strings.ReplaceAll(string(out), module, ""))
	return slices.DeleteFunc(list, func(name string) bool {
		part, below := strings.CutPrefix(name, "pkg/netpol")
		return below && !strings.HasPrefix(part, "/load") && !strings.HasPrefix(part, "/probe") && !strings.HasPrefix(part, "/report")
	})
}

// skipped are tests that show nothing here and cost much: they feed a parser or
// kill a process, again and again.
const skipped = "^(TestHostileInputCostsLittle|TestAnswerIsPythonsOwn|TestKilledAtEverySystemCall|TestKilledAtRandomMoments|TestDebian|Fuzz.*)$"

func TestOddEnvironment(t *testing.T) {
	t.Parallel()
	requireOtherUser(t)
	lab.RequireKubectl(t)
	p := newPlace(t)
	free := make(chan struct{}, atOnce)
	var ends sync.WaitGroup
	for _, name := range packages(t) {
		binary := p.compile(t, name)
		free <- struct{}{}
		ends.Go(func() {
			defer func() { <-free }()
			p.run(t, name, binary, "0077")
			if slices.Contains(writers, name) {
				p.run(t, name, binary, "0000")
			}
		})
	}
	ends.Wait()
	if run, err := os.ReadFile(p.marker); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("programs that the machine happens to have were run: %v\n%s", err, run)
	}
}

// compile builds the tests of a package. The compiler's cache already has all but
// the last step from the packages' own run, whose flags are the same.
func (p *place) compile(t *testing.T, name string) string {
	t.Helper()
	binary := filepath.Join(p.dir, strings.ReplaceAll(name, "/", "-")+".test")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-ldflags=-w", "-o", binary, module+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go test -c %s: %v\n%s", name, err, out)
	}
	t.Logf("%s: linked in %v of a processor", name, cost(cmd))
	return binary
}

// run runs the tests of a package.
func (p *place) run(t *testing.T, name, binary, umask string) {
	args := append(p.command(umask), binary, "-test.skip", skipped, "-test.timeout", (2 * patience.Limit).String())
	if tests := only[name]; tests != "" && !*all {
		args = append(args, "-test.run", tests)
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = filepath.Join(p.tree, name), p.environ
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%s with umask %s: %v\n%s", name, umask, err, &out)
		return
	}
	t.Logf("%s with umask %s: run in %v of a processor", name, umask, cost(cmd))
}

func cost(cmd *exec.Cmd) time.Duration {
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Round(10 * time.Millisecond)
}
