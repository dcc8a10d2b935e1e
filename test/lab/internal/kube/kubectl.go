package kube

import (
	"runtime"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
)

// kubectl is the package of the real kubectl.
const kubectl = "k8s.io/kubernetes/cmd/kubectl"

// Kubectl is the real kubectl alone, for tests that need no API server: it can be
// built on every system.
func Kubectl() gotool.Tool {
	return gotool.Tool{Name: "kubectl", Version: Version, Module: kubetools, Ldflags: ldflags(), Packages: []string{kubectl}}
}

// Agnhost is what probes run in pods, as far as they use it.
func Agnhost() gotool.Tool {
	return gotool.Tool{Name: "agnhost", Version: Version, Module: kubetools, Packages: []string{"./agnhost"}}
}

// KubectlName is the file name of kubectl on this system.
func KubectlName() string {
	if runtime.GOOS == "windows" {
		return "kubectl.exe"
	}
	return "kubectl"
}
