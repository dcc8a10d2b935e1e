package cloud_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// keystone is an identity service on the wire, with one user in each of two
// projects and a service behind it that wants a token of its own.
type keystone struct {
	*httptest.Server
	tls bool

	mu       sync.Mutex
	life     time.Duration
	mfa      string // a passcode that is needed besides the password
	appended string // what the password must end with
	issued   map[string]grant
	asked    []string // method and path of each request
	bodies   []string // what was posted
	intrude  http.HandlerFunc
}

type grant struct {
	user, project string
	appCred       string
	expires       time.Time
}

const (
	alicePassword = "alice-pw-hush"
	credSecret    = "cred-secret-hush"
	passcode      = "135790"
)

func newKeystone(t testing.TB, change ...func(*keystone)) *keystone {
	t.Helper()
	k := &keystone{life: time.Hour, issued: map[string]grant{}}
	for _, f := range change {
		f(k)
	}
	k.Server = httptest.NewUnstartedServer(k)
	k.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are part of the tests
	if k.tls {
		k.StartTLS()
	} else {
		k.Start()
	}
	t.Cleanup(k.Close)
	return k
}

func (k *keystone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = append(k.asked, r.Method+" "+r.URL.Path)
	if k.intrude != nil {
		k.intrude(w, r)
		return
	}
	switch {
	case r.URL.Path == "/":
		answer(w, http.StatusMultipleChoices, `{"versions":{"values":[{"id":"v3.14","status":"stable"}]}}`)
	case r.URL.Path == "/v3/auth/tokens" && r.Method == http.MethodPost:
		k.signIn(w, r)
	case r.URL.Path == "/v3/auth/tokens" && r.Method == http.MethodGet:
		k.validate(w, r)
	case strings.HasPrefix(r.URL.Path, "/magnum/"):
		if _, ok := k.issued[r.Header.Get("X-Auth-Token")]; !ok {
			answer(w, http.StatusUnauthorized, `{"error":{"code":401,"message":"The request you have made requires authentication."}}`)
			return
		}
		answer(w, http.StatusOK, `{"pong":true}`)
	default:
		answer(w, http.StatusNotFound, `{"error":{"code":404,"message":"Not Found"}}`)
	}
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

type authRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string
			Password struct{ User user }
			TOTP     struct{ User user }
			Token    struct{ ID string }
			AppCred  struct {
				ID, Name, Secret string
				User             user
			} `json:"application_credential"`
		}
		Scope struct{ Project struct{ ID, Name string } }
	}
}

type user struct{ ID, Name, Password, Passcode string }

func (k *keystone) signIn(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	var req authRequest
	if json.NewDecoder(r.Body).Decode(&raw) != nil || json.Unmarshal(raw, &req) != nil {
		answer(w, http.StatusBadRequest, `{"error":{"code":400,"message":"bad body"}}`)
		return
	}
	k.bodies = append(k.bodies, string(raw))
	id := req.Auth.Identity
	g := grant{project: first(req.Auth.Scope.Project.ID, req.Auth.Scope.Project.Name), expires: time.Now().Add(k.life)}
	ok := len(id.Methods) > 0
	for _, m := range id.Methods {
		switch m {
		case "password":
			g.user = first(id.Password.User.Name, id.Password.User.ID)
			ok = ok && id.Password.User.Password == g.user+"-pw-hush"+k.appended
		case "totp":
			g.user = first(id.TOTP.User.Name, id.TOTP.User.ID)
			ok = ok && id.TOTP.User.Passcode == passcode
		case "token":
			old, known := k.issued[id.Token.ID]
			g.user, g.expires, ok = old.user, old.expires, ok && known
		case "application_credential":
			if id.AppCred.ID == "gone" {
				answer(w, http.StatusNotFound, `{"error":{"code":404,"message":"Could not find Application Credential: gone."}}`)
				return
			}
			g.user, g.project, g.appCred = "alice", "demo", "cred-id"
			ok = ok && id.AppCred.Secret == credSecret && (id.AppCred.ID == "cred-id" || (id.AppCred.Name == "ci" && id.AppCred.User.Name == "alice"))
		}
	}
	if !ok {
		answer(w, http.StatusUnauthorized, `{"error":{"code":401,"message":"The request you have made requires authentication."}}`)
		return
	}
	if k.mfa != "" && !slices.Contains(id.Methods, "totp") {
		w.Header().Set("Openstack-Auth-Receipt", "receipt")
		answer(w, http.StatusUnauthorized, `{"receipt":{"methods":["password"]},"required_auth_methods":[["password","totp"]]}`)
		return
	}
	token := k.issue(g)
	w.Header().Set("X-Subject-Token", token)
	answer(w, http.StatusCreated, k.describe(g))
}

// issue makes a token. The caller holds mu, or nothing runs yet.
func (k *keystone) issue(g grant) string {
	token := fmt.Sprintf("gAAAAA-hush-%s-%d", g.user, len(k.issued)+1)
	if g.expires.IsZero() {
		g.expires = time.Now().Add(k.life)
	}
	k.issued[token] = g
	return token
}

// revoke makes every token invalid that exists so far.
func (k *keystone) revoke() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for token := range k.issued {
		k.issued["revoked "+token] = k.issued[token]
		delete(k.issued, token)
	}
}

func (k *keystone) validate(w http.ResponseWriter, r *http.Request) {
	g, ok := k.issued[r.Header.Get("X-Auth-Token")]
	if _, subject := k.issued[r.Header.Get("X-Subject-Token")]; !ok || !subject {
		answer(w, http.StatusUnauthorized, `{"error":{"code":401,"message":"The request you have made requires authentication."}}`)
		return
	}
	w.Header().Set("X-Subject-Token", r.Header.Get("X-Subject-Token"))
	answer(w, http.StatusOK, k.describe(g))
}

// describe is a token's body as Keystone 22 gives it.
func (k *keystone) describe(g grant) string {
	type object = map[string]any
	domain := object{"id": "default", "name": "Default"}
	at := func(region, url string) []object {
		var all []object
		for _, i := range []string{"public", "internal", "admin"} {
			all = append(all, object{"interface": i, "region_id": region, "region": region, "url": url})
		}
		return all
	}
	token := object{
		"methods": []string{"password"}, "user": object{"id": g.user + "-id", "name": g.user, "domain": domain},
		"issued_at":  g.expires.Add(-k.life).UTC().Format("2006-01-02T15:04:05.000000Z"),
		"expires_at": g.expires.UTC().Format("2006-01-02T15:04:05.000000Z"),
		"catalog": []object{
			{"type": "identity", "name": "keystone", "endpoints": append(at("RegionOne", k.URL+"/v3"), at("RegionTwo", k.URL+"/v3")...)},
			{"type": "container-infra", "name": "magnum", "endpoints": append(at("RegionTwo", "http://127.0.0.1:9/v1"), at("RegionOne", k.URL+"/magnum/v1")...)},
		},
	}
	if g.project != "" {
		token["project"] = object{"id": strings.TrimSuffix(g.project, "-id") + "-id", "name": strings.TrimSuffix(g.project, "-id"), "domain": domain}
		token["roles"] = []object{{"id": "r1", "name": "member"}, {"id": "r2", "name": "reader"}}
	}
	if g.appCred != "" {
		token["application_credential"] = object{"id": g.appCred, "name": "ci", "restricted": true}
	}
	text, _ := json.Marshal(object{"token": token})
	return string(text)
}

// count returns how many requests began with prefix, such as "POST /v3".
func (k *keystone) count(prefix string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, a := range k.asked {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}

// openrc is the environment that alice's openrc makes.
func (k *keystone) openrc(more ...string) map[string]string {
	env := map[string]string{
		"OS_AUTH_URL": k.URL + "/v3", "OS_USERNAME": "alice", "OS_PASSWORD": alicePassword, "OS_PROJECT_NAME": "demo",
		"OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default", "OS_REGION_NAME": "RegionOne",
	}
	for i := 0; i+1 < len(more); i += 2 {
		env[more[i]] = more[i+1]
		if more[i+1] == "" {
			delete(env, more[i])
		}
	}
	return env
}

func (k *keystone) options(t testing.TB, env map[string]string) cloud.Options {
	t.Helper()
	return cloud.Options{
		Getenv: lookup(env), Dir: t.TempDir(), Store: store.Open(t.TempDir()), UserAgent: "kubectl-catalyst/test",
	}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
