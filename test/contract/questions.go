package contract

import (
	"encoding/json"
	"fmt"
)

// question is one request. Names in braces stand for what earlier answers or
// the cloud gave: a token, a UUID, a credential.
type question struct {
	name       string // that of the recorded sample, where there is one
	keystone   bool
	method     string
	path       string
	header     map[string]string
	body       string
	status     int
	eventually bool   // ask again until the status is right
	state      string // ask again until the cluster is in this state; "" is any
	keepToken  string // name under which the token is kept
	keepUUID   string // name under which the uuid of the answer is kept
}

// Microversions as they are sent; "" sends none, which means 1.1.
const (
	unsaid = ""
	newest = "container-infra 1.10"
)

func questions() []question {
	var all []question
	for _, part := range [][]question{signingIn(), versions(), clusters(), certificates(), operations(), upgrades(), signingOut()} {
		all = append(all, part...)
	}
	return all
}

func signIn(name, body string, status int, keep string) question {
	return question{name: name, keystone: true, method: "POST", path: "/auth/tokens", body: body, status: status, keepToken: keep}
}

// magnum is a question to Magnum in the name of a user whose token is known.
func magnum(name, who, version, method, path, body string, status int) question {
	header := map[string]string{}
	if who != "" {
		header["X-Auth-Token"] = "{" + who + "}"
	}
	if version != "" {
		header["OpenStack-API-Version"] = version
	}
	return question{name: name, method: method, path: path, header: header, body: body, status: status}
}

func get(name, who, path string, status int) question {
	return magnum(name, who, newest, "GET", path, "", status)
}

func (q question) keepUUIDOf(uuid string) question { q.keepUUID = uuid; return q }

func (q question) inTheEnd() question { q.eventually = true; return q }

func password(user, secret, project string) string {
	auth := fmt.Sprintf(`{"identity": {"methods": ["password"], "password": {"user": {"name": %q, "domain": {"id": "default"}, "password": %q}}}`,
		user, secret)
	if project != "" {
		auth += fmt.Sprintf(`, "scope": {"project": {"name": %q, "domain": {"name": "Default"}}}`, project)
	}
	return `{"auth": ` + auth + `}}`
}

func signingIn() []question {
	const credential = `{"auth": {"identity": {"methods": ["application_credential"], "application_credential": {%s}}}}`
	token := func(name, method, who, subject string, status int) question {
		return question{name: name, keystone: true, method: method, path: "/auth/tokens", status: status,
			header: map[string]string{"X-Auth-Token": who, "X-Subject-Token": subject}}
	}
	return []question{
		{name: "keystone-v3", keystone: true, method: "GET", path: "", status: 200},
		signIn("auth-password-project", password("alice", "{alice's secret}", "demo"), 201, "alice"),
		signIn("auth-bob", password("bob", "{bob's secret}", "demo"), 201, "bob"),
		signIn("auth-carol", password("carol", "{carol's secret}", "demo"), 201, "carol"),
		signIn("auth-admin", password("admin", "{admin's secret}", "admin"), 201, "admin"),
		signIn("auth-unscoped", password("alice", "{alice's secret}", ""), 201, "unscoped"),
		signIn("auth-wrong-password", password("alice", "wrong", "demo"), 401, ""),
		signIn("auth-unknown-user", password("nobody", "x", "demo"), 401, ""),
		signIn("auth-unknown-project", password("alice", "{alice's secret}", "nope"), 401, ""),
		signIn("auth-no-role-in-project", password("bob", "{bob's secret}", "other"), 401, ""),
		signIn("auth-appcred", fmt.Sprintf(credential, `"id": "{credential}", "secret": "{appcred's secret}"`), 201, "appcred"),
		signIn("auth-appcred-by-name", fmt.Sprintf(credential, `"name": "appcred", "secret": "{appcred's secret}",
			"user": {"name": "alice", "domain": {"id": "default"}}`), 201, ""),
		signIn("auth-appcred-bad-secret", fmt.Sprintf(credential, `"id": "{credential}", "secret": "wrong"`), 401, ""),
		signIn("auth-appcred-unknown", fmt.Sprintf(credential, `"id": "00000000000000000000000000000000", "secret": "x"`), 404, ""),
		signIn("auth-token-rescope", `{"auth": {"identity": {"methods": ["token"], "token": {"id": "{unscoped}"}},
			"scope": {"project": {"name": "demo", "domain": {"id": "default"}}}}}`, 201, "rescoped"),
		signIn("auth-token-invalid", `{"auth": {"identity": {"methods": ["token"], "token": {"id": "nonsense"}}}}`, 404, ""),
		signIn("auth-appcred-with-scope", `{"auth": {"identity": {"methods": ["application_credential"], "application_credential":
			{"id": "{credential}", "secret": "{appcred's secret}"}}, "scope": {"project": {"name": "demo", "domain": {"id": "default"}}}}}`, 401, ""),
		signIn("auth-without-user-domain", `{"auth": {"identity": {"methods": ["password"], "password":
			{"user": {"name": "alice", "password": "x"}}}}}`, 400, ""),
		signIn("auth-without-project-domain", `{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "alice",
			"domain": {"id": "default"}, "password": "x"}}}, "scope": {"project": {"name": "demo"}}}}`, 400, ""),
		signIn("auth-without-methods", `{"auth": {"identity": {"methods": []}}}`, 401, ""),
		signIn("auth-without-identity", `{"auth": {}}`, 400, ""),
		signIn("auth-empty", `{}`, 400, ""),
		signIn("auth-malformed", `{"auth": `, 400, ""),
		token("token-validate-self", "GET", "{alice}", "{alice}", 200),
		token("token-head", "HEAD", "{alice}", "{alice}", 200),
		token("token-validate-by-admin", "GET", "{admin}", "{alice}", 200),
		token("token-validate-by-other", "GET", "{bob}", "{alice}", 403),
		token("token-validate-unknown", "GET", "{alice}", "nonsense", 404),
		token("token-validate-without-token", "GET", "nonsense", "{alice}", 401),
	}
}

func versions() []question {
	list := func(name, version string, status int) question {
		return magnum(name, "alice", version, "GET", "/clusters", "", status)
	}
	return []question{
		{name: "magnum-v1", method: "GET", path: "", status: 200},
		list("clusters-noversion", unsaid, 200),
		list("clusters-latest", "container-infra latest", 200),
		list("clusters-1.10", newest, 200),
		list("clusters-1.99", "container-infra 1.99", 406),
		list("clusters-0.9", "container-infra 0.9", 406),
		list("clusters-badversion", "container-infra abc", 406),
		list("clusters-wrong-service-in-version", "compute 2.1", 406),
		list("clusters-version-without-service", "1.9", 406),
		magnum("no-token", "", newest, "GET", "/clusters", "", 401),
		{name: "bad-token", method: "GET", path: "/clusters", status: 401, header: map[string]string{"X-Auth-Token": "nonsense"}},
		get("unscoped-token", "unscoped", "/clusters", 400),
		get("unscoped-cluster", "unscoped", "/clusters/prod", 400),
		get("unscoped-nodegroups", "unscoped", "/clusters/prod/nodegroups", 200),
		get("unscoped-templates", "unscoped", "/clustertemplates", 200),
		magnum("unscoped-rotate", "unscoped", newest, "PATCH", "/certificates/prod", "", 403),
		magnum("unscoped-create", "unscoped", newest, "POST", "/clusters",
			`{"name": "x", "cluster_template_id": "kubernetes-v1.36.3"}`, 403),
		get("unknown-path", "alice", "/nothing", 404),
	}
}

func clusters() []question {
	return []question{
		get("cluster-prod-by-name", "alice", "/clusters/prod", 200).keepUUIDOf("prod"),
		get("cluster-prod-by-uuid", "alice", "/clusters/{prod}", 200),
		get("cluster-as-colleague", "bob", "/clusters/prod", 200),
		get("cluster-as-reader", "carol", "/clusters/prod", 200),
		get("cluster-unknown-name", "alice", "/clusters/nope", 404),
		get("cluster-unknown-uuid", "alice", "/clusters/00000000-0000-4000-8000-000000000000", 404),
		get("cluster-invalid-name", "alice", "/clusters/bad%20name%2Fx", 404),
		get("cluster-duplicate-name", "alice", "/clusters/twin", 409),
		get("cluster-of-other-project", "alice", "/clusters/elsewhere", 404),
		get("cluster-of-other-project-admin", "admin", "/clusters/elsewhere", 200),
		get("cluster-creating", "alice", "/clusters/creating", 200),
		get("cluster-failed", "alice", "/clusters/failed", 200),
		get("cluster-notls", "alice", "/clusters/notls", 200),
		get("clusters-detail", "alice", "/clusters/detail", 200),
		get("clusters-detail-limit", "alice", "/clusters/detail?limit=2", 200),
		get("clusters-limit", "alice", "/clusters?limit=2", 200),
		get("clusters-admin", "admin", "/clusters", 200),
		get("clusters-appcred", "appcred", "/clusters", 200),
		get("clusters-rescoped", "rescoped", "/clusters", 200),
		get("template-by-name", "alice", "/clustertemplates/kubernetes-no-tls", 200),
		get("template-unknown", "alice", "/clustertemplates/nope", 404),
		get("templates", "alice", "/clustertemplates", 200),
		get("templates-limit", "alice", "/clustertemplates?limit=2", 200),
		get("nodegroups-1.9", "alice", "/clusters/prod/nodegroups", 200),
		magnum("nodegroups-noversion", "alice", unsaid, "GET", "/clusters/prod/nodegroups", "", 406),
		get("nodegroup-default-worker", "alice", "/clusters/prod/nodegroups/default-worker", 200),
		get("nodegroups-role-master", "alice", "/clusters/prod/nodegroups?role=master", 200),
		get("nodegroup-unknown", "alice", "/clusters/prod/nodegroups/nope", 404),
		get("quota", "alice", "/quotas/{project of prod}/Cluster", 200),
		get("stats", "alice", "/stats?project_id={project of prod}", 200),
	}
}

func certificates() []question {
	sign := func(name, who, cluster, csr string, status int) question {
		body, _ := json.Marshal(map[string]string{"cluster_uuid": cluster, "csr": csr}) // text always marshals
		return magnum(name, who, newest, "POST", "/certificates", string(body), status)
	}
	post := func(name, body string, status int) question {
		return magnum(name, "alice", newest, "POST", "/certificates", body, status)
	}
	return []question{
		get("ca-by-uuid", "alice", "/certificates/{prod}", 200),
		get("ca-by-name", "alice", "/certificates/prod", 200),
		get("ca-appcred", "appcred", "/certificates/prod", 200),
		get("ca-unknown-cluster", "alice", "/certificates/nope", 404),
		get("ca-duplicate", "alice", "/certificates/twin", 409),
		get("ca-creating-without-certs", "alice", "/certificates/creating", 404),
		get("ca-creating-with-certs", "alice", "/certificates/creating-certs", 200),
		get("ca-notls", "alice", "/certificates/notls", 404),
		get("ca-as-bob-same-project", "bob", "/certificates/prod", 403),
		get("ca-as-carol-reader", "carol", "/certificates/prod", 403),
		get("ca-unscoped", "unscoped", "/certificates/prod", 200),
		get("ca-as-admin-by-name", "admin", "/certificates/prod", 404),
		sign("sign-by-uuid", "alice", "{prod}", clientCSR, 201),
		sign("sign-by-name", "alice", "prod", clientCSR, 201),
		sign("sign-appcred", "appcred", "prod", clientCSR, 201),
		sign("sign-unscoped", "unscoped", "prod", clientCSR, 201),
		sign("sign-ca-true", "alice", "prod", caCSR, 400),
		sign("sign-garbage-csr", "alice", "prod", "garbage", 400),
		sign("sign-empty-csr", "alice", "prod", "", 400),
		sign("sign-unknown-cluster", "alice", "nope", clientCSR, 400),
		sign("sign-duplicate", "alice", "twin", clientCSR, 409),
		sign("sign-creating-without-certs", "alice", "creating", clientCSR, 404),
		sign("sign-creating-with-certs", "alice", "creating-certs", clientCSR, 201),
		sign("sign-notls", "alice", "notls", clientCSR, 404),
		sign("sign-as-bob-same-project", "bob", "prod", clientCSR, 403),
		sign("sign-as-carol-reader", "carol", "prod", clientCSR, 403),
		sign("sign-as-admin", "admin", "prod", clientCSR, 400),
		post("sign-without-csr", `{"cluster_uuid": "prod"}`, 500),
		post("sign-unknown-field", `{"cluster_uuid": "prod", "csr": "x", "foo": "bar"}`, 400),
		magnum("rotate-notls", "alice", newest, "PATCH", "/certificates/notls", "", 400),
		magnum("rotate-creating", "alice", newest, "PATCH", "/certificates/creating", "", 400),
		magnum("rotate-noversion", "alice", unsaid, "PATCH", "/certificates/bobs", "", 202),
	}
}

// operations follow a cluster that stays busy for longer than anybody waits.
func operations() []question {
	post := func(name, version, path, body string, status int) question {
		return magnum(name, "alice", version, "POST", path, body, status)
	}
	const resize = "/clusters/{made}/actions/resize"
	return []question{
		post("cluster-create", newest, "/clusters", `{"name": "contract", "cluster_template_id": "kubernetes-v1.36.3", "node_count": 2,
			"labels": {"lab_delay": "3600"}, "merge_labels": true}`, 202).keepUUIDOf("made"),
		get("cluster-create-in-progress", "alice", "/clusters/{made}", 200).inTheEnd(),
		get("cluster-create-in-progress-ca", "alice", "/certificates/{made}", 200).inTheEnd(),
		post("cluster-create-bad-template", newest, "/clusters", `{"name": "x", "cluster_template_id": "nope"}`, 404),
		post("cluster-create-bad-name", newest, "/clusters", `{"name": "1bad", "cluster_template_id": "kubernetes-v1.36.3"}`, 400),
		post("resize", newest, resize, `{"node_count": 4}`, 202),
		post("resize-noversion", unsaid, resize, `{"node_count": 1}`, 406),
		post("resize-0-at-1.7", "container-infra 1.7", resize, `{"node_count": 0}`, 400),
		post("resize-negative", newest, resize, `{"node_count": -1}`, 400),
		post("resize-master", newest, resize, `{"node_count": 3, "nodegroup": "default-master"}`, 400),
		post("resize-unknown-nodegroup", newest, resize, `{"node_count": 3, "nodegroup": "nope"}`, 404),
		magnum("delete", "alice", newest, "DELETE", "/clusters/{made}", "", 204),
		get("delete-in-progress", "alice", "/clusters/{made}", 200),
		magnum("delete-unknown", "alice", newest, "DELETE", "/clusters/nope", "", 404),
	}
}

// upgrades leave green in UPDATE_FAILED, and blue as well.
func upgrades() []question {
	upgrade := func(name, version, cluster, to string, status int) question {
		return magnum(name, "alice", version, "POST", "/clusters/"+cluster+"/actions/upgrade",
			fmt.Sprintf(`{"cluster_template": %q, "max_batch_size": 1}`, to), status)
	}
	create := func(name, body string, status int) question {
		return magnum(name, "alice", newest, "POST", "/clusters", body, status)
	}
	return []question{
		upgrade("upgrade-noversion", unsaid, "green", "kubernetes-v1.36.3", 406),
		upgrade("upgrade-1.7", "container-infra 1.7", "green", "kubernetes-v1.36.3", 400),
		upgrade("upgrade-unknown-template", newest, "green", "nope", 404),
		upgrade("upgrade-template-without-kube-tag", newest, "green", "kubernetes-untagged", 409),
		get("upgrade-failed-state", "alice", "/clusters/green", 200),
		upgrade("upgrade-when-update-failed", newest, "green", "kubernetes-v1.36.3", 400),
		upgrade("upgrade-downgrade", newest, "blue", "kubernetes-v1.35.6", 400),
		create("cluster-create-masters-without-lb", `{"name": "many", "cluster_template_id": "kubernetes-v1.36.3", "master_count": 3}`, 400),
		create("cluster-create-older", `{"name": "older", "cluster_template_id": "kubernetes-v1.35.6", "master_count": 3,
			"master_lb_enabled": true, "fixed_network": "mine", "labels": {"lab_api": "https://127.0.0.1:1"}, "merge_labels": true}`, 202).keepUUIDOf("older"),
		get("cluster-created", "alice", "/clusters/{older}", 200).inTheEnd(),
		upgrade("upgrade", newest, "{older}", "kubernetes-v1.36.3", 202).inTheEnd(),
		magnum("delete-older", "alice", newest, "DELETE", "/clusters/{older}", "", 204),
		get("deleted", "alice", "/clusters/{older}", 404).inTheEnd(),
	}
}

// signingOut revokes a token that Magnum has not seen: what it has seen it goes
// on accepting for a while.
func signingOut() []question {
	return []question{
		signIn("auth-again", password("alice", "{alice's secret}", "demo"), 201, "spare"),
		{name: "token-revoke", keystone: true, method: "DELETE", path: "/auth/tokens", status: 204,
			header: map[string]string{"X-Auth-Token": "{spare}", "X-Subject-Token": "{spare}"}},
		get("revoked-token", "spare", "/clusters", 401),
	}
}
