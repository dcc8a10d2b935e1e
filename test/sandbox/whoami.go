package sandbox

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// person is who the API server takes a caller for.
type person struct {
	name   string
	groups []string
}

// mastersGroup may do everything in Kubernetes.
const mastersGroup = "system:masters"

type personKey struct{}

func caller(r *http.Request) person {
	p, _ := r.Context().Value(personKey{}).(person)
	return p
}

// authenticated finds out who is calling before it lets a request through.
// Without any credential that is system:anonymous; with a bad one it is nobody.
func (a *apiServer) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := a.identify(r)
		switch {
		case !ok:
			refuseKubernetes(w, http.StatusUnauthorized, "", "")
		case !p.mayVisit(r.URL.Path):
			refuseKubernetes(w, http.StatusForbidden, fmt.Sprintf("forbidden: User %q cannot %s path %q", p.name, verb(r), r.URL.Path), "")
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), personKey{}, p)))
		}
	})
}

func (a *apiServer) identify(r *http.Request) (person, bool) {
	if len(r.TLS.PeerCertificates) > 0 {
		if p, ok := a.byCertificate(r.TLS.PeerCertificates); ok {
			return p, true
		}
		return person{}, false
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if !a.tokens {
			return person{}, false
		}
		return a.byToken(r.Context(), token)
	}
	return person{name: "system:anonymous", groups: []string{"system:unauthenticated"}}, true
}

// byCertificate accepts what the cluster's present CA signed for a client: CN
// is the user, each O a group.
func (a *apiServer) byCertificate(chain []*x509.Certificate) (person, bool) {
	ca, err := a.ca()
	if err != nil {
		return person{}, false
	}
	_, err = chain[0].Verify(x509.VerifyOptions{Roots: ca.pool(), CurrentTime: a.cloud.now(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil || chain[0].Subject.CommonName == "" {
		return person{}, false
	}
	return signedIn(chain[0].Subject.CommonName, chain[0].Subject.Organization), true
}

// byToken asks Keystone whose token it is. Its roles become groups when it is
// for the cluster's own project.
func (a *apiServer) byToken(ctx context.Context, token string) (person, bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.cloud.KeystoneURL+"/auth/tokens?nocatalog", nil)
	if err != nil {
		return person{}, false
	}
	req.Header.Set("X-Auth-Token", token)
	req.Header.Set("X-Subject-Token", token)
	resp, err := a.cloud.client.Do(req)
	if err != nil {
		return person{}, false
	}
	defer func() { _ = resp.Body.Close() }()
	var body struct {
		Token struct {
			User    struct{ Name string }
			Project struct{ ID string }
			Roles   []struct{ Name string }
		}
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&body) != nil {
		return person{}, false
	}
	var groups []string
	if body.Token.Project.ID == a.cluster.project.id {
		for _, role := range body.Token.Roles {
			groups = append(groups, role.Name)
		}
	}
	return signedIn(body.Token.User.Name, groups), true
}

func signedIn(name string, groups []string) person {
	return person{name: name, groups: append(slices.Clone(groups), "system:authenticated")}
}

// full reports whether the person may read everything.
func (p person) full() bool {
	return slices.ContainsFunc([]string{mastersGroup, "member", "admin", "k8s_admin"}, p.in)
}

// views reports whether the person may read what Kubernetes' role view shows.
func (p person) views() bool { return p.full() || p.in("reader") || p.in("k8s_viewer") }

func (p person) in(group string) bool { return slices.Contains(p.groups, group) }

// mayVisit decides about paths that are not resources; those are decided where
// the resource is known.
func (p person) mayVisit(path string) bool {
	if slices.ContainsFunc(groupPaths(), func(group string) bool { return strings.HasPrefix(path, group+"/") }) {
		return true
	}
	return public(path) || p.in("system:authenticated") && discoverable(path) || p.full()
}

// verb names what a request wants the way Kubernetes does for paths.
func verb(r *http.Request) string { return strings.ToLower(r.Method) }

// whoAmI is what `kubectl auth whoami` asks.
func (a *apiServer) whoAmI(w http.ResponseWriter, r *http.Request) {
	p := caller(r)
	writeJSON(w, http.StatusCreated, object{
		"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
		"metadata": object{"creationTimestamp": nil},
		"status":   object{"userInfo": object{"username": p.name, "groups": p.groups}},
	})
}

// mayI is what `kubectl auth can-i` asks about resources.
func (a *apiServer) mayI(w http.ResponseWriter, r *http.Request) {
	var review struct {
		Spec struct {
			Attributes struct{ Verb, Group, Resource, Namespace string } `json:"resourceAttributes"`
		} `json:"spec"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&review) != nil {
		refuseKubernetes(w, http.StatusBadRequest, "the object provided is unrecognized", "")
		return
	}
	p, asked := caller(r), review.Spec.Attributes
	viewable := slices.ContainsFunc(resources(), func(res resource) bool { return res.plural == asked.Resource && res.viewable })
	reads := slices.Contains([]string{"get", "list", "watch"}, asked.Verb)
	writeJSON(w, http.StatusCreated, object{
		"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": object{"creationTimestamp": nil},
		"spec": object{"resourceAttributes": object{"verb": asked.Verb, "group": asked.Group, "resource": asked.Resource,
			"namespace": asked.Namespace}},
		"status": object{"allowed": p.full() || p.views() && reads && viewable},
	})
}
