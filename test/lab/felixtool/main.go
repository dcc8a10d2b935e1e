// Felixtool is Calico's agent, Felix, as the test bed runs it on its nodes. It is
// a module of its own: what it needs fits neither the programs nor the bed's
// Kubernetes.
package main

import "github.com/projectcalico/calico/felix/daemon"

// release is what Felix calls itself in its log: the line of releases that go.mod
// takes it from.
const release = "v3.28"

func main() {
	daemon.Run("/dev/null", release, "", "") // the environment says everything; no file does
}
