package tunnel

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// maxTunnelMemory is where the process behind a tunnel begins to save memory. What
// it may hold at all is bounded in package tunnel.
const maxTunnelMemory = 40 << 20

// NewServe returns the hidden command behind a tunnel.
func NewServe(env cli.Env) *cobra.Command {
	var spec tunnel.Spec
	var bastion string
	var batch bool
	cmd := &cobra.Command{
		Use:   route.ServeCommand,
		Short: "Carry connections to a private API server",
		Long: `Carry connections to a private API server through a bastion. This is the process
in the background; people have no need to call it.`,
		Hidden:  true,
		Example: `  kubectl catalyst serve-tunnel --bastion=ubuntu@bastion --target=10.0.0.5:6443 --port=20000`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if spec.Bastion, err = tunnel.ParseBastion(bastion); err != nil {
				return err
			}
			return runServe(cmd.Context(), env, spec, batch)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&bastion, "bastion", "", "host to go through")
	fs.StringVar(&spec.Target, "target", "", "host:port of the API server")
	fs.IntVar(&spec.Port, "port", 0, "port of 127.0.0.1 to listen on")
	fs.DurationVar(&spec.Idle, "idle", time.Duration(0), "end after this long without use")
	fs.BoolVar(&batch, "batch", false, "ask nobody")
	return cmd
}

func runServe(ctx context.Context, env cli.Env, spec tunnel.Spec, batch bool) error {
	debug.SetMemoryLimit(maxTunnelMemory)
	dir, err := store.DefaultDir(env.Getenv)
	if err != nil {
		return err
	}
	return tunnel.Serve(ctx, spec, store.Open(dir), batch, env.In, env.Out)
}

// AnswerSSH asks the person what ssh wants to know, where ssh has started this
// program for that, and returns the exit code.
func AnswerSSH(ctx context.Context, args []string, env cli.Env) (code int, asked bool) {
	if !tunnel.Asking(env.Getenv) {
		return clierr.OK, false
	}
	if tunnel.Ask(ctx, args, env.Getenv, env.Out) != nil {
		return clierr.Failure, true // ssh says what is missing now
	}
	return clierr.OK, true
}
