package catalyst

import (
	"context"
	"errors"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/doctor"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// examineCluster looks at one cluster and the way to it.
func (o *doctorOptions) examineCluster(ctx context.Context, s *session) {
	kubectl := kubectlHere(ctx)
	var c *magnum.Cluster
	var templates []magnum.Template
	var ca []byte
	var err, caErr error
	var wg sync.WaitGroup
	wg.Go(func() { c, err = s.magnum.Cluster(ctx, o.cluster) })
	wg.Go(func() { ca, caErr = s.magnum.CA(ctx, o.cluster) })
	wg.Go(func() { templates, _ = s.magnum.Templates(ctx) }) // without them the version is not judged
	wg.Wait()
	if err != nil {
		o.report.Add(doctor.Failed("cluster", err))
		return
	}
	if !o.report.Add(doctor.State(c)) {
		return
	}
	if caErr != nil {
		o.report.Add(doctor.Failed("certificates", caErr))
		return
	}
	o.present = o.logins(o.kubeconfig)
	o.report.Add(doctor.Entry(c, o.loginsTo(c, ca)))
	w := o.wayIn(ctx, s, c, ca)
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
		why = "the API server does not know who you are"
	}
	known, ok := kubectl()
	o.report.Add(doctor.Skew(known, ok, version))
	if free {
		o.examineInside(ctx, c, w)
	} else {
		for _, step := range doctor.Unseen(why) {
			o.report.Add(step)
		}
	}
	o.report.Add(doctor.Supported(c, templates))
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
	ctx, cancel := context.WithTimeout(ctx, remainsTimeout)
	defer cancel()
	version, err := apiserver.Version(ctx, w.at, w.as)
	var e *apiserver.Error
	if errors.As(err, &e) && e.Kind == apiserver.Unauthorized {
		return apiserver.Version(ctx, w.at, apiserver.Auth{})
	}
	return version, err
}
