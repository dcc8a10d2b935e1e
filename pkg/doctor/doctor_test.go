package doctor_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/doctor"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// is fails unless a step came to a verdict, says so, and what is not well has a
// fix.
func is(t *testing.T, name string, s doctor.Step, verdict, says string) {
	t.Helper()
	if s.Verdict != verdict || !strings.Contains(s.Found+" "+s.Fix, says) {
		t.Errorf("%s: %+v", name, s)
	}
	if (s.Verdict == doctor.Wrong || s.Verdict == doctor.Warning) && s.Fix == "" {
		t.Errorf("%s: no fix in %+v", name, s)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	is(t, "admin", doctor.Roles([]string{"_member_", "k8s_admin"}), doctor.OK, "k8s_admin")
	is(t, "developer", doctor.Roles([]string{"member", "k8s_developer"}), doctor.OK, "")
	is(t, "member alone", doctor.Roles([]string{"_member_"}), doctor.Warning, "let nobody in")
	is(t, "viewer alone", doctor.Roles([]string{"k8s_viewer"}), doctor.Warning, "k8s_admin is needed")
	is(t, "none told", doctor.Roles(nil), doctor.Unknown, "")
}

func TestState(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{
		"CREATE_COMPLETE": doctor.OK, "UPDATE_COMPLETE": doctor.OK, "UPDATE_IN_PROGRESS": doctor.Warning, "UPDATE_FAILED": doctor.Warning,
		"CREATE_FAILED": doctor.Wrong, "CREATE_IN_PROGRESS": doctor.Wrong, "DELETE_IN_PROGRESS": doctor.Wrong,
	} {
		is(t, status, doctor.State(&magnum.Cluster{Name: "prod", Status: status, StatusReason: "why"}), want, "")
	}
	is(t, "sick", doctor.State(&magnum.Cluster{Name: "prod", Status: "CREATE_COMPLETE", HealthStatus: "UNHEALTHY"}), doctor.Warning, "cluster show prod")
}

func TestEntry(t *testing.T) {
	t.Parallel()
	c := magnum.Cluster{Name: "prod", APIAddress: "https://10.0.0.5:6443"}
	is(t, "none", doctor.Entry(&c, nil), doctor.Wrong, "login prod")
	good := doctor.Login{Context: "prod", Server: "https://10.0.0.5:6443/", CAMatches: true}
	is(t, "good", doctor.Entry(&c, []doctor.Login{good}), doctor.OK, "context prod")
	is(t, "stale", doctor.Entry(&c, []doctor.Login{good, {Context: "old", Server: good.Server}}), doctor.Wrong, `"old" has another CA`)
	is(t, "moved", doctor.Entry(&c, []doctor.Login{{Context: "far", Server: "https://127.0.0.1:1", CAMatches: true}}), doctor.Warning, "https://127.0.0.1:1")
}

func TestReachAndSkew(t *testing.T) {
	t.Parallel()
	is(t, "there", doctor.Reach("v1.36.3", nil), doctor.OK, "v1.36.3")
	is(t, "private", doctor.Reach("", &apiserver.Error{Kind: apiserver.Private, Server: "https://10.0.0.5", Err: errors.New("no route")}), doctor.Wrong, "private")
	is(t, "no address", doctor.Reach("", clierr.Errorf("wait for it", "no API address")), doctor.Wrong, "wait for it")
	v, _ := release.Parse("v1.30.1")
	is(t, "old", doctor.Skew(v, true, "v1.36.3"), doctor.Wrong, "install kubectl v1.36")
	is(t, "close", doctor.Skew(v, true, "v1.31.0"), doctor.OK, "v1.30.1")
	is(t, "no server", doctor.Skew(v, true, ""), doctor.OK, "")
	is(t, "none", doctor.Skew(release.Version{}, false, "v1.36.3"), doctor.Unknown, "install kubectl")
}

func TestRights(t *testing.T) {
	t.Parallel()
	list, create := doctor.Right{Verb: "list", Resource: "pods", Allowed: true}, doctor.Right{Verb: "create", Resource: "deployments"}
	is(t, "viewer", doctor.Rights("carol", []doctor.Right{list, create}, nil), doctor.OK, "carol may list pods; may not create deployments")
	is(t, "nobody", doctor.Rights("dave", []doctor.Right{create}, nil), doctor.Warning, "k8s_viewer")
	refused := doctor.Rights("", nil, &apiserver.Error{Kind: apiserver.Unauthorized, Server: "https://10.0.0.5", Err: errors.New("401")})
	is(t, "refused", refused, doctor.Wrong, "Unauthorized")
	if refused.Name != "identity" {
		t.Error(refused.Name)
	}
}

func TestSupported(t *testing.T) {
	t.Parallel()
	made := []magnum.Template{{Labels: magnum.Labels{"kube_tag": "v1.35.6"}}, {Labels: magnum.Labels{"kube_tag": "v1.30.0"}, Hidden: true}}
	is(t, "offered", doctor.Supported(&magnum.Cluster{Name: "prod", COEVersion: "v1.35.1"}, made), doctor.OK, "v1.35.1")
	is(t, "given up", doctor.Supported(&magnum.Cluster{Name: "prod", COEVersion: "v1.34.9"}, made), doctor.Warning, "no clusters of this version any more")
	is(t, "not told", doctor.Supported(&magnum.Cluster{Name: "prod"}, made), doctor.Unknown, "")
	is(t, "no templates", doctor.Supported(&magnum.Cluster{Name: "prod", COEVersion: "v1.34.9"}, nil), doctor.Unknown, "v1.34.9")
}

func TestReport(t *testing.T) {
	t.Parallel()
	var r doctor.Report
	if !r.Add(doctor.Step{Verdict: doctor.OK}) || !r.Add(doctor.Step{Verdict: doctor.Warning}) || !r.OK {
		t.Error("a warning is in the way")
	}
	if r.Add(doctor.Step{Verdict: doctor.Wrong}) || r.OK || !r.Add(doctor.Step{Verdict: doctor.OK}) || r.OK {
		t.Error("what is wrong was forgotten")
	}
}
