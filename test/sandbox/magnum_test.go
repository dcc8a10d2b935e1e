package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

func names(r reply, collection string) []string {
	list, _ := r.body[collection].([]any)
	var all []string
	for _, o := range list {
		all = append(all, o.(object)["name"].(string))
	}
	return all
}

func TestWhoSeesWhichClusters(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	demo := []string{"prod", "blue", "green", "notls", "creating", "creating-certs", "failed", "twin", "twin", "bobs"}
	all := []string{"prod", "blue", "green", "notls", "creating", "creating-certs", "failed", "twin", "twin", "elsewhere", "bobs"}
	for _, tt := range []struct {
		user, project string
		want          []string
	}{
		{"alice", "demo", demo}, {"bob", "demo", demo}, {"carol", "demo", demo},
		{"alice", "other", []string{"elsewhere"}}, {"admin", "admin", all},
	} {
		token := signIn(t, s, tt.user, tt.project)
		for _, path := range []string{"/clusters", "/clusters/detail"} {
			if diff := cmp.Diff(tt.want, names(magnum(t, s, token, "GET", path, nil).wants(t, 200), "clusters")); diff != "" {
				t.Errorf("%s in %s: %s", tt.user, tt.project, diff)
			}
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	token := signIn(t, s, "alice", "demo")
	var seen []string
	path := "/clusters?limit=4"
	for path != "" {
		r := magnum(t, s, token, "GET", path, nil).wants(t, 200)
		seen = append(seen, names(r, "clusters")...)
		next, _ := r.body["next"].(string)
		path = strings.TrimPrefix(next, s.MagnumURL)
	}
	if len(seen) != 10 || seen[0] != "prod" || seen[9] != "bobs" {
		t.Errorf("got %q", seen)
	}
}

func TestMagnumRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	alice, bob, admin := signIn(t, s, "alice", "demo"), signIn(t, s, "bob", "demo"), signIn(t, s, "admin", "admin")
	unscoped := ask(t, "POST", s.KeystoneURL+"/auth/tokens", passwordAuth("alice", "alice-pw", "")).header.Get("X-Subject-Token")
	for _, tt := range []struct {
		name, token, method, path string
		body                      object
		status                    int
		detail                    string
	}{
		{"no token", "", "GET", "/clusters", nil, 401, "requires authentication"},
		{"unscoped", unscoped, "GET", "/clusters", nil, 400, "master_count"},
		{"unscoped, one cluster", unscoped, "GET", "/clusters/prod", nil, 400, "master_count"},
		{"unscoped, rotating", unscoped, "PATCH", "/certificates/prod", nil, 403, "certificate:rotate_ca"},
		{"unscoped, creating", unscoped, "POST", "/clusters", object{"name": "x", "cluster_template_id": "kubernetes-no-tls"}, 403, "catalog is empty"},
		{"no path", alice, "GET", "/nothing", nil, 404, `"Not Found"`},
		{"no cluster", alice, "GET", "/clusters/nope", nil, 404, "Cluster nope could not be found."},
		{"another project's", alice, "GET", "/clusters/elsewhere", nil, 404, "Cluster elsewhere could not be found."},
		{"twins", alice, "GET", "/clusters/twin", nil, 409, "Multiple clusters exist with same name"},
		{"no template", alice, "GET", "/clustertemplates/nope", nil, 404, "ClusterTemplate nope could not be found."},
		{"CA of twins", alice, "GET", "/certificates/twin", nil, 409, "Please use the cluster uuid instead."},
		{"CA while creating", alice, "GET", "/certificates/creating", nil, 404, "A key pair None could not be found."},
		{"CA without TLS", alice, "GET", "/certificates/notls", nil, 404, "A key pair None could not be found."},
		{"CA of a colleague's", bob, "GET", "/certificates/prod", nil, 403, "Policy doesn't allow certificate:get to be performed."},
		{"CA for an admin", admin, "GET", "/certificates/prod", nil, 404, "Cluster prod could not be found."},
		{"signing for nothing", alice, "POST", "/certificates", object{"cluster_uuid": "nope", "csr": "x"}, 400, "Cluster nope could not be found."},
		{"signing for a colleague", bob, "POST", "/certificates", object{"cluster_uuid": "prod", "csr": "x"}, 403, "certificate:create"},
		{"signing nonsense", alice, "POST", "/certificates", object{"cluster_uuid": "prod", "csr": "garbage"}, 400, "Received invalid csr b'garbage'."},
		{"signing nothing", alice, "POST", "/certificates", object{"cluster_uuid": "prod"}, 500, "Cannot load 'csr'"},
		{"signing for nobody", alice, "POST", "/certificates", object{"csr": "x"}, 500, "UnsetType"},
		{"an unknown field", alice, "POST", "/certificates", object{"cluster_uuid": "prod", "foo": "x"}, 400, "Unknown attribute"},
		{"rotating without TLS", alice, "PATCH", "/certificates/notls", nil, 400, "non-TLS"},
		{"rotating too early", alice, "PATCH", "/certificates/creating", nil, 400, "CREATE_IN_PROGRESS"},
		{"a name that is none", alice, "POST", "/clusters", object{"name": "1bad", "cluster_template_id": "kubernetes-v1.36.3"}, 400, "should match the pattern"},
		{"creating from nothing", alice, "POST", "/clusters", object{"name": "x", "cluster_template_id": "nope"}, 404, "ClusterTemplate nope"},
		{"resizing masters", alice, "POST", "/clusters/prod/actions/resize", object{"node_count": 3, "nodegroup": "default-master"}, 400, "master nodegroup"},
		{"resizing below zero", alice, "POST", "/clusters/prod/actions/resize", object{"node_count": -1}, 400, "greater or equal to 0"},
		{"resizing an unknown group", alice, "POST", "/clusters/prod/actions/resize", object{"node_count": 1, "nodegroup": "nope"}, 404, "Nodegroup nope"},
		{"deleting nothing", alice, "DELETE", "/clusters/nope", nil, 404, "Cluster nope"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var body any
			if tt.body != nil {
				body = tt.body
			}
			magnum(t, s, tt.token, tt.method, tt.path, body).wants(t, tt.status, tt.detail)
		})
	}
}

func TestMicroversions(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{MaxVersion: "1.9"})
	token := signIn(t, s, "alice", "demo")
	for _, tt := range []struct {
		version, path string
		status        int
		want          string
	}{
		{"", "/clusters/prod", 200, "prod"},
		{"", "/clusters/prod/nodegroups", 406, "Version 1.1 was requested but the requested API"},
		{"container-infra 1.9", "/clusters/prod/nodegroups", 200, "default-worker"},
		{"container-infra latest", "/clusters/prod/nodegroups/default-worker", 200, `"node_count":2`},
		{"container-infra 1.10", "/clusters/prod", 406, `"max_version":"1.9"`},
		{"container-infra 0.9", "/clusters/prod", 406, `"min_version":"1.1"`},
		{"container-infra abc", "/clusters/prod", 406, "Invalid value"},
		{"compute 2.1", "/clusters/prod", 406, "Invalid service type"},
	} {
		ask(t, "GET", s.MagnumURL+tt.path, nil, "X-Auth-Token", token, "OpenStack-API-Version", tt.version).wants(t, tt.status, tt.want)
	}
	ask(t, "POST", s.MagnumURL+"/clusters/prod/actions/resize", object{"node_count": 0}, "X-Auth-Token", token,
		"OpenStack-API-Version", "container-infra 1.7").wants(t, 400, "to zero")
}

func TestALife(t *testing.T) {
	t.Parallel()
	clk := newClock()
	s := start(t, sandbox.Options{Now: clk.Now})
	token := signIn(t, s, "alice", "demo")
	is := func(status string) reply {
		t.Helper()
		r := magnum(t, s, token, "GET", "/clusters/new", nil).wants(t, 200)
		if got := r.body["status"]; got != status {
			t.Fatalf("status %v, want %s", got, status)
		}
		return r
	}
	magnum(t, s, token, "POST", "/clusters", object{"name": "new", "cluster_template_id": "kubernetes-v1.36.3", "node_count": 3,
		"labels": object{"lab_delay": 20}, "merge_labels": true}).wants(t, 202, "uuid")
	r := is("CREATE_IN_PROGRESS")
	if r.body["api_address"] != nil || r.at("labels", "kube_tag") == nil {
		t.Errorf("got %s", r.text)
	}
	magnum(t, s, token, "GET", "/certificates/new", nil).wants(t, 200)

	clk.pass(20 * time.Second)
	r = is("CREATE_COMPLETE")
	if api, _ := r.body["api_address"].(string); !strings.HasPrefix(api, "https://127.0.0.1:") {
		t.Errorf("api_address %v", r.body["api_address"])
	}

	magnum(t, s, token, "POST", "/clusters/new/actions/resize", object{"node_count": 5}).wants(t, 202)
	if got := is("UPDATE_IN_PROGRESS").body["node_count"]; got != 5.0 {
		t.Errorf("%v nodes", got)
	}
	clk.pass(20 * time.Second)
	is("UPDATE_COMPLETE")

	magnum(t, s, token, "DELETE", "/clusters/new", nil).wants(t, 204)
	is("DELETE_IN_PROGRESS")
	clk.pass(20 * time.Second)
	magnum(t, s, token, "GET", "/clusters/new", nil).wants(t, 404)
}

func TestCreationsThatFail(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	token := signIn(t, s, "alice", "demo")
	magnum(t, s, token, "POST", "/clusters", object{"name": "bad", "cluster_template_id": "kubernetes-v1.36.3",
		"labels": object{"lab_outcome": "FAILED"}}).wants(t, 202)
	magnum(t, s, token, "GET", "/clusters/bad", nil).wants(t, 200, `"CREATE_FAILED"`, "Failed to create trustee or trust: lab", `"faults"`)

	for cloud, want := range map[string]string{"appcred": "CREATE_FAILED", "appcred-unrestricted": "CREATE_COMPLETE"} {
		env := s.Env(cloud)
		limited := ask(t, "POST", s.KeystoneURL+"/auth/tokens", object{"auth": object{"identity": object{
			"methods": []string{"application_credential"}, "application_credential": object{
				"id": env["OS_APPLICATION_CREDENTIAL_ID"], "secret": env["OS_APPLICATION_CREDENTIAL_SECRET"]}}}}).header.Get("X-Subject-Token")
		magnum(t, s, limited, "POST", "/clusters", object{"name": cloud, "cluster_template_id": "kubernetes-v1.36.3"}).wants(t, 202)
		magnum(t, s, limited, "GET", "/clusters/"+cloud, nil).wants(t, 200, want)
	}
}
