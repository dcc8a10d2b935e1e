package sandbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// today is Magnum 20 with Cluster API, tomorrow Magnum 23.
var (
	today    = sandbox.Options{Driver: sandbox.ClusterAPI}
	tomorrow = sandbox.Options{Driver: sandbox.ClusterAPI, MaxVersion: "1.14"}
)

func template(t *testing.T, s *sandbox.Sandbox, token, name string) string {
	t.Helper()
	return magnum(t, s, token, "GET", "/clustertemplates/"+name, nil).wants(t, 200).at("uuid").(string)
}

func TestAClusterOfClusterAPI(t *testing.T) {
	t.Parallel()
	s := start(t, today)
	alice := signIn(t, s, "alice", "demo")
	prod := magnum(t, s, alice, "GET", "/clusters/prod", nil).wants(t, 200, `"node_addresses":[]`, `"master_addresses":[]`,
		`"discovery_url":null`, `"container_version":null`, `"controlplane":"Ready"`, `"health_status":"HEALTHY"`)
	if stack := prod.at("stack_id").(string); !regexp.MustCompile(`^prod-[a-z0-9]{12}$`).MatchString(stack) {
		t.Errorf("the stack is %q", stack)
	}
	magnum(t, s, alice, "GET", "/clustertemplates/kubernetes-v1.36.3", nil).wants(t, 200, `"image_id":"ubuntu-kube-v1.36.3"`, `"driver":null`)
	if ca := magnum(t, s, alice, "GET", "/certificates/prod", nil).wants(t, 200); ca.body["bay_uuid"] != nil {
		t.Error("a certificate has still a bay")
	}
}

// A new cluster has an address before its API answers there.
func TestTheAddressComesEarly(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, sandbox.Options{Driver: sandbox.ClusterAPI, Now: clock.Now})
	alice := signIn(t, s, "alice", "demo")
	magnum(t, s, alice, "POST", "/clusters", object{"name": "new", "cluster_template_id": template(t, s, alice, "kubernetes-v1.36.3"),
		"master_count": 3, "labels": object{"lab_delay": "60"}, "merge_labels": true}).wants(t, 202)
	magnum(t, s, alice, "GET", "/clusters/new", nil).wants(t, 200, `"stack_id":null`, `"api_address":null`, "CREATE_IN_PROGRESS")
	early := magnum(t, s, alice, "GET", "/clusters/new", nil).wants(t, 200, "CREATE_IN_PROGRESS", `"health_status":null`)
	address, _ := early.at("api_address").(string)
	conn, err := tls.Dial("tcp", strings.TrimPrefix(address, "https://"), &tls.Config{InsecureSkipVerify: true})
	if err == nil {
		_ = conn.Close()
		t.Error("the API answers before the cluster is complete")
	}
	clock.pass(time.Minute)
	magnum(t, s, alice, "GET", "/clusters/new", nil).wants(t, 200, "CREATE_COMPLETE", `"health_status":null`, `"coe_version":"v1.36.3"`)
	client, url := api(t, s, alice, "new", certificate(t, s, alice, "new", pkix.Name{CommonName: "alice", Organization: []string{"system:masters"}}))
	if resp, err := client.Get(url + "/api/v1/nodes"); err != nil || resp.StatusCode != 200 {
		t.Errorf("the cluster answers %v, %v", resp, err)
	}
	clock.pass(time.Minute)
	magnum(t, s, alice, "GET", "/clusters/new", nil).wants(t, 200, `"health_status":"HEALTHY"`)
}

// What Magnum's API accepts, its conductor has not begun with yet.
func TestTheOldStateShowsRightAfterARequest(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, sandbox.Options{Driver: sandbox.ClusterAPI, Now: clock.Now})
	alice := signIn(t, s, "alice", "demo")
	magnum(t, s, alice, "POST", "/clusters/blue/actions/resize", object{"node_count": 5}).wants(t, 202)
	magnum(t, s, alice, "GET", "/clusters/blue", nil).wants(t, 200, `"status":"CREATE_COMPLETE"`, `"updated_at":null`)
	magnum(t, s, alice, "GET", "/clusters/blue", nil).wants(t, 200, `"status":"UPDATE_COMPLETE"`, `"node_count":5`)
	magnum(t, s, alice, "DELETE", "/clusters/blue", nil).wants(t, 204)
	magnum(t, s, alice, "GET", "/clusters/blue", nil).wants(t, 200, `"status":"UPDATE_COMPLETE"`)
	magnum(t, s, alice, "GET", "/clusters/blue", nil).wants(t, 404)
}

// A rotation that the driver refuses has replaced Magnum's CA all the same.
func TestARefusedRotationBreaksNewCertificates(t *testing.T) {
	t.Parallel()
	s := start(t, today)
	alice, bob := signIn(t, s, "alice", "demo"), signIn(t, s, "bob", "demo")
	master := pkix.Name{CommonName: "alice", Organization: []string{"system:masters"}}
	ca := func() string {
		return magnum(t, s, alice, "GET", "/certificates/prod", nil).wants(t, 200).at("pem").(string)
	}
	oldCA, oldCert := ca(), certificate(t, s, alice, "prod", master)
	magnum(t, s, signIn(t, s, "carol", "demo"), "PATCH", "/certificates/prod", nil).wants(t, 403, "certificate:rotate_ca")
	magnum(t, s, bob, "PATCH", "/certificates/prod", nil).wants(t, 400, "'rotate_ca_certificate' is not supported by this driver.")
	magnum(t, s, alice, "GET", "/clusters/prod", nil).wants(t, 200, "UPDATE_FAILED", `"faults":{}`)
	newCA, newCert := ca(), certificate(t, s, alice, "prod", master)
	address := magnum(t, s, alice, "GET", "/clusters/prod", nil).at("api_address").(string)
	for _, tt := range []struct {
		ca   string
		cert tls.Certificate
		want string
	}{
		{oldCA, oldCert, "200 OK"}, {oldCA, newCert, "401 Unauthorized"}, {newCA, oldCert, "x509"}, {newCA, newCert, "x509"},
	} {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(tt.ca))
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{tt.cert}}}}
		var got string
		resp, err := client.Get(address + "/api/v1/nodes")
		if err != nil {
			got = err.Error()
		} else {
			got = resp.Status
			_ = resp.Body.Close()
		}
		client.CloseIdleConnections()
		if !strings.Contains(got, tt.want) {
			t.Errorf("%q instead of %q", got, tt.want)
		}
	}
	magnum(t, s, alice, "PATCH", "/certificates/prod", nil).wants(t, 400, "UPDATE_FAILED")
	magnum(t, s, alice, "POST", "/clusters/prod/actions/resize", object{"node_count": 3}).wants(t, 202)
	magnum(t, s, alice, "GET", "/clusters/prod", nil).wants(t, 200, "UPDATE_FAILED")
	magnum(t, s, alice, "GET", "/clusters/prod", nil).wants(t, 200, "UPDATE_COMPLETE")
	if ca() != newCA {
		t.Error("a resize has brought another CA")
	}
}

func TestClusterAPIRefuses(t *testing.T) {
	t.Parallel()
	const group = "/clusters/prod/nodegroups"
	for name, tt := range map[string]struct {
		user, method, path string
		body               object
		older, newer       int
		detail             string // of the older one
	}{
		"template by name":     {"alice", "POST", "/clusters", object{"name": "x", "cluster_template_id": "kubernetes-v1.36.3"}, 404, 202, "ClusterTemplate kubernetes-v1.36.3 could not be found."},
		"even masters":         {"alice", "POST", "/clusters", object{"name": "x", "cluster_template_id": "{template}", "master_count": 2}, 400, 400, "master nodegroup size of 2 is invalid"},
		"reader creates":       {"carol", "POST", "/clusters", object{"name": "x", "cluster_template_id": "{template}"}, 403, 403, "Policy doesn't allow cluster:create"},
		"reader deletes":       {"carol", "DELETE", "/clusters/prod", nil, 403, 403, "Policy doesn't allow cluster:delete"},
		"resize masters":       {"alice", "POST", "/clusters/prod/actions/resize", object{"node_count": 3, "nodegroup": "default-master"}, 400, 202, "not supported by this driver"},
		"even masters later":   {"alice", "POST", "/clusters/prod/actions/resize", object{"node_count": 2, "nodegroup": "default-master"}, 400, 400, "not supported by this driver"},
		"upgrade in one":       {"alice", "POST", "/clusters/prod/actions/upgrade", object{"cluster_template": "kubernetes-v1.36.3"}, 500, 500, "Cannot convert Unset to primitive"},
		"downgrade":            {"alice", "POST", "/clusters/prod/actions/upgrade", object{"cluster_template": "kubernetes-v1.35.6", "max_batch_size": 1}, 202, 202, "uuid"},
		"credential":           {"alice", "PATCH", "/credentials/prod", nil, 405, 202, "Method Not Allowed"},
		"credential, reader":   {"carol", "PATCH", "/credentials/prod", nil, 405, 403, "Method Not Allowed"},
		"a second of a name":   {"alice", "POST", group, object{"name": "default-worker"}, 409, 409, "A node group with name default-worker already exists in the cluster prod."},
		"more masters":         {"alice", "POST", group, object{"name": "more", "role": "master"}, 400, 400, "Creating master nodegroups is currently not supported."},
		"labels of nodes":      {"alice", "POST", group, object{"name": "more", "node_labels": object{"a": "b"}}, 400, 202, "Unknown attribute for argument nodegroup: node_labels"},
		"an odd range":         {"alice", "POST", group, object{"name": "more", "node_count": 2, "min_node_count": 2, "max_node_count": 1}, 409, 409, "max_node_count for more is invalid (min_node_count (2) should be less or equal to max_node_count (1))."},
		"too few":              {"alice", "POST", group, object{"name": "more", "node_count": 1, "min_node_count": 2}, 409, 409, "min_node_count for more is invalid (min_node_count (2) should be less or equal to node_count (1))."},
		"no address yet":       {"alice", "POST", "/clusters/creating/nodegroups", object{"name": "more"}, 409, 409, "Cluster API address is not available yet"},
		"delete the default":   {"alice", "DELETE", group + "/default-worker", nil, 400, 400, "Deleting a default nodegroup is not supported."},
		"reader adds a group":  {"carol", "POST", group, object{"name": "more"}, 403, 403, "Policy doesn't allow nodegroup:create"},
		"an unknown group":     {"alice", "DELETE", group + "/nope", nil, 404, 404, "Nodegroup nope could not be found."},
		"an image without any": {"alice", "POST", "/clusters/prod/actions/upgrade", object{"cluster_template": "kubernetes-untagged", "max_batch_size": 1}, 500, 500, "does not have a kube_version property."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, opts := range []sandbox.Options{today, tomorrow} {
				status := []int{tt.older, tt.newer}[i]
				s := start(t, opts)
				token := signIn(t, s, tt.user, "demo")
				var body any
				if tt.body != nil {
					if tt.body["cluster_template_id"] == "{template}" {
						tt.body["cluster_template_id"] = template(t, s, token, "kubernetes-v1.36.3")
					}
					body = tt.body
				}
				r := magnum(t, s, token, tt.method, tt.path, body).wants(t, status)
				if i == 0 {
					r.wants(t, status, tt.detail)
				}
			}
		})
	}
}

func TestNodeGroups(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]sandbox.Options{"Magnum 15": {}, "Magnum 20": today, "Magnum 23": tomorrow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, opts)
			alice := signIn(t, s, "alice", "demo")
			const groups = "/clusters/prod/nodegroups"
			twice := func(path string, parts ...string) { // the first look may show the state from before
				magnum(t, s, alice, "GET", path, nil)
				magnum(t, s, alice, "GET", path, nil).wants(t, 200, parts...)
			}
			wish := object{"name": "gpu", "node_count": 2, "min_node_count": 1, "max_node_count": 4, "labels": object{"a": "b"}}
			magnum(t, s, alice, "POST", groups, wish).wants(t, 202, `"name":"gpu"`, `"labels":{"a":"b"}`)
			twice(groups+"/gpu", "CREATE_COMPLETE", `"stack_id":null`, `"is_default":false`)
			twice("/clusters/prod", `"node_count":4`, "UPDATE_COMPLETE")
			magnum(t, s, alice, "PATCH", groups+"/gpu", []object{{"op": "replace", "path": "/max_node_count", "value": 6}}).wants(t, 202, `"max_node_count":6`)
			magnum(t, s, alice, "PATCH", groups+"/gpu", []object{{"op": "replace", "path": "/min_node_count", "value": 9}}).wants(t, 409)
			magnum(t, s, alice, "POST", "/clusters/prod/actions/resize", object{"node_count": 7, "nodegroup": "gpu"}).wants(t, 400, "Resizing gpu outside the allowed range")
			magnum(t, s, alice, "DELETE", groups+"/gpu", nil).wants(t, 204)
			magnum(t, s, alice, "GET", "/clusters/prod", nil)
			magnum(t, s, alice, "GET", "/clusters/prod", nil)
			if name == "Magnum 20" { // the driver never lets go of it
				magnum(t, s, alice, "GET", groups+"/gpu", nil).wants(t, 200, "DELETE_IN_PROGRESS")
				magnum(t, s, alice, "GET", "/clusters/prod", nil).wants(t, 200, "UPDATE_IN_PROGRESS")
				return
			}
			magnum(t, s, alice, "GET", groups+"/gpu", nil).wants(t, 404)
			magnum(t, s, alice, "GET", "/clusters/prod", nil).wants(t, 200, "UPDATE_COMPLETE", `"node_count":2`)
		})
	}
}

func TestUpgradesWithClusterAPI(t *testing.T) {
	t.Parallel()
	s := start(t, today)
	alice := signIn(t, s, "alice", "demo")
	upgrade := func(to string) reply {
		return magnum(t, s, alice, "POST", "/clusters/prod/actions/upgrade", object{"cluster_template": to, "max_batch_size": 1})
	}
	upgrade("kubernetes-v1.35.6").wants(t, 202)
	magnum(t, s, alice, "GET", "/clusters/prod", nil)
	magnum(t, s, alice, "GET", "/clusters/prod", nil).wants(t, 200, `"coe_version":"v1.35.6"`, `"kube_tag":"v1.36.3"`, `"labels_overridden":{"kube_tag":"v1.35.6"}`)
	upgrade("kubernetes-untagged").wants(t, 500, "does not have a kube_version property.")
	magnum(t, s, alice, "GET", "/clusters/prod", nil).wants(t, 200, "UPDATE_FAILED", template(t, s, alice, "kubernetes-untagged"), `"faults":{"default-worker":`)
	upgrade("kubernetes-v1.36.3").wants(t, 400, "UPDATE_FAILED")
}

// What an application credential is good for depends on the age of the cloud.
func TestApplicationCredentialsWithClusterAPI(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		opts       sandbox.Options
		credential string
		want       string
	}{
		"Magnum 20":               {today, "appcred", "Failed to create trustee or trust"},
		"Magnum 20, unrestricted": {today, "appcred-unrestricted", "Failed to create trustee or trust"},
		"Magnum 23":               {tomorrow, "appcred", "not allowed for managing additional application credentials"},
		"Magnum 23, unrestricted": {tomorrow, "appcred-unrestricted", "CREATE_COMPLETE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, tt.opts)
			env := s.Env(tt.credential)
			token := ask(t, "POST", s.KeystoneURL+"/auth/tokens", object{"auth": object{"identity": object{"methods": []string{"application_credential"},
				"application_credential": object{"id": env["OS_APPLICATION_CREDENTIAL_ID"], "secret": env["OS_APPLICATION_CREDENTIAL_SECRET"]}}}}).
				wants(t, 201).header.Get("X-Subject-Token")
			magnum(t, s, token, "POST", "/clusters", object{"name": "new", "cluster_template_id": template(t, s, token, "kubernetes-v1.36.3")}).wants(t, 202)
			magnum(t, s, token, "GET", "/clusters/new", nil).wants(t, 200, "CREATE_IN_PROGRESS")
			magnum(t, s, token, "GET", "/clusters/new", nil).wants(t, 200, tt.want)
			ask(t, "POST", s.KeystoneURL+"/auth/tokens", object{"auth": object{"identity": object{"methods": []string{"token"}, "token": object{"id": token}}}}).
				wants(t, 403, "Using a delegated token to create another token is not allowed")
		})
	}
}

func TestHowCreationsEndWithClusterAPI(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]string{"SILENT": "CREATE_FAILED", "STUCK": "CREATE_IN_PROGRESS"} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			s := start(t, today)
			alice := signIn(t, s, "alice", "demo")
			magnum(t, s, alice, "POST", "/clusters", object{"name": "new", "cluster_template_id": template(t, s, alice, "kubernetes-v1.36.3"),
				"labels": object{"lab_outcome": outcome, "lab_tokens": "unknown"}, "merge_labels": true}).wants(t, 202)
			for range 2 {
				magnum(t, s, alice, "GET", "/clusters/new", nil)
			}
			address := magnum(t, s, alice, "GET", "/clusters/new", nil).wants(t, 200, want, `"status_reason":null`).at("api_address").(string)
			if conn, err := net.Dial("tcp", strings.TrimPrefix(address, "https://")); err != nil {
				t.Error(err)
			} else {
				_ = conn.Close()
			}
			client, url := api(t, s, alice, "new")
			req, _ := http.NewRequest("GET", url+"/api/v1/namespaces", nil)
			req.Header.Set("Authorization", "Bearer "+alice)
			if resp, err := client.Do(req); err != nil || resp.StatusCode != 401 {
				t.Errorf("an API server that does not ask Keystone answers %v, %v", resp, err)
			}
		})
	}
}

func TestServiceNamesInTheVersion(t *testing.T) {
	t.Parallel()
	for header, want := range map[string][2]int{
		"container-infra 1.11": {200, 200}, "container-infra 1.12": {406, 200}, "compute 1.10": {406, 406},
		"container-infrastructure-management latest": {200, 200}, "container-infrastructure-management 1.10": {406, 200}, "container-infrastructure 1.10": {406, 200},
	} {
		for i, opts := range []sandbox.Options{today, tomorrow} {
			s := start(t, opts)
			ask(t, "GET", s.MagnumURL+"/clusters/prod", nil, "X-Auth-Token", signIn(t, s, "alice", "demo"), "OpenStack-API-Version", header).wants(t, want[i])
		}
	}
	s := start(t, tomorrow)
	alice := signIn(t, s, "alice", "demo")
	if r := ask(t, "GET", s.MagnumURL+"/clusters/prod", nil, "X-Auth-Token", alice, "OpenStack-API-Version", "container-infra 1.13"); r.body["cluster_id"] == nil || r.body["stack_id"] != nil {
		t.Errorf("1.13 still has a stack: %v", r.body)
	}
}
