// Package prepare makes everything heavy that tests use, before any test starts:
// Debian's packages in folders of their own, and programs that are built from
// their sources. Tests only find it.
package prepare

import (
	"context"
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/test/browser"
	"github.com/catalyst-cloud/kubectl-catalyst/test/completion"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/bastion"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/clusterapi"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/wine"
	"github.com/catalyst-cloud/kubectl-catalyst/test/release"
)

// Maker makes one entry of the test cache.
type Maker interface {
	// Entry returns the entry's name; "" for what is kept elsewhere.
	Entry(ctx context.Context) (string, error)
	// Unavailable returns why the entry can be neither used nor made on this
	// machine, in half a sentence, or nil.
	Unavailable() error
	// MakePart makes the entry, unless it is there and what its manifest says, and
	// reports whether it did. say is told what takes long.
	MakePart(ctx context.Context, say func(string)) (made bool, err error)
}

// Part is one thing that is prepared.
type Part struct {
	Name  string // one word, unique
	Why   string // what tests do with it
	Lane  Lane
	Maker Maker
}

// Lane is what parts wait for most while they are made. The parts of a lane are
// made one after the other, in the order of the list, and lanes side by side: a
// download and dpkg's waiting for the disk leave the processor to the compiler.
// When all packages are there, their lane helps to compile.
type Lane int

// The lanes.
const (
	Packages Lane = iota // apt and dpkg
	Compiler             // go build
)

// Parts returns everything that tests, the demo and benchmarks need. Adding one is
// a row here. In each lane the longest comes first, so that a failure that takes
// long to see is seen early; the accounts need the image above them.
func Parts() []Part {
	return append(testParts(), benchParts()...)
}

// benchParts returns what benchmarks need and no test does.
func benchParts() []Part {
	return []Part{
		{"costly-accounts", "users and clusters with Keystone's default cost of a password", Packages, openstack.Accounts{Release: openstack.Zed, Rounds: openstack.Costs[1]}},
	}
}

func testParts() []Part {
	return []Part{
		{"openstack", "real Keystone, Magnum and openstack client", Packages, openstack.Zed.Image()},
		{"accounts", "users and clusters to log in to", Packages, openstack.Accounts{Release: openstack.Zed, Rounds: openstack.Costs[0]}},
		{"clusterapi", "real Keystone and Magnum of today, with Cluster API", Packages, openstack.Epoxy.Image()},
		{"people", "users and templates of that cloud", Packages, openstack.Accounts{Release: openstack.Epoxy, Rounds: openstack.Costs[0]}},
		{"chromium", "reports as a browser shows them", Packages, browser.Image()},
		{"shells", "TAB in Debian's bash, fish and zsh", Packages, completion.Shells()},
		{"openssh", "a real sshd in front of private clusters", Packages, bastion.Image()},
		{"iptables", "what Calico's data plane calls", Packages, felix.Image()},
		{"wine", "programs for Windows", Packages, wine.Image()},
		{"windows", "the Windows that these run in", Packages, wine.Prefix{}},

		{"kubernetes", "real API servers", Compiler, onNode{kube.ControlPlane()}},
		{"felix", "Calico's real data plane", Compiler, onNode{felix.Program()}},
		{"netpoldiff", "independent evaluators of policies, compiled", Compiler, gotool.Compiled{
			Module: "test/netpoldiff", Builds: []gotool.Build{{Flags: []string{"-test"}, Packages: "./..."}},
		}},
		{"windows-builds", "the programs for Windows and what runs there, compiled", Compiler, gotool.Compiled{Builds: []gotool.Build{
			{Env: wine.BuildEnv(), Flags: []string{"-test"}, Packages: "./pkg/..."},
			{Env: wine.BuildEnv(), Packages: "./cmd/... ./test/windows/..."},
		}}},
		{"tests", "the programs and the tests themselves, compiled", Compiler, gotool.Compiled{Builds: []gotool.Build{
			{Flags: []string{"-test"}, Packages: "./..."},
		}}},
		{"helm", "what Magnum makes clusters with", Compiler, onNode{clusterapi.Helm()}},
		{"resources", "Cluster API's kinds of objects", Compiler, clusterapi.Resources{}},
		{"krew", "installing a release", Compiler, release.Krew()},
		{"gotestsum", "the runner of all tests", Compiler, Gotestsum()},
		{"kubectl", "what users call", Compiler, kube.Kubectl()},
		{"agnhost", "what probes run in pods", Compiler, onNode{kube.Agnhost()}},
	}
}

// onNode is what runs beside Debian's packages only, and is of no use where these
// are not.
type onNode struct{ gotool.Tool }

// Unavailable returns why it is of no use on this machine, or cannot be made.
func (o onNode) Unavailable() error {
	if err := debian.Usable(); err != nil {
		return err
	}
	return o.Tool.Unavailable()
}

// Gotestsum runs tests and prints what matters of them.
func Gotestsum() gotool.Tool {
	const version = "v1.13.0"
	return gotool.Tool{Name: "gotestsum", Version: version, Packages: []string{"gotest.tools/gotestsum@" + version}}
}

// Select returns the parts with these names; all of them without any.
func Select(names ...string) ([]Part, error) {
	parts := Parts()
	if len(names) == 0 {
		return parts, nil
	}
	var selected []Part
	for _, name := range names {
		i := slices.IndexFunc(parts, func(p Part) bool { return p.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no part %q: prepare -list names them", name)
		}
		selected = append(selected, parts[i])
	}
	return selected, nil
}

// Lab returns the parts that a bed with Kubernetes needs.
func Lab() []Part {
	parts, _ := Select("openstack", "accounts", "kubernetes") // they are in the list
	return parts
}

// ClusterAPI returns the parts that a bed with Cluster API needs.
func ClusterAPI() []Part {
	parts, _ := Select("clusterapi", "people", "kubernetes", "helm", "resources") // they are in the list
	return parts
}
