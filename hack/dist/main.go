// Dist makes a release: archives of both programs for every platform that
// plugins.yaml names, what they consist of, krew's manifests and checksums. The
// same commit gives the same bytes on any machine with the same version of Go.
//
// It works on the module in the current folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/krew"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, say io.Writer) error {
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	dir := flags.String("o", "dist", "folder for the release; must not exist or be empty")
	only := flags.String("platforms", "", "make only these, as linux/amd64,windows/arm64")
	templates := flags.Bool("templates", false, "write the templates for krew-release-bot instead")
	if err := flags.Parse(args); err != nil {
		return err
	}
	catalog, err := plugin.Load()
	if err != nil {
		return err
	}
	if *templates {
		return writeTemplates(catalog)
	}
	if catalog.Platforms, err = choose(catalog.Platforms, *only); err != nil {
		return err
	}
	r, err := newRelease(catalog, *dir, say)
	if err != nil {
		return err
	}
	return errors.Join(r.make(ctx), r.close())
}

// choose returns those of the platforms that are named, or all.
func choose(all []plugin.Platform, names string) ([]plugin.Platform, error) {
	if names == "" {
		return all, nil
	}
	var chosen []plugin.Platform
	for name := range strings.SplitSeq(names, ",") {
		system, arch, _ := strings.Cut(name, "/")
		p := plugin.Platform{OS: system, Arch: arch}
		if !slices.Contains(all, p) {
			return nil, fmt.Errorf("plugins.yaml names no platform %q", name)
		}
		chosen = append(chosen, p)
	}
	return chosen, nil
}

func writeTemplates(c plugin.Catalog) error {
	for _, p := range c.Plugins {
		text, err := krew.Template(c, p)
		if err != nil {
			return err
		}
		if err := os.WriteFile(krew.TemplateName(p), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
