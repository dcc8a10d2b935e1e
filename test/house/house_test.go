// Package house holds the tests that keep the structure of the project: which
// package may lean on which.
package house

import (
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/catalyst-cloud/kubectl-catalyst/"

// imports returns the direct imports of each package outside its tests.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		all[strings.TrimPrefix(fields[0], module)] = fields[1:]
	}
	if len(all) < 10 {
		t.Fatalf("go list names only %d packages", len(all))
	}
	return all
}

func under(pkg string, roots ...string) bool {
	for _, r := range roots {
		if pkg == r || strings.HasPrefix(pkg, r+"/") {
			return true
		}
	}
	return false
}

// engineRooms are the packages of the policy engine in the order in which to read
// them, see the package comment of pkg/netpol.
var engineRooms = []string{"addr", "bits", "rules", "convert", "kinds", "program", "inventory", "space", "verdict", "flow", "explain", "analysis"}

func TestDependenciesPointOneWay(t *testing.T) {
	t.Parallel()
	for pkg, deps := range imports(t) {
		for _, dep := range deps {
			for _, r := range []struct {
				rule  string
				broke bool
			}{
				{"domain packages know nothing of the command line",
					under(pkg, "pkg") && !under(pkg, "pkg/cli") && under(dep, module+"pkg/cli")},
				{"what ships leans on nothing in test, bench or hack",
					under(pkg, "pkg", "cmd") && under(dep, module+"test", module+"bench", module+"hack")},
				{"the two programs are apart",
					under(pkg, "pkg/cli/catalyst") && under(dep, module+"pkg/cli/coehelper") ||
						under(pkg, "pkg/cli/coehelper") && under(dep, module+"pkg/cli/catalyst")},
				{"commands live in pkg/cli",
					under(pkg, "pkg") && !under(pkg, "pkg/cli") && under(dep, "github.com/spf13/cobra")},
				{"OpenStack is spoken in pkg/cloud and pkg/magnum",
					under(pkg, "pkg", "cmd") && !under(pkg, "pkg/cloud", "pkg/magnum") && under(dep, "github.com/gophercloud")},
				{"Magnum's API is spoken in pkg/magnum",
					!under(pkg, "pkg/magnum") && strings.Contains(dep, "/containerinfra/")},
				{"nothing that swells the program by megabytes is linked",
					under(pkg, "pkg", "cmd") && under(dep, "text/template", "html/template", "k8s.io/cli-runtime/pkg/genericclioptions", "k8s.io/cli-runtime/pkg/resource", "k8s.io/client-go/kubernetes")},
				{"no second YAML library is linked for what pkg/kubeyaml does",
					under(pkg, "pkg", "cmd") && under(dep, "sigs.k8s.io/yaml")},
				{"the policy engine does no input or output",
					(pkg == "pkg/netpol" || under(pkg, "pkg/netpol/internal")) && under(dep, "os", "net/http", "io/fs", "k8s.io/client-go")},
				{"the rooms of the policy engine import each other in the order in which to read them",
					under(pkg, "pkg/netpol/internal") && under(dep, module+"pkg/netpol/internal") &&
						slices.Index(engineRooms, path.Base(dep)) > slices.Index(engineRooms, path.Base(pkg))},
			} {
				if r.broke {
					t.Errorf("%s: %s imports %s", r.rule, pkg, strings.TrimPrefix(dep, module))
				}
			}
		}
	}
}

// TestHelperStaysSmall: client-go would add half to the size of the helper.
func TestHelperStaysSmall(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"cmd/openstack-coe-helper").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if under(strings.TrimSpace(line), "k8s.io/client-go", "k8s.io/apimachinery") {
			t.Errorf("openstack-coe-helper links %s", line)
		}
	}
}

// TestNamesOfFiles: a file that Windows cannot have keeps everybody there from
// checking out the project: "nul.yaml" is the device NUL to it.
func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	device := regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)
	root := filepath.Join("..", "..")
	lower := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && name == ".git" || path == filepath.Join(root, "bin") || path == filepath.Join(root, "dist") {
			return fs.SkipDir
		}
		if path != root && (device.MatchString(name) || strings.ContainsAny(name, `<>:"|?*\`) || strings.TrimRight(name, ". ") != name) {
			t.Errorf("Windows cannot have %s", path)
		}
		if other, taken := lower[strings.ToLower(path)]; taken {
			t.Errorf("to Windows and macOS %s is %s", path, other)
		}
		lower[strings.ToLower(path)] = path
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
