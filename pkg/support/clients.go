package support

import (
	"context"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// Clients are the versions of every program involved.
type Clients struct {
	Helper       any               `json:"openstack_coe_helper"`
	Plugin       string            `json:"kubectl_catalyst"` // what its version command says, or why not
	OpenStack    string            `json:"openstack"`
	Installation string            `json:"openstack_installation"`
	Python       string            `json:"python"`
	Packages     map[string]string `json:"packages"`
	Kubectl      string            `json:"kubectl"`
	System       string            `json:"system"` // os/arch
}

const pluginTime = 5 * time.Second

func clients(ctx context.Context, o Options, r prereq.Report) Clients {
	return Clients{
		Helper: o.Build, Plugin: pluginVersion(ctx, o), OpenStack: r.OpenStack.Path,
		Installation: r.OpenStack.Installation, Python: r.Magnumclient.Python, Packages: r.OpenStack.Packages,
		Kubectl: strings.TrimSpace(r.Kubectl.Version + " " + r.Kubectl.Path), System: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// pluginVersion asks the kubectl-catalyst that kubectl would run.
func pluginVersion(ctx context.Context, o Options) string {
	if o.Plugin == "" {
		return "not on PATH"
	}
	ctx, cancel := context.WithTimeout(ctx, pluginTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.Plugin, "version")
	cmd.Env = o.Kubectl.Environ
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return o.Plugin + " does not tell its version: " + err.Error()
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return clierr.Clean(line)
}
