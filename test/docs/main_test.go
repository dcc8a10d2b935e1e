// Package docs runs what the pages tell people to run. Each page has a cloud of
// its own, test/sandbox, and people who sit at terminals with a home, a real
// kubectl and both programs; the commands of a page run there in order, and
// what a page shows must come back. How to write a block so that it can be
// tested is in CONTRIBUTING.md.
package docs

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/coehelper"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sshtest"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

func TestMain(m *testing.M) {
	testenv.PlainTemp()
	testenv.Main(waiting{m}, map[string]func(){ // both programs, first on PATH
		"kubectl-catalyst":     program(catalyst.Run),
		"openstack-coe-helper": program(coehelper.Run),
		"ssh":                  sshtest.Main,
	}, append(commands(), "go")...) // go finds the kubectl of the tests
}

// waiting runs more pages at a time than there are processors: most of the time
// they wait for a cluster.
type waiting struct{ *testing.M }

func (w waiting) Run() int {
	_ = flag.Set("test.parallel", "8") // -parallel says otherwise
	return w.M.Run()
}

// program does what the mains in cmd do.
func program(run func(context.Context, []string, cli.Env) int) func() {
	return func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		code := run(ctx, os.Args[1:], cli.System())
		stop()
		os.Exit(code)
	}
}
