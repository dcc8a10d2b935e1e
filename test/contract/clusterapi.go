package contract

import "fmt"

// newestOfClusterAPI is the newest version that Magnum 20 speaks.
const newestOfClusterAPI = "container-infra 1.11"

// onceIn asks again until the cluster is in a state.
func (q question) onceIn(state string) question { q.state = state; return q }

// questionsOfClusterAPI are about what is not as it was: the driver, the age of
// Magnum and Keystone, and who may do what.
func questionsOfClusterAPI() []question {
	var all []question
	for _, part := range [][]question{tokensOfToday(), lookingOfToday(), refusalsOfToday(), nodeGroupsOfToday(), lifeOfToday()} {
		all = append(all, part...)
	}
	return all
}

func today(name, who, method, path, body string, status int) question {
	return magnum(name, who, newestOfClusterAPI, method, path, body, status)
}

func tokensOfToday() []question {
	people := []question{signIn("auth-appcred", `{"auth": {"identity": {"methods": ["application_credential"], "application_credential":
		{"id": "{credential}", "secret": "{appcred's secret}"}}}}`, 201, "appcred")}
	for _, name := range []string{"alice", "bob", "carol"} {
		people = append(people, signIn("auth-"+name, password(name, "{"+name+"'s secret}", "demo"), 201, name))
	}
	exchange := func(name, who string, status int) question {
		return signIn("token-exchange-"+name, `{"auth": {"identity": {"methods": ["token"], "token": {"id": "{`+who+`}"}}}}`, status, "")
	}
	return append(people, signIn("auth-admin", password("admin", "{admin's secret}", "admin"), 201, "admin"),
		exchange("alice", "alice", 201), exchange("appcred", "appcred", 403))
}

func lookingOfToday() []question {
	version := func(name, version string, status int) question {
		return magnum(name, "alice", version, "GET", "/clusters", "", status)
	}
	sign := func(who string, status int) question {
		return today("sign-as-"+who, who, "POST", "/certificates", fmt.Sprintf(`{"cluster_uuid": "prod", "csr": %q}`, clientCSR), status)
	}
	return []question{
		{name: "magnum-v1", method: "GET", path: "/", status: 200},
		version("clusters-no-version", unsaid, 200), version("clusters-1.11", newestOfClusterAPI, 200),
		version("clusters-1.12", "container-infra 1.12", 406), version("clusters-compute", "compute 2.1", 406),
		version("clusters-new-name-latest", "container-infrastructure-management latest", 200),
		version("clusters-new-name-1.5", "container-infrastructure-management 1.5", 406),
		today("template", "alice", "GET", "/clustertemplates/kubernetes-v1.36.3", "", 200).keepUUIDOf("template"),
		today("templates", "alice", "GET", "/clustertemplates", "", 200),
		today("prod", "alice", "GET", "/clusters/prod", "", 200).keepUUIDOf("prod"),
		today("prod-as-colleague", "bob", "GET", "/clusters/prod", "", 200), today("prod-as-reader", "carol", "GET", "/clusters/prod", "", 200),
		today("prod-as-admin", "admin", "GET", "/clusters/prod", "", 200),
		today("clusters-detail", "alice", "GET", "/clusters/detail", "", 200), today("unknown", "alice", "GET", "/clusters/nope", "", 404),
		today("nodegroups", "alice", "GET", "/clusters/prod/nodegroups", "", 200),
		today("nodegroup", "alice", "GET", "/clusters/prod/nodegroups/default-worker", "", 200),
		magnum("nodegroups-no-version", "alice", unsaid, "GET", "/clusters/prod/nodegroups", "", 406),
		today("ca", "alice", "GET", "/certificates/prod", "", 200), today("ca-as-appcred", "appcred", "GET", "/certificates/prod", "", 200),
		today("ca-as-colleague", "bob", "GET", "/certificates/prod", "", 403), today("ca-as-reader", "carol", "GET", "/certificates/prod", "", 403),
		today("ca-as-admin", "admin", "GET", "/certificates/prod", "", 404),
		sign("alice", 201), sign("appcred", 201), sign("bob", 403), sign("carol", 403), sign("admin", 400),
	}
}

func refusalsOfToday() []question {
	create := func(name, who, template, more string, status int) question {
		return today("create-"+name, who, "POST", "/clusters", fmt.Sprintf(`{"name": "refused", "cluster_template_id": %q%s}`, template, more), status)
	}
	return []question{
		create("by-template-name", "alice", "kubernetes-v1.36.3", "", 404), create("even-masters", "alice", "{template}", `, "master_count": 2`, 400),
		create("as-reader", "carol", "{template}", "", 403),
		today("delete-as-reader", "carol", "DELETE", "/clusters/prod", "", 403),
		today("rotate-as-reader", "carol", "PATCH", "/certificates/prod", "", 403),
		today("resize-masters", "alice", "POST", "/clusters/prod/actions/resize", `{"node_count": 3, "nodegroup": "default-master"}`, 400),
		magnum("resize-to-0-at-1.9", "alice", "container-infra 1.9", "POST", "/clusters/prod/actions/resize", `{"node_count": 0}`, 400),
		today("upgrade-without-batch", "alice", "POST", "/clusters/prod/actions/upgrade", `{"cluster_template": "kubernetes-v1.36.3"}`, 500),
		magnum("rotate-credential", "alice", "container-infra latest", "PATCH", "/credentials/prod", "", 405),
		today("delete-default-nodegroup", "alice", "DELETE", "/clusters/prod/nodegroups/default-worker", "", 400),
	}
}

func nodeGroupsOfToday() []question {
	const groups = "/clusters/prod/nodegroups"
	patch := func(name, field string, value, status int) question {
		return today(name, "alice", "PATCH", groups+"/more", fmt.Sprintf(`[{"op": "replace", "path": "/%s", "value": %d}]`, field, value), status)
	}
	asPatch := patch("nodegroup-patch-as-json-patch", "max_node_count", 5, 415)
	asPatch.header["Content-Type"] = "application/json-patch+json"
	return []question{
		today("nodegroup-create", "alice", "POST", groups, `{"name": "more", "node_count": 1, "min_node_count": 1, "max_node_count": 4, "labels": {"a": "b"}}`, 202),
		today("nodegroup-created", "alice", "GET", groups+"/more", "", 200).inTheEnd().onceIn("CREATE_COMPLETE"),
		today("nodegroup-again", "alice", "POST", groups, `{"name": "more"}`, 409),
		today("nodegroup-of-masters", "alice", "POST", groups, `{"name": "masters", "role": "master"}`, 400),
		asPatch, patch("nodegroup-patch", "max_node_count", 6, 202), patch("nodegroup-patch-odd", "min_node_count", 9, 409),
		today("resize-out-of-bounds", "alice", "POST", "/clusters/prod/actions/resize", `{"node_count": 7, "nodegroup": "more"}`, 400),
	}
}

// lifeOfToday ends with a cluster that a refused rotation has broken.
func lifeOfToday() []question {
	const made = "/clusters/{made}"
	look := func(name, state string) question {
		return today(name, "alice", "GET", made, "", 200).inTheEnd().onceIn(state)
	}
	return []question{
		today("create", "alice", "POST", "/clusters", `{"name": "contract", "cluster_template_id": "{template}", "node_count": 0}`, 202).keepUUIDOf("made"),
		look("created", "CREATE_COMPLETE"),
		today("resize", "alice", "POST", made+"/actions/resize", `{"node_count": 1}`, 202), look("resized", "UPDATE_COMPLETE"),
		today("upgrade", "alice", "POST", made+"/actions/upgrade", `{"cluster_template": "kubernetes-v1.35.6", "max_batch_size": 1}`, 202),
		look("upgraded", "UPDATE_COMPLETE"),
		today("rotate", "bob", "PATCH", "/certificates/{made}", "", 400), look("rotated", "UPDATE_FAILED"),
		today("rotate-again", "alice", "PATCH", "/certificates/{made}", "", 400),
		today("recover", "alice", "POST", made+"/actions/resize", `{"node_count": 0}`, 202), look("recovered", "UPDATE_COMPLETE"),
		today("create-as-appcred", "appcred", "POST", "/clusters", `{"name": "trustless", "cluster_template_id": "{template}"}`, 202).keepUUIDOf("trustless"),
		today("created-as-appcred", "alice", "GET", "/clusters/{trustless}", "", 200).inTheEnd().onceIn("CREATE_FAILED"),
		today("ca-as-it-failed", "alice", "GET", "/certificates/{trustless}", "", 404),
		today("delete", "alice", "DELETE", made, "", 204), today("deleted", "alice", "GET", made, "", 404).inTheEnd(),
	}
}
