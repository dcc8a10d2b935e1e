// Lab runs the project's test bed for people: "lab up" starts it, says how to
// use it and stays until interrupted; "lab prepare" only fills the cache.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("lab", flag.ContinueOnError)
	var o lab.Options
	flags.BoolVar(&o.Kube, "kube", true, "with Kubernetes")
	flags.IntVar(&o.Nodes, "nodes", 0, "pretended nodes in prod")
	flags.IntVar(&o.BcryptRounds, "bcrypt-rounds", 4, "cost of checking a password; Keystone's default is 12")
	also := flags.String("also", "", "clusters whose API servers to start besides prod's, comma-separated")
	flags.Usage = func() { fmt.Fprintln(flags.Output(), "usage: lab up|prepare [flags]"); flags.PrintDefaults() }
	if len(args) == 0 {
		flags.Usage()
		return flag.ErrHelp
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "prepare":
		return lab.Prepare(ctx, o)
	case "up":
		return up(ctx, o, *also, out)
	default:
		flags.Usage()
		return fmt.Errorf("unknown command %q", args[0])
	}
}

// up keeps a bed running until ctx ends.
func up(ctx context.Context, o lab.Options, also string, out io.Writer) error {
	bed, err := lab.Start(ctx, o)
	if err != nil {
		return err
	}
	defer bed.Close()
	for name := range strings.SplitSeq(also, ",") {
		if name == "" {
			continue
		}
		if _, err := bed.KubeFor(ctx, name); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "catalyst-lab-clouds-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	clouds := filepath.Join(dir, "clouds.yaml")
	if err := os.WriteFile(clouds, bed.CloudsYAML(), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(out, "export OS_CLIENT_CONFIG_FILE=%s OS_CLOUD=alice\n", clouds)
	if kubectl := bed.Kubectl(); kubectl != "" {
		fmt.Fprintf(out, "export KUBECTL=%s\n", kubectl)
	}
	fmt.Fprintf(out, "# Keystone %s, Magnum %s", bed.KeystoneURL, bed.MagnumURL)
	if bed.KubeAPI != "" {
		fmt.Fprintf(out, ", prod %s", bed.KubeAPI)
	}
	fmt.Fprintln(out, "; ready, interrupt to end")
	<-ctx.Done()
	return nil
}
