package docs

import (
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// exception is a command that is not simply run and expected to succeed.
type exception struct {
	page      string // "" for any
	command   string // all of it, or how it begins with * behind
	why       string
	elsewhere bool // it is not run here
	code      int  // it ends with this
	endless   bool // it ends with Ctrl-C
}

// exceptions is the whole list.
func exceptions() []exception {
	const reference = "docs/reference/"
	return []exception{
		{command: "make *", elsewhere: true, why: "this test is part of 'make test'; TestMakeTargets looks for the targets"},
		{command: "go test ./pkg/kubeconfig", elsewhere: true, why: "it needs the tree, and runs with all the others"},
		{command: "kubectl krew install *", elsewhere: true, why: "it fetches from the network; test/release does it with the real krew and an archive made there"},
		{page: "README.md", command: "curl *", elsewhere: true, why: "it fetches a release from the network"},
		{page: "README.md", command: "sha256sum --check *", elsewhere: true, why: "it checks what curl would have fetched"},
		{page: "README.md", command: "tar -xzf *", elsewhere: true, why: "the same"},
		{page: "README.md", command: "install -D *", elsewhere: true, why: "the same"},
		{page: "docs/network-policy-ci.md", command: "archive=*", elsewhere: true, why: "it fetches a release from the network"},
		{command: "kubectl catalyst network-policy probe shop/Deployment/web shop/db-0 --port 5432 --dry-run", why: "it makes nothing, unlike what follows"},
		{command: "kubectl catalyst network-policy probe shop/*", elsewhere: true, why: "it makes pods, and the sandbox's clusters can only be read; the tests of pkg/probe make them"},
		{command: "kubectl catalyst network-policy probe --canary*", elsewhere: true, why: "the same"},
		{command: "kubectl catalyst completion powershell |*", elsewhere: true, why: "what follows is PowerShell"},
		{command: "openstack-coe-helper completion powershell |*", elsewhere: true, why: "what follows is PowerShell"},

		{page: reference, command: "kubectl catalyst cluster list --watch", endless: true, why: "it goes on until Ctrl-C"},
		{command: "kubectl catalyst serve-tunnel *", elsewhere: true, why: "the commands that need it start it, with a port that is free"},
		{command: "kubectl catalyst tunnel *", endless: true, why: "it goes on until Ctrl-C"},
		{page: reference + "kubectl-catalyst-cluster-delete.md", command: "kubectl catalyst cluster delete prod", code: 2, why: "it asks for the name, and there is nobody to ask"},
		{page: reference, command: "kubectl catalyst credential *", code: 1, why: "kubectl says which cluster it asks for, and nobody gets a token who does not"},
		{page: reference, command: "kubectl catalyst cluster resize prod --nodes 2 --nodegroup gpu", code: 1, why: "the sandbox's clusters have one node group for nodes"},
		{page: reference, command: "kubectl catalyst cluster resize prod --nodes 3 --nodegroup default-master", code: 1, why: "only drivers of Cluster API can; the tests of the commands do it with one"},
		{page: reference, command: "kubectl catalyst cluster rotate-credential prod --wait", code: 2, why: "it asks for the name, and there is nobody to ask"},
		{page: reference, command: "kubectl catalyst cluster rotate-credential prod --yes", code: 1, why: "the sandbox's Magnum is too old for it; the tests of the commands do it with a newer one"},
		{command: "kubectl catalyst cluster nodegroup create prod gpu *", elsewhere: true, why: "it needs a newer Magnum; the tests of the commands do it with one"},
		{command: "kubectl catalyst cluster nodegroup update prod gpu *", elsewhere: true, why: "the same"},
		{command: "kubectl catalyst cluster nodegroup delete prod gpu*", elsewhere: true, why: "the same"},
		{page: "docs/clusters.md", command: "kubectl catalyst cluster resize prod --nodes 0 --nodegroup gpu", elsewhere: true, why: "the same"},
		{page: reference, command: "kubectl catalyst network-policy test expected.yaml *", code: 1, why: "what is expected there is the reader's"},
		{page: reference, command: "kubectl catalyst login --from-file prod.yaml", code: 1, why: "whoever made the file is logged in to prod already; docs/sharing-access.md goes on with it as somebody else"},
		{page: reference, command: "kubectl catalyst login --from-file prod.yaml --ca-fingerprint *", code: 1, why: "each cluster of the sandbox has a CA of its own"},
	}
}

func exceptionFor(page, command string) (exception, bool) {
	all := exceptions()
	i := slices.IndexFunc(all, func(e exception) bool {
		begin, long := strings.CutSuffix(e.command, "*")
		return strings.HasPrefix(page, e.page) && (command == begin || long && strings.HasPrefix(command, begin))
	})
	if i < 0 {
		return exception{}, false
	}
	return all[i], true
}

// sceneOf says which clusters there are when a page begins.
func sceneOf(p *page) []sandbox.Cluster {
	all := clusters()
	switch p.name {
	case "docs/getting-started.md", "docs/reference/kubectl-catalyst-cluster.md", "docs/reference/kubectl-catalyst-cluster-create.md":
		return nil // they make their own
	case "docs/reference/kubectl-catalyst-cluster-upgrade.md":
		all[0].Template = "kubernetes-v1.35.6-20260710"
	case "docs/openstack-coe-helper.md", "docs/reference/openstack-coe-helper.md", "docs/reference/openstack-coe-helper-support.md":
		all[0].Name, all[1].Name = "my-cluster", "prod"
	}
	return all
}
