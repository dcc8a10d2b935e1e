package coehelper

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/support"
)

type supportOptions struct {
	checkOptions
	cluster    string
	output     string
	kubernetes bool
	kubeconfig string
	context    string
}

func newSupport(d deps) *cobra.Command {
	o := &supportOptions{checkOptions: checkOptions{identity: &identity{deps: d}}}
	cmd := &cobra.Command{
		Use:   "support CLUSTER",
		Short: "Collect what a support ticket about a cluster needs, without secrets",
		Long: `Collect what a support ticket about a cluster needs into one bundle that is safe
to send: the cluster as 'openstack coe cluster show -f json' prints it, its
template, node groups, status and health, a short timeline, the versions of every
program involved with the result of check, and how this machine sees the API
server. With --kubernetes also nodes, recent warnings and the pods of managed
namespaces that are not ready, read with your kubectl.

Tokens, passwords, keys and e-mail addresses are taken out; ids and public keys
stay. The manifest says what was collected, what was left out, and why. A part
that fails does not stop the others.`,
		Example: `  openstack-coe-helper support my-cluster
  openstack-coe-helper support my-cluster --kubernetes --output my-cluster.tar.gz
  openstack-coe-helper support my-cluster -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.cluster = args[0]
			return o.run(cmd.Context())
		},
	}
	fs := cmd.Flags()
	fs.StringVarP(&o.output, "output", "o", "text", "text, json or yaml to stdout, or a file FILE.tar.gz, which is replaced")
	fs.BoolVar(&o.kubernetes, "kubernetes", false, "also ask the cluster itself, with kubectl")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig for --kubernetes")
	fs.StringVar(&o.context, "context", "", "context for --kubernetes (default: one that leads to the cluster)")
	o.bind(fs)
	o.bindSearch(cmd)
	return cmd
}

// validate looks at -o before minutes are spent on what could not be written.
func (o *supportOptions) validate() (file bool, err error) {
	file = strings.HasSuffix(o.output, ".tar.gz") || strings.HasSuffix(o.output, ".tgz")
	if !file && !slices.Contains([]string{"text", "json", "yaml"}, o.output) {
		return file, clierr.New(clierr.Usage, "a bundle is written to a file that ends in .tar.gz",
			"-o takes text, json, yaml or FILE.tar.gz, not %q", o.output)
	}
	dir := filepath.Dir(o.output)
	if info, err := os.Stat(dir); file && (err != nil || !info.IsDir()) {
		return file, clierr.New(clierr.Usage, "", "there is no folder %q to write %q into", dir, o.output)
	}
	return file, nil
}

func (o *supportOptions) run(ctx context.Context) error {
	file, err := o.validate()
	if err != nil {
		return err
	}
	b, clusterErr := support.Collect(ctx, support.Options{
		Cluster: o.cluster, Connect: o.connect, Check: o.check, Secrets: o.secrets,
		Build: cli.BuildVersion(), Plugin: o.plugin(), Kubernetes: o.kubernetes, Now: o.Now,
		Kubectl: support.Kubectl{Kubeconfig: o.kubeconfig, Context: o.context, Environ: o.environ},
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := o.write(b, file); err != nil {
		return err
	}
	o.failures(b)
	return clusterErr
}

// plugin is the kubectl-catalyst that kubectl would run, "" for none.
func (o *supportOptions) plugin() string {
	p, err := o.catalog.Find(plugin.Catalyst)
	if err != nil {
		return ""
	}
	path, err := exec.LookPath(p.Program)
	if err != nil {
		return ""
	}
	return path
}

func (o *supportOptions) write(b *support.Bundle, file bool) error {
	switch {
	case file:
		data, err := b.Archive()
		if err != nil {
			return err
		}
		if err := atomicfile.Write(o.output, data, 0o600); err != nil {
			return err
		}
		fmt.Fprintf(o.ErrOut, "wrote %s\n", clierr.Clean(o.output))
		return nil
	case o.output == "text":
		return b.Text(o.Out)
	}
	return cli.PrintObject(o.Out, o.output, b)
}

// failures names the parts that a reader of the bundle will miss.
func (o *supportOptions) failures(b *support.Bundle) {
	for _, p := range b.Manifest().Parts {
		if p.Status == support.Failed && p.Name != "cluster" {
			o.Warn(p.Name+": "+p.Why, "")
		}
	}
}
