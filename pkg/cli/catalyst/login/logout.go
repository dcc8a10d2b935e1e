package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
)

// logoutOptions is the command line of logout.
type logoutOptions struct {
	session.Identity
	kubeconfig string
	clusters   []string
	all, stale bool
	dryRun     bool
	keepToken  bool
}

// NewLogout returns the command logout.
func NewLogout(env cli.Env) *cobra.Command {
	o := &logoutOptions{Identity: session.Identity{Env: env}}
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
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig to look in")
	o.Bind(fs)
	return cmd
}

// LogOut removes the logins to clusters.
func LogOut(ctx context.Context, id *session.Identity, kubeconfig string, clusters ...string) error {
	o := &logoutOptions{Identity: *id, kubeconfig: kubeconfig, clusters: clusters}
	return o.run(ctx)
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
	files, logins, err := o.Kubeconfig(o.kubeconfig)
	if err != nil {
		return err
	}
	files.DryRun = o.dryRun
	which, problem := o.choose(ctx, logins)
	if which == nil {
		return problem
	}
	changes, removed, err := files.Remove(ctx, which)
	if err != nil {
		return errors.Join(problem, err)
	}
	if o.dryRun {
		for _, c := range changes {
			fmt.Fprint(o.Env.Out, kubeconfig.Diff(c.Path, c.Old, c.New))
		}
		return problem
	}
	if len(removed) == 0 {
		fmt.Fprintln(o.Env.ErrOut, "nothing to remove")
	}
	for _, r := range removed {
		fmt.Fprintf(o.Env.ErrOut, "logged out of cluster %q (context %q)\n", clierr.Clean(r.ClusterName), clierr.Clean(r.Context))
	}
	return errors.Join(problem, o.endTunnels(ctx, logins, removed), o.forget(ctx, logins, removed))
}

// endTunnels ends the tunnels that no login uses any more.
func (o *logoutOptions) endTunnels(ctx context.Context, logins, removed []kubeconfig.Owned) error {
	ports := route.Ports(remaining(logins, removed))
	var errs []error
	for _, r := range removed {
		s := route.TunnelOf(r)
		if s == nil || slices.Contains(ports, s.Port) {
			continue
		}
		k, err := o.Tunnels().Keeper()
		if err == nil {
			err = k.End(ctx, s.Port)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// remaining lists the logins that were not removed.
func remaining(logins, removed []kubeconfig.Owned) []kubeconfig.Owned {
	return slices.DeleteFunc(slices.Clone(logins), func(w kubeconfig.Owned) bool {
		return slices.ContainsFunc(removed, func(r kubeconfig.Owned) bool { return r.Context == w.Context && r.Path == w.Path })
	})
}

// choose returns which of the logins to remove; nil when none can be chosen.
func (o *logoutOptions) choose(ctx context.Context, logins []kubeconfig.Owned) (func(kubeconfig.Owned) bool, error) {
	switch {
	case o.all:
		return func(kubeconfig.Owned) bool { return true }, nil
	case o.stale:
		gone, err := o.findStale(ctx, logins)
		return func(w kubeconfig.Owned) bool { return gone[w.ClusterUUID] }, err
	}
	var missing []string
	for _, name := range o.clusters {
		if !slices.ContainsFunc(logins, func(w kubeconfig.Owned) bool { return session.IsNamed(w, name) }) {
			missing = append(missing, fmt.Sprintf("%q", name))
		}
	}
	if len(missing) > 0 {
		return nil, clierr.Errorf("kubectl config get-contexts lists what there is; logins of other programs are not touched",
			"not logged in to %s", strings.Join(missing, ", "))
	}
	return func(w kubeconfig.Owned) bool {
		return slices.ContainsFunc(o.clusters, func(name string) bool { return session.IsNamed(w, name) })
	}, nil
}

// findStale asks each cloud that logins belong to which of their clusters are
// gone. A cluster whose cloud cannot be asked is not gone.
func (o *logoutOptions) findStale(ctx context.Context, logins []kubeconfig.Owned) (map[string]bool, error) {
	type place struct {
		cloud, region string
		pin           cloud.Pin
	}
	asked := map[place]map[string]bool{} // the UUIDs that exist
	gone := map[string]bool{}
	var errs []error
	for _, w := range logins {
		at := place{w.Cloud, w.Region, login.PinOf(w.Owner)}
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
	id := o.Identity
	id.Cloud, id.Region, id.Pin = cloudName, region, pin
	s, err := id.Connect(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.Magnum.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	exist := map[string]bool{}
	for _, c := range list {
		exist[c.UUID] = c.Status != "DELETE_COMPLETE"
	}
	return exist, nil
}

// revokeTimeout bounds how long a logout waits for Keystone, without which it is
// complete on this machine.
const revokeTimeout = 5 * time.Second

// forget clears the private cache of logins that are gone, and of the Keystone
// tokens that no login uses any more, which are then revoked.
func (o *logoutOptions) forget(ctx context.Context, logins, removed []kubeconfig.Owned) error {
	if o.Store() == nil {
		return nil
	}
	others := o.holders(remaining(logins, removed))
	var errs []error
	var valid []cloud.ForgottenToken
	for _, r := range removed {
		who := o.holder(r)
		if who == nil {
			continue
		}
		for _, mode := range []credential.Mode{credential.ModeKeystone, credential.ModeCertificate} {
			ref := login.CacheRef(login.PinOf(r.Owner), r.Region, r.ClusterUUID, mode)
			if r.Owner.User == "" {
				ref.Identity = who.Identity().Key()
			}
			errs = append(errs, credential.Forget(o.Store(), ref))
		}
		if slices.ContainsFunc(others, who.SharesToken) {
			continue
		}
		tokens, err := who.SignOut()
		valid, errs = append(valid, tokens...), append(errs, err)
	}
	if !o.keepToken {
		o.revoke(ctx, valid)
	}
	return errors.Join(errs...)
}

// holders returns whose tokens some logins use, each once.
func (o *logoutOptions) holders(logins []kubeconfig.Owned) []*cloud.Cloud {
	type place struct {
		pin    cloud.Pin
		region string
	}
	seen := map[place]bool{}
	var all []*cloud.Cloud
	for _, l := range logins {
		at := place{pin: login.PinOf(l.Owner)}
		if l.Owner.User == "" {
			at.region = l.Region // decides about whom the environment names
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		if who := o.holder(l); who != nil {
			all = append(all, who)
		}
	}
	return all
}

// holder returns whose tokens a login uses: those of the identity it is pinned
// to, or of whoever the user is now. It does without the network. nil is nobody,
// who has nothing in the cache either.
func (o *logoutOptions) holder(l kubeconfig.Owned) *cloud.Cloud {
	opts := cloud.Options{
		Store: o.Store(), Getenv: o.Env.Getenv, Now: o.Env.Now, Cloud: o.Cloud, Region: l.Region, SkipFolder: true,
		Debug: func(level int, message string) { o.Debug(level, message) },
	}
	if l.Owner.User != "" {
		opts.Pin, opts.Cloud = login.PinOf(l.Owner), ""
	}
	c, err := cloud.Resolve(opts)
	if err != nil {
		return nil
	}
	return c
}

// revoke asks Keystone to refuse tokens from now on. What it cannot do is a
// warning: everything on this machine is gone.
func (o *logoutOptions) revoke(ctx context.Context, valid []cloud.ForgottenToken) {
	valid = slices.DeleteFunc(valid, func(t cloud.ForgottenToken) bool { return t.Given })
	if len(valid) == 0 {
		return
	}
	progress := o.Env.Progress()
	progress.Line("logout").Set("revoking the Keystone token")
	ctx, cancel := context.WithTimeoutCause(ctx, revokeTimeout, fmt.Errorf("no answer within %s", revokeTimeout))
	defer cancel()
	errs := make([]error, len(valid))
	var wg sync.WaitGroup
	for i, t := range valid {
		wg.Go(func() {
			if errs[i] = t.Revoke(ctx); errs[i] != nil && ctx.Err() != nil {
				errs[i] = context.Cause(ctx)
			}
		})
	}
	wg.Wait()
	progress.Close()
	for i, err := range errs {
		if err != nil {
			o.Env.Warn(fmt.Sprintf("the token of %s could not be revoked and stays valid until %s: %v",
				valid[i].Owner(), valid[i].Expires.UTC().Format(time.RFC3339), err), clierr.Hint(err))
		}
	}
}
