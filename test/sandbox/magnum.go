package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// call is a request to Magnum whose token and microversion have been checked.
type call struct {
	*http.Request
	w       http.ResponseWriter
	token   *token
	version int // the minor microversion: 10 is 1.10
}

// newMagnum returns the container service. The order of its checks is that of
// the real one: token, path, microversion, policy, object.
func newMagnum(s *Sandbox) http.Handler {
	c := s.cloud
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.magnumVersions()) })
	mux.HandleFunc("GET /healthcheck", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, object{"detailed": false, "reasons": []string{"OK"}})
	})
	mux.HandleFunc("GET /v1", s.magnumResources)
	mux.HandleFunc("GET /v1/{$}", s.magnumResources)
	for pattern, handle := range map[string]func(call){
		"GET /v1/clusters":                             c.listClusters,
		"GET /v1/clusters/{$}":                         c.listClusters,
		"GET /v1/clusters/detail":                      c.listClusters,
		"POST /v1/clusters":                            c.createCluster,
		"GET /v1/clusters/{ref}":                       c.showCluster,
		"DELETE /v1/clusters/{ref}":                    c.deleteCluster,
		"POST /v1/clusters/{ref}/actions/resize":       c.resizeCluster,
		"POST /v1/clusters/{ref}/actions/upgrade":      c.upgradeCluster,
		"PATCH /v1/clusters/{ref}":                     c.patchCluster,
		"GET /v1/clusters/{ref}/nodegroups":            c.listNodeGroups,
		"POST /v1/clusters/{ref}/nodegroups":           c.createNodeGroup,
		"GET /v1/clusters/{ref}/nodegroups/{group}":    c.showNodeGroup,
		"PATCH /v1/clusters/{ref}/nodegroups/{group}":  c.patchNodeGroup,
		"DELETE /v1/clusters/{ref}/nodegroups/{group}": c.deleteNodeGroup,
		"GET /v1/clustertemplates":                     c.listTemplates,
		"GET /v1/clustertemplates/detail":              c.listTemplates,
		"GET /v1/clustertemplates/{ref}":               c.showTemplate,
		"GET /v1/quotas/{project}/{resource}":          c.showQuota,
		"GET /v1/stats":                                c.showStats,
		"GET /v1/certificates/{ref}":                   c.showCA,
		"POST /v1/certificates":                        c.signCertificate,
		"PATCH /v1/certificates/{ref}":                 c.rotateCA,
	} {
		mux.HandleFunc(pattern, c.guarded(handle))
	}
	if c.clusterAPI() {
		mux.HandleFunc("PATCH /v1/credentials/{ref}", c.guarded(c.rotateCredential))
	}
	mux.HandleFunc("/", c.guarded(func(r call) { r.refusePath(http.StatusNotFound, "") }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Openstack-Request-Id", "req-"+newUUID())
		mux.ServeHTTP(w, r)
	})
}

// guarded checks the token and the microversion before a request is handled
// under the cloud's lock.
func (c *cloud) guarded(handle func(call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		req := call{Request: r, w: w, token: c.valid(r.Header.Get("X-Auth-Token"))}
		if req.token == nil {
			w.Header().Set("WWW-Authenticate", `Keystone uri="`+c.KeystoneURL+`"`)
			refuseKeystone(w, http.StatusUnauthorized, "The request you have made requires authentication.")
			return
		}
		if !req.negotiate(c) {
			return
		}
		c.finishOperations()
		handle(req)
		c.afterLooks()
	}
}

// negotiate settles on a microversion, or answers that there is none.
func (r *call) negotiate(c *cloud) bool {
	maximum := c.opts.MaxVersion
	header := r.Header.Get("OpenStack-API-Version")
	asked := "1.1" // Magnum's default
	if header != "" {
		service, version, _ := strings.Cut(header, " ")
		if !c.speaksOf(service, version) {
			r.refusePath(http.StatusNotAcceptable, "Invalid service type for OpenStack-API-Version header")
			return false
		}
		asked = version
	}
	if asked == "latest" {
		asked = maximum
	}
	h := r.w.Header()
	major, minor, ok := parseVersion(asked)
	if !ok {
		r.refusePath(http.StatusNotAcceptable, "Invalid value for OpenStack-API-Version header")
		return false
	}
	h.Set("OpenStack-API-Minimum-Version", "container-infra 1.1")
	h.Set("OpenStack-API-Maximum-Version", "container-infra "+maximum)
	h.Set("OpenStack-API-Version", "container-infra "+asked)
	h.Set("Vary", "OpenStack-API-Version")
	if _, most, _ := parseVersion(maximum); major != 1 || minor < 1 || minor > most {
		r.refuseVersion(asked, maximum)
		return false
	}
	r.version = minor
	return true
}

// speaksOf reports whether the service has that name in a header with that version.
func (c *cloud) speaksOf(service, version string) bool {
	if service == "container-infra" {
		return true
	}
	renamed := service == "container-infrastructure" || service == "container-infrastructure-management"
	return renamed && (c.magnum23() || c.clusterAPI() && version == "latest")
}

func parseVersion(s string) (major, minor int, ok bool) {
	a, b, found := strings.Cut(s, ".")
	major, err := strconv.Atoi(a)
	minor, err2 := strconv.Atoi(b)
	return major, minor, found && err == nil && err2 == nil
}

func (r *call) refuseVersion(asked, maximum string) {
	writeJSON(r.w, http.StatusNotAcceptable, object{"errors": []object{{
		"code": "magnum.microversion-unsupported", "title": "Requested microversion is unsupported",
		"description": fmt.Sprintf("Version %s was requested but the minor version is not supported by this service. "+
			"The supported version range is: [container-infra 1.1, container-infra %s].", asked, maximum),
		"max_version": maximum, "min_version": "1.1",
		"links": []object{{"rel": "help", "href": "http://docs.openstack.org/api-guide/compute/microversions.html"}},
	}}})
}

// needs answers with 406 when the request's microversion is below 1.minor.
func (r *call) needs(minor int, name string) bool {
	if r.version >= minor {
		return true
	}
	r.refusePath(http.StatusNotAcceptable, fmt.Sprintf("Version 1.%d was requested but the requested API %s "+
		"is not supported for this version.", r.version, name))
	return false
}

// refuse answers with the body of Magnum's own errors, whose title is the first
// sentence of the detail.
func (r *call) refuse(status int, detail string) {
	code := "client"
	if status >= http.StatusInternalServerError {
		code = "server"
	}
	title, _, _ := strings.Cut(detail, ".")
	r.writeError(status, code, title, detail)
}

// refusePath answers as the framework below Magnum does.
func (r *call) refusePath(status int, detail string) {
	r.writeError(status, "", http.StatusText(status), detail)
}

func (r *call) writeError(status int, code, title, detail string) {
	writeJSON(r.w, status, object{"errors": []object{{"request_id": "", "code": code, "status": status,
		"title": title, "detail": detail, "links": []object{}}}})
}

func (s *Sandbox) magnumVersions() object {
	return object{
		"name":        "OpenStack Magnum API",
		"description": "Magnum is an OpenStack project which aims to provide container cluster management.",
		"versions": []object{{"id": "v1", "status": "CURRENT", "min_version": "1.1", "max_version": s.opts.MaxVersion,
			"links": []object{{"href": s.MagnumURL + "/", "rel": "self"}}}},
	}
}

// magnumResources is the index of the API.
func (s *Sandbox) magnumResources(w http.ResponseWriter, _ *http.Request) {
	index := object{
		"id":          "v1",
		"media_types": []object{{"base": "application/json", "type": "application/vnd.openstack.magnum.v1+json"}},
		"links": []object{{"href": s.MagnumURL + "/", "rel": "self"},
			{"href": "http://docs.openstack.org/developer/magnum/dev/api-spec-v1.html", "rel": "describedby", "type": "text/html"}},
	}
	names := []string{"clustertemplates", "clusters", "quotas", "certificates", "mservices", "stats", "federations"}
	if s.opts.Driver == Heat {
		names = append(names, "baymodels", "bays")
	}
	for _, name := range names {
		index[name] = s.links(name, "")
	}
	index["nodegroups"] = s.links("clusters/{cluster_id}/nodegroups", "")
	writeJSON(w, http.StatusOK, index)
}

// links are what every object of Magnum carries.
func (s *Sandbox) links(collection, id string) []object {
	path := "/" + collection + "/" + id
	return []object{{"href": s.MagnumURL + path, "rel": "self"},
		{"href": strings.TrimSuffix(s.MagnumURL, "/v1") + path, "rel": "bookmark"}}
}

// paged answers with a listing: at most limit objects, those behind marker.
func (r *call) paged(name, base string, all []object) {
	query := r.URL.Query()
	if marker := query.Get("marker"); marker != "" {
		at := slices.IndexFunc(all, func(o object) bool { return o["uuid"] == marker })
		all = all[at+1:]
	}
	body := object{}
	if limit, err := strconv.Atoi(query.Get("limit")); err == nil && limit > 0 && limit < len(all) {
		all = all[:limit]
		body["next"] = fmt.Sprintf("%s?limit=%d&marker=%s&sort_dir=asc&sort_key=id", base, limit, all[limit-1]["uuid"])
	}
	body[name] = all
	writeJSON(r.w, http.StatusOK, body)
}
