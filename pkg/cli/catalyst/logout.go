package catalyst

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// logoutOptions is the command line of logout.
type logoutOptions struct {
	identity
	kubeconfig string
	clusters   []string
	all, stale bool
	dryRun     bool
	keepToken  bool
}

func newLogout(env cli.Env) *cobra.Command {
	o := &logoutOptions{identity: identity{env: env}}
	cmd := &cobra.Command{
		Use:   "logout [CLUSTER...]",
		Short: "Remove what login added, from the kubeconfig and the private cache",
		Long: `Remove what login added, from the kubeconfig, its backup and the private cache.

A login is named by its context, or by the name or UUID of its cluster. The cloud
is not needed for that; only --stale asks it which clusters are gone.

When no login in the kubeconfig uses a kept Keystone token any more, the token is
forgotten and revoked: nobody can use a copy of it. That also ends what got the
token from elsewhere, such as a file made with --embed; --keep-token leaves it valid
until it expires. A token that you set as OS_TOKEN is never revoked.`,
		Example: `  kubectl catalyst logout prod
  kubectl catalyst logout --all
  kubectl catalyst logout --stale`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.all, "all", false, "remove every login")
	fs.BoolVar(&o.stale, "stale", false, "remove the logins whose cluster is gone")
	fs.BoolVar(&o.dryRun, "dry-run", false, "show what would change in the kubeconfig, and change nothing")
	fs.BoolVar(&o.keepToken, "keep-token", false, "forget the Keystone token without revoking it")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig to look in (KUBECONFIG, or ~/.kube/config)")
	o.bind(fs)
	return cmd
}

func (o *logoutOptions) complete(args []string) error {
	o.clusters = args
	chosen := 0
	for _, c := range []bool{len(args) > 0, o.all, o.stale} {
		if c {
			chosen++
		}
	}
	if chosen != 1 {
		return clierr.New(clierr.Usage, "", "name clusters, or use one of --all and --stale")
	}
	return nil
}

func (o *logoutOptions) run(ctx context.Context) error {
	files, err := kubeconfig.Locate(o.kubeconfig, o.env.Getenv)
	if err != nil {
		return err
	}
	files.DryRun = o.dryRun
	files.Warn = func(m string) { o.env.Warn(m, "") }
	present, err := files.List()
	if err != nil {
		return err
	}
	which, problem := o.choose(ctx, present)
	if which == nil {
		return problem
	}
	changes, removed, err := files.Remove(ctx, which)
	if err != nil {
		return errors.Join(problem, err)
	}
	if o.dryRun {
		for _, c := range changes {
			fmt.Fprint(o.env.Out, kubeconfig.Diff(c.Path, c.Old, c.New))
		}
		return problem
	}
	if len(removed) == 0 {
		fmt.Fprintln(o.env.ErrOut, "nothing to remove")
	}
	for _, r := range removed {
		fmt.Fprintf(o.env.ErrOut, "logged out of cluster %q (context %q)\n", clierr.Clean(r.ClusterName), clierr.Clean(r.Context))
	}
	return errors.Join(problem, o.endTunnels(ctx, present, removed), o.forget(ctx, present, removed))
}

// endTunnels ends the tunnels that no login uses any more.
func (o *logoutOptions) endTunnels(ctx context.Context, present, removed []kubeconfig.Owned) error {
	left := portsOf(remaining(present, removed))
	var errs []error
	for _, r := range removed {
		s := tunnelOf(r)
		if s == nil || slices.Contains(left, s.Port) {
			continue
		}
		k, err := o.keeper()
		if err == nil {
			err = k.End(ctx, s.Port)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// remaining lists the logins that were not removed.
func remaining(present, removed []kubeconfig.Owned) []kubeconfig.Owned {
	return slices.DeleteFunc(slices.Clone(present), func(w kubeconfig.Owned) bool {
		return slices.ContainsFunc(removed, func(r kubeconfig.Owned) bool { return r.Context == w.Context && r.Path == w.Path })
	})
}

// choose says which of the logins go. A nil function means none can be chosen.
func (o *logoutOptions) choose(ctx context.Context, present []kubeconfig.Owned) (func(kubeconfig.Owned) bool, error) {
	switch {
	case o.all:
		return func(kubeconfig.Owned) bool { return true }, nil
	case o.stale:
		gone, err := o.findStale(ctx, present)
		return func(w kubeconfig.Owned) bool { return gone[w.ClusterUUID] }, err
	}
	var missing []string
	for _, name := range o.clusters {
		if !slices.ContainsFunc(present, func(w kubeconfig.Owned) bool { return named(w, name) }) {
			missing = append(missing, fmt.Sprintf("%q", name))
		}
	}
	if len(missing) > 0 {
		return nil, clierr.Errorf("kubectl config get-contexts lists what there is; logins of other programs are not touched",
			"not logged in to %s", strings.Join(missing, ", "))
	}
	return func(w kubeconfig.Owned) bool {
		return slices.ContainsFunc(o.clusters, func(name string) bool { return named(w, name) })
	}, nil
}

func named(w kubeconfig.Owned, name string) bool {
	return name == w.Context || name == w.ClusterName || name == w.ClusterUUID
}

func pinOf(w kubeconfig.Owner) cloud.Pin {
	pin := cloud.Pin{AuthURL: w.AuthURL, ProjectID: w.ProjectID, AppCredID: w.AppCredID}
	if w.AppCredID == "" {
		pin.Username, pin.UserDomainName = w.User, w.UserDomain
	}
	return pin
}

// findStale asks each cloud that logins belong to which of their clusters are
// gone. Where it cannot be asked nothing is taken for gone.
func (o *logoutOptions) findStale(ctx context.Context, present []kubeconfig.Owned) (map[string]bool, error) {
	type place struct {
		cloud, region string
		pin           cloud.Pin
	}
	asked := map[place]map[string]bool{} // the UUIDs that exist
	gone := map[string]bool{}
	var errs []error
	for _, w := range present {
		at := place{w.Cloud, w.Region, pinOf(w.Owner)}
		exist, ok := asked[at]
		if !ok {
			var err error
			if exist, err = o.existing(ctx, at.cloud, at.region, at.pin); err != nil {
				errs = append(errs, fmt.Errorf("asking which clusters of project %q are gone: %w", w.ProjectName, err))
			}
			asked[at] = exist
		}
		if exist != nil && !exist[w.ClusterUUID] {
			gone[w.ClusterUUID] = true
		}
	}
	return gone, errors.Join(errs...)
}

func (o *logoutOptions) existing(ctx context.Context, cloudName, region string, pin cloud.Pin) (map[string]bool, error) {
	id := o.identity
	id.Cloud, id.Region, id.Pin = cloudName, region, pin
	who, err := id.resolve()
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, who)
	if err != nil {
		return nil, err
	}
	list, err := s.magnum.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	exist := map[string]bool{}
	for _, c := range list {
		exist[c.UUID] = c.Status != "DELETE_COMPLETE"
	}
	return exist, nil
}
