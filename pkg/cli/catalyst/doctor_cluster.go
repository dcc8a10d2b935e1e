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
	if o.report.Add(doctor.Reach(version, err)) {
		o.report.Add(o.identify(ctx, s, c, ca))
	}
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

// wayIn is how to ask the API server: where it asks Keystone with the token,
// else without a name.
func wayIn(s *session, c *magnum.Cluster, ca []byte) (apiserver.Endpoint, apiserver.Auth, error) {
	u, err := c.APIServer()
	if err != nil {
		return apiserver.Endpoint{}, apiserver.Auth{}, err
	}
	var as apiserver.Auth
	if c.KeystoneAuth() {
		as.Token = s.Token().ID
	}
	return apiserver.Endpoint{Server: u.String(), CA: ca}, as, nil
}

func (o *doctorOptions) reach(ctx context.Context, s *session, c *magnum.Cluster, ca []byte) (string, error) {
	at, as, err := wayIn(s, c, ca)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, remainsTimeout)
	defer cancel()
	return apiserver.Version(ctx, at, as)
}

// identify asks the API server whom it takes the user for and what they may do.
func (o *doctorOptions) identify(ctx context.Context, s *session, c *magnum.Cluster, ca []byte) doctor.Step {
	if !c.KeystoneAuth() {
		return doctor.Step{Name: "identity", Verdict: doctor.Unknown, Found: "the cluster does not ask Keystone who you are"}
	}
	at, as, err := wayIn(s, c, ca)
	if err != nil {
		return doctor.Rights("", nil, err)
	}
	ctx, cancel := context.WithTimeout(ctx, remainsTimeout)
	defer cancel()
	var who struct {
		Status struct {
			UserInfo struct{ Username string } `json:"userInfo"`
		} `json:"status"`
	}
	err = apiserver.Post(ctx, at, as, "/apis/authentication.k8s.io/v1/selfsubjectreviews",
		map[string]string{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}, &who)
	rights := []doctor.Right{
		{Verb: "list", Resource: "pods"}, {Verb: "create", Group: "apps", Resource: "deployments"}, {Verb: "list", Resource: "nodes"},
	}
	for i := range rights {
		if err == nil {
			rights[i].Allowed, err = mayI(ctx, at, as, rights[i])
		}
	}
	return doctor.Rights(who.Status.UserInfo.Username, rights, err)
}

// mayI asks what `kubectl auth can-i VERB RESOURCE` does.
func mayI(ctx context.Context, at apiserver.Endpoint, as apiserver.Auth, r doctor.Right) (bool, error) {
	var answer struct{ Status struct{ Allowed bool } }
	err := apiserver.Post(ctx, at, as, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", map[string]any{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
		"spec": map[string]any{"resourceAttributes": map[string]string{"verb": r.Verb, "group": r.Group, "resource": r.Resource, "namespace": "default"}},
	}, &answer)
	return answer.Status.Allowed, err
}
