package doctor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/doctor"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// stepTimeout bounds one question to an API server.
const stepTimeout = 10 * time.Second

// examineCluster examines one cluster and the route to it.
func (e *examination) examineCluster(ctx context.Context, s *session.Session) {
	kubectl := session.KubectlVersion(ctx)
	var c *magnum.Cluster
	var templates []magnum.Template
	var groups []magnum.NodeGroup
	var by trust
	var err, caErr error
	var wg sync.WaitGroup
	wg.Go(func() { c, err = s.Magnum.Cluster(ctx, e.cluster) })
	wg.Go(func() { by.ca, caErr = s.Magnum.CA(ctx, e.cluster) })
	wg.Go(func() { templates, _ = s.Magnum.Templates(ctx) })          // without them the version is not judged
	wg.Go(func() { groups, _ = s.Magnum.NodeGroups(ctx, e.cluster) }) // without them the labels are believed
	wg.Wait()
	if err != nil {
		e.report.Add(doctor.Failed("cluster", err))
		return
	}
	if !e.report.Add(doctor.State(c)) {
		return
	}
	e.report.Add(doctor.Owner(c, s.User().ID, s.User().Name))
	e.logins = e.Logins(e.kubeconfig)
	by.sure = caErr == nil
	if by.ca, caErr = e.authority(c, by.ca, caErr); caErr != nil {
		e.report.Add(doctor.Failed("certificates", caErr))
		return
	}
	if !by.sure {
		e.report.Add(doctor.Step{Name: "certificates", Verdict: doctor.Unknown,
			Found: "Magnum shows the CA to its creator and administrators only; that of your kubeconfig is used"})
	}
	w := e.accessTo(ctx, s, c, by)
	if w.mismatch != nil {
		e.report.Add(doctor.Failed("certificates", w.mismatch))
	}
	e.report.Add(doctor.Entry(c, e.loginsTo(c, w.at.CA)))
	e.examineServer(ctx, c, groups, w, kubectl)
	e.report.Add(doctor.Supported(c, templates))
}

// examineServer examines the API server and, if it lets the user in, the cluster.
func (e *examination) examineServer(ctx context.Context, c *magnum.Cluster, groups []magnum.NodeGroup, w access, kubectl func() (release.Version, bool)) {
	version, err := e.reach(ctx, w)
	if w.sure && apiserver.Is(err, apiserver.WrongCA) {
		mismatch := credential.MismatchedCA{Cluster: c.Name, Server: w.at.Server, Magnum: w.at.CA}
		err = mismatch.Explain()
	}
	reached := doctor.Reach(version, err)
	if detour := w.detour(c); err == nil && detour != "" {
		reached.Found += " " + detour
	}
	why := "the API server does not answer"
	free := e.report.Add(reached)
	if free {
		var who doctor.Step
		who, free = e.identify(ctx, w)
		e.report.Add(who)
		why = "who you are to the API server is not settled"
	}
	known, ok := kubectl()
	e.report.Add(doctor.Skew(known, ok, version))
	if free {
		e.examineInside(ctx, c, groups, w)
		return
	}
	for _, step := range doctor.Unseen(why) {
		e.report.Add(step)
	}
}

// authority returns the CA of a cluster. Whoever was given a kubeconfig because
// Magnum shows them none has it from there.
func (e *examination) authority(c *magnum.Cluster, ca []byte, err error) ([]byte, error) {
	var theirs *magnum.NotYours
	if l, ok := e.login(c); ok && errors.As(err, &theirs) && len(l.CAData) > 0 {
		return l.CAData, nil
	}
	return ca, err
}

func (e *examination) loginsTo(c *magnum.Cluster, ca []byte) []doctor.Login {
	var all []doctor.Login
	for _, l := range e.logins {
		if l.ClusterUUID == c.UUID && l.Context != "" {
			all = append(all, doctor.Login{Context: l.Context, Server: l.Server,
				CAMatches: credential.Fingerprint(l.CAData) == credential.Fingerprint(ca)})
		}
	}
	return all
}

// useBetterCA lets the CA of a login take the place of the one that Magnum names, where
// only that of the login verifies the API server.
func (e *examination) useBetterCA(ctx context.Context, c *magnum.Cluster, l kubeconfig.Owned, w *access) {
	if !w.sure || credential.Fingerprint(l.CAData) == credential.Fingerprint(w.at.CA) {
		return
	}
	askWith := func(ca []byte) error {
		ctx, cancel := e.Bound(ctx, stepTimeout)
		defer cancel()
		at := w.at
		at.CA = ca
		_, err := at.Client(apiserver.Auth{}).Version(ctx)
		return err
	}
	if !apiserver.Is(askWith(w.at.CA), apiserver.WrongCA) || !apiserver.Verified(askWith(l.CAData)) {
		return
	}
	mismatch := credential.MismatchedCA{Cluster: c.Name, Server: w.at.Server, Magnum: w.at.CA, Proven: l.CAData}
	w.mismatch = mismatch.Explain()
	w.at.CA, w.sure = l.CAData, false
}

// reach asks for the version. A credential that is not accepted has a step of
// its own: the version is shown to anybody.
func (e *examination) reach(ctx context.Context, w access) (string, error) {
	if w.blocked != nil {
		return "", w.blocked
	}
	ctx, cancel := e.Bound(ctx, stepTimeout)
	defer cancel()
	version, err := w.at.Client(w.as).Version(ctx)
	if apiserver.Is(err, apiserver.Unauthorized) {
		return w.at.Client(apiserver.Auth{}).Version(ctx)
	}
	return version, e.Tunnels().Explain(ctx, w.through, err)
}
