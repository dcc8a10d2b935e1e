// Demo shows a newcomer a whole session: it builds the programs, brings a cloud
// up, logs in to a cluster of it, looks around with kubectl and logs out again.
// Nothing of the user's own is read or written: kubeconfig, cache and account
// are made for the occasion and removed afterwards.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := demo(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func demo(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	kind := flags.String("cloud", "sandbox", "sandbox: a cloud inside this program; real: Keystone, Magnum and Kubernetes themselves")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := newStage(out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	s.printHeading("Building the programs.")
	if err := s.run(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", "bin"+string(os.PathSeparator), "./cmd/..."); err != nil {
		return err
	}
	c, err := open(ctx, *kind, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := s.furnish(c); err != nil {
		return err
	}
	if err := session(ctx, s); err != nil {
		return err
	}
	if *kind == "sandbox" {
		s.printHeading("That is all. 'make demo CLOUD=real' does the same with real services.")
	}
	return nil
}

// session is what somebody does on a first day.
func session(ctx context.Context, s *stage) error {
	kubectl := s.works(ctx, "kubectl", "version", "--client")
	plugin := []string{"kubectl", "catalyst"}
	if !kubectl {
		s.printHeading("There is no kubectl on this machine, so the plugin runs by itself.")
		plugin = []string{"kubectl-catalyst"}
	}
	for _, st := range []step{
		{why: "Log in with the Keystone account. No secret is written into the kubeconfig.",
			command: append(plugin, "login", "prod")},
		{why: "kubectl works at once: it asks the plugin for a token, which is kept in a private cache.",
			command: []string{"kubectl", "get", "namespaces"}, kubectl: true},
		{why: "Log in to another cluster with a certificate that its CA signs, without leaving the first.",
			command: append(plugin, "login", "blue", "--auth", "certificate", "--no-use")},
		{command: []string{"kubectl", "config", "get-contexts"}, kubectl: true},
		{command: []string{"kubectl", "--context", "blue", "auth", "whoami"}, kubectl: true},
		{why: "The same for scripts. The plugin has asked the API server for its version itself.",
			command: append(plugin, "login", "prod", "-o", "json")},
		{why: "A mistyped name:", command: append(plugin, "login", "pord"), fails: true},
		{why: "Log out: what login wrote is removed, and nothing else.", command: append(plugin, "logout", "--all")},
	} {
		if st.kubectl && !kubectl {
			continue
		}
		if err := s.perform(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// step is a command and why it is shown.
type step struct {
	why     string
	command []string
	kubectl bool // it needs the real kubectl
	fails   bool // that is what it is shown for
}

func (s *stage) perform(ctx context.Context, st step) error {
	s.printHeading(st.why)
	err := s.run(ctx, st.command...)
	var refused *exec.ExitError
	switch {
	case !st.fails:
		return err
	case err == nil:
		return fmt.Errorf("%s: it succeeded, against expectation", quote(st.command))
	case errors.As(err, &refused) && ctx.Err() == nil:
		return nil
	}
	return err
}
