package sandbox

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
)

// resource is a kind of object that the API servers show.
type resource struct {
	path       string // the group's path
	plural     string
	singular   string
	kind       string
	short      string
	namespaced bool
	viewable   bool     // part of the role view
	columns    []column // between NAME and AGE
}

// resources are few: what a first look at a cluster asks for.
func resources() []resource {
	const core, apps, networking, storage = "/api/v1", "/apis/apps/v1", "/apis/networking.k8s.io/v1", "/apis/storage.k8s.io/v1"
	return []resource{
		{core, "configmaps", "configmap", "ConfigMap", "cm", true, true, nil},
		{core, "namespaces", "namespace", "Namespace", "ns", false, true, []column{
			{"Status", func(o object) any { return at(o, "status", "phase") }}}},
		{core, "nodes", "node", "Node", "no", false, false, []column{
			{"Status", func(o object) any { return at(o, "status", "conditions", 0, "type") }},
			{"Roles", role},
			{"Version", func(o object) any { return at(o, "status", "nodeInfo", "kubeletVersion") }}}},
		{core, "persistentvolumes", "persistentvolume", "PersistentVolume", "pv", false, false, []column{
			{"Capacity", func(o object) any { return at(o, "spec", "capacity", "storage") }},
			{"Status", func(o object) any { return at(o, "status", "phase") }}}},
		{core, "pods", "pod", "Pod", "po", true, true, []column{
			{"Ready", func(object) any { return "1/1" }}, // each has one container
			{"Status", func(o object) any { return at(o, "status", "phase") }},
			{"Restarts", func(o object) any { return at(o, "status", "containerStatuses", 0, "restartCount") }}}},
		{core, "services", "service", "Service", "svc", true, true, []column{
			{"Type", func(o object) any { return at(o, "spec", "type") }},
			{"Cluster-IP", func(o object) any { return at(o, "spec", "clusterIP") }},
			{"Port(s)", func(o object) any {
				return fmt.Sprintf("%v/%v", at(o, "spec", "ports", 0, "port"), at(o, "spec", "ports", 0, "protocol"))
			}}}},
		{apps, "deployments", "deployment", "Deployment", "deploy", true, true, []column{
			{"Ready", func(o object) any {
				return fmt.Sprintf("%v/%v", at(o, "status", "readyReplicas"), at(o, "spec", "replicas"))
			}},
			{"Available", func(o object) any { return at(o, "status", "availableReplicas") }}}},
		{apps, "daemonsets", "daemonset", "DaemonSet", "ds", true, true, []column{
			{"Desired", func(o object) any { return at(o, "status", "desiredNumberScheduled") }},
			{"Ready", func(o object) any { return at(o, "status", "numberReady") }}}},
		{apps, "statefulsets", "statefulset", "StatefulSet", "sts", true, true, nil},
		{storage, "csidrivers", "csidriver", "CSIDriver", "", false, false, nil},
		{storage, "csinodes", "csinode", "CSINode", "", false, false, nil},
		{storage, "storageclasses", "storageclass", "StorageClass", "sc", false, false, []column{
			{"Provisioner", func(o object) any { return at(o, "provisioner") }}}},
		{networking, "networkpolicies", "networkpolicy", "NetworkPolicy", "netpol", true, true, []column{{"Pod-Selector", selector}}},
	}
}

// groupPaths are where the resources are.
func groupPaths() []string {
	var paths []string
	for _, res := range resources() {
		if !slices.Contains(paths, res.path) {
			paths = append(paths, res.path)
		}
	}
	return paths
}

// discovery is what clients read to learn the API, by path.
func (a *apiServer) discovery() map[string]object {
	minor, _, _ := strings.Cut(strings.TrimPrefix(kubernetesVersion, "v1."), ".")
	answers := map[string]object{
		"/version": {"major": "1", "minor": minor, "gitVersion": kubernetesVersion, "gitCommit": "sandbox",
			"gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": runtime.Version(), "compiler": "gc",
			"platform": runtime.GOOS + "/" + runtime.GOARCH},
		"/api": {"kind": "APIVersions", "versions": []string{"v1"}, "serverAddressByClientCIDRs": []object{
			{"clientCIDR": "0.0.0.0/0", "serverAddress": a.address}}},
		"/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []object{
			group("apps"), group("authentication.k8s.io"), group("networking.k8s.io"), group("storage.k8s.io")}},
		"/apis/authentication.k8s.io/v1": resourceList("authentication.k8s.io/v1", []object{{"name": "selfsubjectreviews",
			"singularName": "selfsubjectreview", "namespaced": false, "kind": "SelfSubjectReview", "verbs": []string{"create"}}}),
	}
	for _, path := range groupPaths() {
		list := []object{}
		for _, res := range resources() {
			if res.path == path {
				o := object{"name": res.plural, "singularName": res.singular, "namespaced": res.namespaced,
					"kind": res.kind, "verbs": []string{"get", "list"}}
				if res.short != "" {
					o["shortNames"] = []string{res.short}
				}
				list = append(list, o)
			}
		}
		version := strings.TrimPrefix(strings.TrimPrefix(path, "/apis/"), "/api/")
		answers[path] = resourceList(version, list)
	}
	return answers
}

func group(name string) object {
	version := object{"groupVersion": name + "/v1", "version": "v1"}
	return object{"name": name, "versions": []object{version}, "preferredVersion": version}
}

func resourceList(version string, list []object) object {
	return object{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": list}
}

// refuseKubernetes answers with a Status as Kubernetes has them; without a
// message it is the one that Kubernetes has for the HTTP status.
func refuseKubernetes(w http.ResponseWriter, status int, message, kind string) {
	reason, usual := http.StatusText(status), "the server could not find the requested resource"
	switch status {
	case http.StatusUnauthorized:
		usual = "Unauthorized"
	case http.StatusNotFound:
		reason = "NotFound"
	case http.StatusMethodNotAllowed:
		reason, usual = "MethodNotAllowed", "the server does not allow this method on the requested resource"
	}
	if message == "" {
		message = usual
	}
	details := object{}
	if kind != "" {
		details["kind"] = kind
	}
	writeJSON(w, status, object{"kind": "Status", "apiVersion": "v1", "metadata": object{}, "status": "Failure",
		"message": message, "reason": reason, "details": details, "code": status})
}
