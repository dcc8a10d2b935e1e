package login

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// parallelLogins bounds how many clusters are asked for at the same time, to be
// gentle to Magnum.
const parallelLogins = 8

// fetchAll asks for every cluster at the same time. failed joins what went
// wrong with some of them; err is what stops everything.
func (r *run) fetchAll(ctx context.Context, s *Session) (logins []*clusterLogin, failed, err error) {
	targets, err := r.targets(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	progress := r.Display.Progress()
	got, errs := make([]*access, len(targets)), make([]error, len(targets))
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallelLogins)
	for i, t := range targets {
		line := progress.Line(t.label)
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			q := r.request(s, t.ref, line, len(targets) > 1)
			if got[i], errs[i] = q.fetch(ctx); errs[i] == nil {
				q.report("ready")
			} else {
				line.Set("failed")
			}
		})
	}
	wg.Wait()
	progress.Close()
	r.leaveOut(errs)
	for i, got := range got {
		if got != nil && errs[i] == nil && !slices.ContainsFunc(logins, func(l *clusterLogin) bool { return l.Cluster.UUID == got.Cluster.UUID }) {
			logins = append(logins, &clusterLogin{access: got})
		}
	}
	return logins, errors.Join(errs...), nil
}

// target is a cluster to log in to: what Magnum is asked for, and what people
// call it.
type target struct{ ref, label string }

// targets lists what to log in to. With --all a cluster that nobody can log in to
// in its present state is left out with a warning.
func (r *run) targets(ctx context.Context, s *Session) ([]target, error) {
	if !r.All {
		var ts []target
		for _, ref := range slices.Compact(slices.Sorted(slices.Values(r.Clusters))) {
			ts = append(ts, target{ref, ref})
		}
		return ts, nil
	}
	list, err := s.Magnum.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	called := map[string]int{}
	for _, c := range list {
		called[c.Name]++
	}
	var ts []target
	for _, c := range list {
		if err := r.checkReady(&c); err != nil {
			r.Display.Warn("left out: "+err.Error(), "")
			continue
		}
		t := target{c.Name, c.Name}
		if called[c.Name] > 1 || c.Name == "" {
			t = target{c.UUID, c.Name + " (" + c.UUID + ")"}
		}
		ts = append(ts, t)
	}
	if len(ts) == 0 {
		return nil, clierr.Errorf("choose another project or region with --os-cloud or --os-region-name",
			"project %q has no cluster to log in to in region %q", s.Project().Name, s.Region())
	}
	return ts, nil
}

// checkReady returns why a cluster cannot be logged in to as it is.
func (r *run) checkReady(c *magnum.Cluster) error {
	if c.Creating() && r.Wait {
		return nil
	}
	if err := c.Usable(); err != nil {
		return err
	}
	_, err := c.APIServer()
	return err
}

// leaveOut turns what --all may not log in to into warnings: that a project has
// clusters of other people is no failure. Anything else remains an error.
func (r *run) leaveOut(errs []error) {
	hint := ""
	for i, err := range errs {
		var theirs *magnum.NotYours
		if r.All && errors.As(err, &theirs) {
			r.Display.Warn("left out: "+err.Error(), "")
			hint, errs[i] = "its creator can make a file for you: kubectl catalyst login CLUSTER --auth keystone --output-kubeconfig FILE", nil
		}
	}
	if hint != "" {
		r.Display.Hint(hint)
	}
}

// request is a question to Magnum about one cluster.
type request struct {
	*run
	session *Session
	ref     string          // name or UUID
	mode    credential.Mode // Auto, credential.ModeKeystone or credential.ModeCertificate
	known   []byte          // the CA (PEM) as an earlier login found it, or nil
	line    Line
	report  func(status string)
}

// request returns the question about one cluster. Its steps are announced where
// somebody waits for long, or for several.
func (r *run) request(s *Session, ref string, line Line, several bool) request {
	q := request{run: r, session: s, ref: ref, mode: r.Auth, known: r.knownCA(s, ref), line: line, report: line.Set}
	if q.mode == "" {
		q.mode = Auto
	}
	if r.Wait || several {
		q.report = line.Announce
	}
	return q
}

// knownCA returns the CA that an earlier login to the cluster put into the
// kubeconfig, or nil.
func (r *run) knownCA(s *Session, ref string) []byte {
	for _, w := range r.logins {
		if w.ProjectID == s.Project().ID && w.Region == s.Region() && (ref == w.ClusterName || ref == w.ClusterUUID) && len(w.CAData) > 0 {
			return w.CAData
		}
	}
	return nil
}

// access holds what Magnum gave for one cluster.
type access struct {
	Cluster     *magnum.Cluster
	Server      string // https URL
	CA          []byte // PEM
	Mode        credential.Mode
	Guessed     bool                    // Mode is what the cluster's label says, and the API server has the last word
	Certificate *credential.Certificate // nil in Keystone mode
}

// fetch asks for the cluster, and again when it was being created and that has
// been waited for.
func (q request) fetch(ctx context.Context) (*access, error) {
	got, err := q.fetchOnce(ctx)
	if got == nil || got.Cluster == nil || !got.Cluster.Creating() || !q.Wait {
		return got, err
	}
	if err := q.line.Wait(ctx, q.session, got.Cluster); err != nil {
		return nil, err
	}
	return q.fetchOnce(ctx)
}

// fetchOnce asks for the cluster, its CA and, in certificate mode, a signature at
// the same time: Magnum takes a second for each, and names are accepted for all of
// them. It returns the cluster even when that is not usable yet.
func (q request) fetchOnce(ctx context.Context) (*access, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	got := &access{Mode: q.mode}
	var clusterErr, authErr error
	var wg sync.WaitGroup
	wg.Go(func() {
		if got.Cluster, clusterErr = q.session.Magnum.Cluster(ctx, q.ref); clusterErr != nil {
			cancel() // without the cluster the rest is of no use
		}
	})
	wg.Go(func() {
		if q.mode == credential.ModeCertificate {
			authErr = q.issue(ctx, got, q.ref)
			return
		}
		got.CA, authErr = q.session.Magnum.CA(ctx, q.ref)
	})
	wg.Wait()
	// The cluster's own state explains best why it has no certificates.
	if clusterErr != nil {
		return nil, clusterErr
	}
	if err := got.Cluster.Usable(); err != nil {
		return got, err
	}
	if got.Server = q.Server; got.Server == "" {
		u, err := got.Cluster.APIServer()
		if err != nil {
			return nil, err
		}
		got.Server = u.String()
	}
	if authErr != nil {
		return nil, authErr
	}
	return got, q.resolveAuto(ctx, got)
}

// resolveAuto decides what Auto stands for. A label that denies Keystone is believed:
// a certificate suits every cluster. What else the label says or leaves open is for
// the API server to confirm.
func (q request) resolveAuto(ctx context.Context, got *access) error {
	if got.Mode != Auto {
		return nil
	}
	if got.Mode = credential.ModeKeystone; got.Cluster.KeystoneAuth() {
		got.Guessed = true
		return nil
	}
	got.Mode = credential.ModeCertificate
	q.report("asking for a certificate")
	return q.issue(ctx, got, got.Cluster.UUID)
}

// issue has a certificate signed.
func (q request) issue(ctx context.Context, got *access, ref string) error {
	key, err := credential.NewKey()
	if err != nil {
		return err
	}
	got.Certificate, got.CA, err = credential.Issue(ctx, q.session.Magnum, ref, q.session.User().Name, key, q.known, q.Now)
	return err
}
