// Prepare makes what the tests need into the test cache.
//
//	prepare            makes everything that is missing or broken
//	prepare NAME...    makes some parts
//	prepare -list      names the parts, and says what each is for
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/prepare"
)

func main() {
	list := flag.Bool("list", false, "name the parts, and say what each is for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *list, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, list bool, names []string) error {
	parts, err := prepare.Select(names...)
	if err != nil {
		return err
	}
	if list {
		for _, p := range parts {
			fmt.Printf("%-16s %s\n", p.Name, p.Why)
		}
		return nil
	}
	if len(names) == 0 {
		return prepare.All(ctx, os.Stderr).Err()
	}
	return prepare.Run(ctx, parts, os.Stderr).Err()
}
