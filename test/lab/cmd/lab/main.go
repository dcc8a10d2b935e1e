// Lab runs the project's test bed outside of tests.
//
//	lab prepare            fills the cache, so that later starts take seconds
//	lab up                 starts a bed, says how to use it, stays until interrupted
//	lab run -- COMMAND...  runs a command in the environment of a bed
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/prepare"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	var ended commandEnded
	switch {
	case err == nil:
	case errors.As(err, &ended): // it has said itself what went wrong
		os.Exit(max(ended.ExitCode(), 1))
	default:
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// commandEnded is the failure of the command that "run" was given.
type commandEnded struct{ *exec.ExitError }

// errUsage is what an unusable command line is answered with.
var errUsage = errors.New("usage: lab prepare|up|run [flags] [-- COMMAND...]")

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	flags := flag.NewFlagSet("lab "+args[0], flag.ContinueOnError)
	var o lab.Options
	flags.Func("cloud", "heat (Magnum 15, the default) or clusterapi (Magnum 20)", func(name string) error {
		cloud, known := map[string]lab.Cloud{"heat": lab.Heat, "clusterapi": lab.ClusterAPI}[name]
		if !known {
			return errors.New("there are heat and clusterapi")
		}
		o.Cloud = cloud
		return nil
	})
	flags.BoolVar(&o.Kube, "kube", true, "with Kubernetes")
	flags.IntVar(&o.Nodes, "nodes", 0, "pretended nodes in prod")
	flags.IntVar(&o.BcryptRounds, "bcrypt-rounds", 4, "cost of checking a password, 4 or 12, which is Keystone's default and needs the part costly-accounts")
	also := flags.String("also", "", "clusters whose API servers to start besides prod's, comma-separated")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "prepare" {
		parts := prepare.Lab()
		if o.Cloud == lab.ClusterAPI {
			parts = prepare.ClusterAPI()
		}
		return prepare.Run(ctx, parts, os.Stderr).Err()
	}
	if args[0] != "up" && (args[0] != "run" || flags.NArg() == 0) {
		return errUsage
	}
	bed, err := start(ctx, o, *also)
	if err != nil {
		return err
	}
	defer bed.Close()
	env, forget, err := environment(bed)
	if err != nil {
		return err
	}
	defer forget()
	if args[0] == "run" {
		return command(ctx, env, flags.Args())
	}
	fmt.Println("export " + strings.Join(env, " "))
	fmt.Printf("# Keystone %s · Magnum %s · clouds alice, bob, carol, admin · interrupt to end\n", bed.KeystoneURL, bed.MagnumURL)
	<-ctx.Done()
	return nil
}

// start starts a bed and the API servers of the clusters named in also.
func start(ctx context.Context, o lab.Options, also string) (*lab.Lab, error) {
	bed, err := lab.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, name := range strings.FieldsFunc(also, func(r rune) bool { return r == ',' }) {
		if _, err := bed.KubeFor(ctx, name); err != nil {
			bed.Close()
			return nil, err
		}
	}
	return bed, nil
}

// command runs a command to its end. When we are told to stop, so is the command;
// the bed stays up until it has cleaned up after itself.
func command(ctx context.Context, env, args []string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return commandEnded{exit}
	}
	return err
}
