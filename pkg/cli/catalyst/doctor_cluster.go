package catalyst

import (
	"context"
	"errors"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/doctor"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// examineCluster looks at one cluster and the way to it.
func (o *doctorOptions) examineCluster(ctx context.Context, s *session) {
	kubectl := kubectlHere(ctx)
	var c *magnum.Cluster
	var templates []magnum.Template
	var by trust
	var err, caErr error
	var wg sync.WaitGroup
	wg.Go(func() { c, err = s.magnum.Cluster(ctx, o.cluster) })
	wg.Go(func() { by.ca, caErr = s.magnum.CA(ctx, o.cluster) })
	wg.Go(func() { templates, _ = s.magnum.Templates(ctx) }) // without them the version is not judged
	wg.Wait()
	if err != nil {
		o.report.Add(doctor.Failed("cluster", err))
		return
	}
	if !o.report.Add(doctor.State(c)) {
		return
	}
	o.present = o.logins(o.kubeconfig)
	by.sure = caErr == nil
	if by.ca, caErr = o.authority(c, by.ca, caErr); caErr != nil {
		o.report.Add(doctor.Failed("certificates", caErr))
		return
	}
	if !by.sure {
		o.report.Add(doctor.Step{Name: "certificates", Verdict: doctor.Unknown,
			Found: "Magnum shows the CA to its creator and administrators only; that of your kubeconfig is used"})
	}
	o.report.Add(doctor.Entry(c, o.loginsTo(c, by.ca)))
	o.examineServer(ctx, c, o.wayIn(ctx, s, c, by), kubectl)
	o.report.Add(doctor.Supported(c, templates))
}

// examineServer looks at the API server and, if it lets one in, into the cluster.
func (o *doctorOptions) examineServer(ctx context.Context, c *magnum.Cluster, w way, kubectl func() (release.Version, bool)) {
	version, err := o.reach(ctx, w)
	reached := doctor.Reach(version, err)
	if detour := w.detour(c); err == nil && detour != "" {
		reached.Found += " " + detour
	}
	why := "the API server does not answer"
	free := o.report.Add(reached)
	if free {
		var who doctor.Step
		who, free = o.identify(ctx, w)
		o.report.Add(who)
		why = "who you are to the API server is not settled"
	}
	known, ok := kubectl()
	o.report.Add(doctor.Skew(known, ok, version))
	if free {
		o.examineInside(ctx, c, w)
		return
	}
	for _, step := range doctor.Unseen(why) {
		o.report.Add(step)
	}
}

// authority returns the CA of a cluster. Whoever was given a kubeconfig because
// Magnum shows them none has it from there.
func (o *doctorOptions) authority(c *magnum.Cluster, ca []byte, err error) ([]byte, error) {
	var theirs *magnum.NotYours
	if l, ok := o.login(c); ok && errors.As(err, &theirs) && len(l.CAData) > 0 {
		return l.CAData, nil
	}
	return ca, err
}

func (o *doctorOptions) loginsTo(c *magnum.Cluster, ca []byte) []doctor.Login {
	var all []doctor.Login
	for _, l := range o.present {
		if l.ClusterUUID == c.UUID && l.Context != "" {
			all = append(all, doctor.Login{Context: l.Context, Server: l.Server,
				CAMatches: credential.Fingerprint(l.CAData) == credential.Fingerprint(ca)})
		}
	}
	return all
}

// reach asks for the version. A credential that is not accepted has a step of
// its own: the version is shown to anybody.
func (o *doctorOptions) reach(ctx context.Context, w way) (string, error) {
	if w.blocked != nil {
		return "", w.blocked
	}
	ctx, cancel := o.within(ctx, remainsTimeout)
	defer cancel()
	version, err := apiserver.Version(ctx, w.at, w.as)
	var e *apiserver.Error
	if errors.As(err, &e) && e.Kind == apiserver.Unauthorized {
		return apiserver.Version(ctx, w.at, apiserver.Auth{})
	}
	return version, o.untunnelled(ctx, w.through, err)
}
