// Command openstack-coe-helper checks the OpenStack client on this machine and
// collects what a support ticket about a cluster needs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/coehelper"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	code := coehelper.Run(ctx, os.Args[1:], streams)
	stop()
	os.Exit(code)
}
