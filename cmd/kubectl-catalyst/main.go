// Command kubectl-catalyst is the kubectl plugin "kubectl catalyst".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := catalyst.Run(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(code)
}
