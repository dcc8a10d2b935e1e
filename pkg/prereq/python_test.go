package prereq_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// interpreter is a real Python of this machine.
type interpreter struct {
	Exe   string   `json:"exe"`   // the program itself, no shim, no virtual environment
	Lib   string   `json:"lib"`   // python3.11
	Base  string   `json:"base"`  // its prefix
	Std   string   `json:"std"`   // its standard library
	Sites []string `json:"sites"` // its site-packages
	User  string   `json:"user"`  // user site relative to the user base
}

// describe is run by each Python found.
const describe = `import json, os, site, sys
exe = getattr(sys, "_base_executable", sys.executable)
print(json.dumps({
    "exe": os.path.realpath(exe),
    "lib": "python%d.%d" % sys.version_info[:2],
    "base": sys.base_prefix,
    "std": os.path.dirname(os.__file__),
    "sites": site.getsitepackages([sys.base_prefix]),
    "user": os.path.relpath(site.getusersitepackages(), site.getuserbase()),
}))
import importlib.metadata
`

// interpreters finds the machine's Pythons, each once: the system's, which Debian
// changes, and those beside it. PATH is not asked: a python3 there may be a version
// manager's shim, which answers for the folder it is asked in.
var interpreters = sync.OnceValues(func() ([]interpreter, error) {
	var list []interpreter
	seen := map[string]bool{}
	for _, name := range []string{"/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"} {
		out, err := exec.Command(name, "-I", "-c", describe).Output()
		if err != nil {
			continue
		}
		var i interpreter
		if err := json.Unmarshal(out, &i); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !seen[i.Exe] {
			seen[i.Exe] = true
			list = append(list, i)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("this machine has no Python 3.8 or above")
	}
	return list, nil
})

// eachPython runs test with every Python of this machine.
func eachPython(t *testing.T, test func(t *testing.T, py interpreter)) {
	t.Helper()
	list, err := interpreters()
	if err != nil {
		t.Skipf("NOT TESTED against a real Python: %v", err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED against a real Python: the layouts below are those of Unix")
	}
	for _, py := range list {
		t.Run(py.Lib+strings.ReplaceAll(py.Exe, "/", "_"), func(t *testing.T) {
			t.Parallel()
			test(t, py)
		})
	}
}

// oracle is an openstack that says what importlib.metadata knows.
const oracle = `import json, sys
import importlib.metadata as m
def version(name):
    try:
        return {"found": True, "version": m.version(name) or ""}
    except m.PackageNotFoundError:
        return {"found": False, "version": ""}
print(json.dumps({"python": sys.executable, "client": version("python-magnumclient"),
                  "openstack": version("python-openstackclient")}))
`

type truth struct {
	Python string `json:"python"`
	Client struct {
		Found   bool   `json:"found"`
		Version string `json:"version"`
	} `json:"client"`
	OpenStack struct {
		Version string `json:"version"`
	} `json:"openstack"`
}

// ask runs the openstack at path.
func ask(t *testing.T, path string, environ []string) truth {
	t.Helper()
	cmd := exec.Command(path)
	cmd.Env = environ
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running %s: %v\n%s", path, err, stderr.String())
	}
	var answer truth
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("running %s: %v in %q", path, err, out)
	}
	return answer
}

// compare checks a report against what the openstack it is about says itself.
func compare(t *testing.T, r prereq.Report, want truth) {
	t.Helper()
	if r.Magnumclient.Version != want.Client.Version {
		t.Errorf("python-magnumclient %q, Python says %q (%s)", r.Magnumclient.Version, want.Client.Version, r.Reason)
	}
	if found := r.Magnumclient.Location != ""; found != want.Client.Found {
		t.Errorf("found in %q, Python says found=%v", r.Magnumclient.Location, want.Client.Found)
	}
	if r.OpenStack.Version != want.OpenStack.Version {
		t.Errorf("python-openstackclient %q, Python says %q", r.OpenStack.Version, want.OpenStack.Version)
	}
	if r.Magnumclient.Python != want.Python {
		t.Errorf("python %q, Python says %q", r.Magnumclient.Python, want.Python)
	}
}

// environment is a small one of its own, so that tests can run side by side.
func environment(home string, more ...string) []string {
	return append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}, more...)
}

// check runs the search with the defaults of the tests.
func check(t *testing.T, o prereq.Options) prereq.Report {
	t.Helper()
	if o.Minimum == "" {
		o.Minimum = "2.12.0"
	}
	o.Kubectl = "1.22.0"
	r, err := prereq.Check(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
