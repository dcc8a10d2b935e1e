package catalyst

import (
	"context"
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
	o.report.Add(doctor.Entry(c, o.loginsTo(c, ca)))
	version, err := o.reach(ctx, s, c, ca)
	o.report.Add(doctor.Reach(version, err))
	known, ok := kubectl()
	o.report.Add(doctor.Skew(known, ok, version))
	o.report.Add(doctor.Supported(c, templates))
}

func (o *doctorOptions) loginsTo(c *magnum.Cluster, ca []byte) []doctor.Login {
	var all []doctor.Login
	for _, l := range o.logins(o.kubeconfig) {
		if l.ClusterUUID == c.UUID && l.Context != "" {
			all = append(all, doctor.Login{Context: l.Context, Server: l.Server,
				CAMatches: credential.Fingerprint(l.CAData) == credential.Fingerprint(ca)})
		}
	}
	return all
}

// reach asks the API server for its version; where the cluster asks Keystone,
// with the token, so that a 401 comes to light.
func (o *doctorOptions) reach(ctx context.Context, s *session, c *magnum.Cluster, ca []byte) (string, error) {
	u, err := c.APIServer()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, remainsTimeout)
	defer cancel()
	var as apiserver.Auth
	if c.KeystoneAuth() {
		as.Token = s.Token().ID
	}
	return apiserver.Version(ctx, apiserver.Endpoint{Server: u.String(), CA: ca}, as)
}
