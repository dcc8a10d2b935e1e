package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// deadEndpoint is RegionTwo's Magnum: the discard port, where nobody listens.
const deadEndpoint = "http://127.0.0.1:9/v1"

// newKeystone returns the identity service: version discovery and tokens.
func newKeystone(s *Sandbox) http.Handler {
	c := s.cloud
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", s.KeystoneURL+"/")
		writeJSON(w, http.StatusMultipleChoices, object{"versions": object{"values": []object{s.identityVersion()}}})
	})
	version := func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, object{"version": s.identityVersion()})
	}
	mux.HandleFunc("GET /v3", version)
	mux.HandleFunc("GET /v3/{$}", version)
	mux.HandleFunc("POST /v3/auth/tokens", c.signIn)
	mux.HandleFunc("GET /v3/auth/tokens", c.showToken) // and HEAD
	mux.HandleFunc("DELETE /v3/auth/tokens", c.revokeToken)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<!doctype html>\n<title>404 Not Found</title>", http.StatusNotFound) // not even Keystone has JSON here
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "X-Auth-Token")
		w.Header().Set("X-Openstack-Request-Id", "req-"+newUUID())
		mux.ServeHTTP(w, r)
	})
}

func (s *Sandbox) identityVersion() object {
	return object{
		"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
		"links":       []object{{"rel": "self", "href": s.KeystoneURL + "/"}},
		"media-types": []object{{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}},
	}
}

// catalog lists the services by region: the first works, the second shares its
// Keystone and has a Magnum that cannot be reached.
func (s *Sandbox) catalog() []object {
	return []object{
		service("identity", "keystone", s.regions(), s.KeystoneURL, s.KeystoneURL),
		service("container-infra", "magnum", s.regions(), s.MagnumURL, deadEndpoint),
	}
}

// service describes one that has a URL in each region.
func service(kind, name string, regions []string, urls ...string) object {
	endpoints := []object{}
	for i, region := range regions {
		for _, iface := range []string{"public", "internal", "admin"} {
			endpoints = append(endpoints, object{"id": stableID("endpoint", kind+region+iface), "interface": iface,
				"region_id": region, "region": region, "url": urls[i]})
		}
	}
	return object{"id": stableID("service", kind), "type": kind, "name": name, "endpoints": endpoints}
}

// refuseKeystone answers with Keystone's body for an error.
func refuseKeystone(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, object{"error": object{"code": status, "title": http.StatusText(status), "message": message}})
}

// unauthenticated is Keystone's one answer to every wrong name and secret.
func (c *cloud) unauthenticated(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Keystone uri="`+c.KeystoneURL+`"`)
	refuseKeystone(w, http.StatusUnauthorized, "The request you have made requires authentication.")
}

// showToken answers GET and HEAD: a token may look at itself, and an admin at
// all of them.
func (c *cloud) showToken(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.subject(w, r)
	if t == nil {
		return
	}
	w.Header().Set("X-Subject-Token", t.id)
	writeJSON(w, http.StatusOK, object{"token": c.describe(t, !r.URL.Query().Has("nocatalog"))})
}

func (c *cloud) revokeToken(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.subject(w, r); t != nil {
		delete(c.tokens, t.id)
		w.WriteHeader(http.StatusNoContent)
	}
}

// subject returns the token that a request is about, or answers why not.
func (c *cloud) subject(w http.ResponseWriter, r *http.Request) *token {
	asking := c.valid(r.Header.Get("X-Auth-Token"))
	if asking == nil {
		c.unauthenticated(w)
		return nil
	}
	t := c.valid(r.Header.Get("X-Subject-Token"))
	switch {
	case t == nil:
		refuseKeystone(w, http.StatusNotFound, "Failed to validate token")
		return nil
	case t != asking && t.user != asking.user && !slices.Contains(asking.roles, "admin"):
		refuseKeystone(w, http.StatusForbidden, "You are not authorized to perform the requested action: identity:"+
			strings.ToLower(r.Method)+"_token.")
		return nil
	}
	return t
}
