// Command openstack-coe-helper checks the OpenStack client on this machine and
// collects what a support ticket about a cluster needs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/coehelper"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := coehelper.Run(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(code)
}
