package catalyst

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// parallelLogins bounds how many clusters are asked for at the same time, to be
// gentle to Magnum.
const parallelLogins = 8

// run logs in: who is it, what do the clusters need, write it, check it. A
// cluster that fails does not stop the others.
func (o *loginOptions) run(ctx context.Context) error {
	if o.fromFile != "" {
		return o.importFile(ctx)
	}
	if err := o.look(); err != nil {
		return err
	}
	who, err := o.resolve()
	if err != nil {
		return err
	}
	s, err := connect(ctx, who)
	if err != nil {
		return err
	}
	logins, failed, err := o.fetchAll(ctx, s)
	if err != nil {
		return err
	}
	if len(logins) == 0 {
		return cmp.Or(failed, errNobodys)
	}
	if err := o.checkFetched(logins); err != nil {
		return errors.Join(failed, err)
	}
	if err := o.describe(ctx, who, s, logins); err != nil {
		return err
	}
	if err := o.assignNames(ctx, s, logins); err != nil {
		return errors.Join(failed, err)
	}
	if err := o.write(ctx, logins); err != nil {
		return errors.Join(failed, err)
	}
	if o.outputFile == "-" || o.dryRun {
		o.tellFingerprints(logins)
		return failed
	}
	o.checkAll(ctx, s.Token().ID, logins)
	failed = errors.Join(failed, o.report(logins))
	o.tellFingerprints(logins)
	return failed
}

// errNobodys is the end of a login --all that was left nothing to log in to.
var errNobodys = clierr.Errorf("see the warnings above", "there is no cluster that you may log in to")

// clusterLogin is one cluster on its way into the kubeconfig.
type clusterLogin struct {
	*login.Access
	entry  kubeconfig.Entry
	name   string // what the context should be called
	ref    credential.Ref
	owned  kubeconfig.Owned // as it is in the kubeconfig
	result loginResult
}

// fetchAll asks for every cluster at the same time. failed joins what went
// wrong with some of them; err is what stops everything.
func (o *loginOptions) fetchAll(ctx context.Context, s *session) (logins []*clusterLogin, failed, err error) {
	targets, err := o.targets(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	progress := o.env.Progress()
	o.progress = progress
	got, errs := make([]*login.Access, len(targets)), make([]error, len(targets))
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallelLogins)
	for i, t := range targets {
		line := progress.Line(t.label)
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := o.request(s, t.ref, line, len(targets) > 1)
			if got[i], errs[i] = login.Fetch(ctx, r); errs[i] == nil {
				r.Report("ready")
			} else {
				line.Set("failed")
			}
		})
	}
	wg.Wait()
	progress.Close()
	o.progress = nil
	o.leaveOut(errs)
	for i, a := range got {
		if a != nil && errs[i] == nil && !slices.ContainsFunc(logins, func(l *clusterLogin) bool { return l.Cluster.UUID == a.Cluster.UUID }) {
			logins = append(logins, &clusterLogin{Access: a})
		}
	}
	return logins, errors.Join(errs...), nil
}

// request asks for one cluster. Its steps are written out where somebody waits
// for long, or for several.
func (o *loginOptions) request(s *session, ref string, line *cli.Line, several bool) login.Request {
	report := line.Set
	if o.wait > 0 || several {
		report = line.Announce
	}
	r := login.Request{
		Magnum: s.magnum, Ref: ref, Mode: credential.Mode(o.auth.Value), User: s.User().Name,
		Server: o.server, Known: o.knownCA(s, ref), Now: o.env.Now, Report: report,
	}
	if o.wait > 0 {
		r.Wait = func(ctx context.Context, c *magnum.Cluster) error {
			_, err := o.await(ctx, s, waitOptions{operation: cluster.Create, resumed: true, limit: o.wait, line: line}, c)
			return err
		}
	}
	return r
}

// knownCA returns the CA that an earlier login to the cluster put into the
// kubeconfig, or nil.
func (o *loginOptions) knownCA(s *session, ref string) []byte {
	for _, w := range o.present {
		if w.ProjectID == s.Project().ID && w.Region == s.Region() && (ref == w.ClusterName || ref == w.ClusterUUID) && len(w.CAData) > 0 {
			return w.CAData
		}
	}
	return nil
}

// checkFetched compares the CAs that Magnum named with --ca-fingerprint.
func (o *loginOptions) checkFetched(logins []*clusterLogin) error {
	if len(o.pins) == 0 {
		return nil
	}
	cas := make([][]byte, len(logins))
	for i, l := range logins {
		cas[i] = l.CA
	}
	return credential.Pins(o.pins).Check(cas...)
}

// describe works out the kubeconfig entry of each login.
func (o *loginOptions) describe(ctx context.Context, who *cloud.Cloud, s *session, logins []*clusterLogin) error {
	pin := s.Pin()
	for _, l := range logins {
		args := execArgs{cluster: l.Cluster.UUID, mode: l.Mode, region: s.Region()}
		owner := kubeconfig.Owner{
			ClusterUUID: l.Cluster.UUID, ClusterName: l.Cluster.Name,
			ProjectID: s.Project().ID, ProjectName: s.Project().Name,
			Region: s.Region(), AuthURL: pin.AuthURL, Auth: string(l.Mode),
		}
		// A file in Keystone mode may be shared: with it everybody is themselves.
		if shared := o.outputFile != "" && l.Mode == credential.ModeKeystone && !o.embed; !shared {
			args.cloud, args.pin = who.Identity().Cloud, pin
			owner.Cloud, owner.User = args.cloud, s.User().Name
			owner.UserDomain, owner.AppCredID = pin.UserDomainName, pin.AppCredID
		}
		l.entry = kubeconfig.Entry{
			Server: l.Server, TLSServerName: o.tlsServerName, ProxyURL: o.proxyURL,
			CAData: l.CA, Namespace: o.namespace, Owner: owner,
		}
		if err := o.lead(ctx, &args, &l.entry); err != nil {
			return err
		}
		l.ref = pinnedRef(pin, s.Region(), l.Cluster.UUID, l.Mode)
		switch {
		case !o.embed:
			l.entry.Exec = args.exec()
		case l.Mode == credential.ModeKeystone:
			l.entry.Token = s.Token().ID
		default:
			l.entry.ClientCert, l.entry.ClientKey = l.Certificate.CertPEM, l.Certificate.KeyPEM
		}
		var err error
		l.name, err = contextName(o.context, o.contextTemplate, contextFields{
			Cluster: l.Cluster.Name, UUID: l.Cluster.UUID, Project: s.Project().Name,
			Region: s.Region(), Cloud: who.Identity().Cloud, User: s.User().Name,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// assignNames gives every login names that no other login holds. Whether an old
// login's cluster is gone only Magnum knows; it is asked where that matters.
func (o *loginOptions) assignNames(ctx context.Context, s *session, logins []*clusterLogin) error {
	names := newNameKeeper(o.present, o.context != "" || o.contextTemplate != "", func(old kubeconfig.Owner) bool {
		_, err := s.magnum.Cluster(ctx, old.ClusterUUID)
		var none *magnum.NotFound
		return errors.As(err, &none)
	})
	for _, l := range logins {
		if err := names.assign(&l.entry, l.name); err != nil {
			return err
		}
	}
	return nil
}

// keep fills the private cache, so that the first kubectl finds it warm.
func (o *loginOptions) keep(logins []*clusterLogin) error {
	cache := o.store()
	if cache == nil || o.embed {
		return nil
	}
	for _, l := range logins {
		if err := credential.Keep(cache, l.ref, l.CA, l.Certificate); err != nil {
			return fmt.Errorf("keeping the credential of cluster %q: %w", l.Cluster.Name, err)
		}
	}
	return nil
}
