package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// authRequest is the body of POST /v3/auth/tokens.
type authRequest struct {
	Auth *struct {
		Identity *struct {
			Methods               []string
			Password              struct{ User userRef }
			TOTP                  struct{ User userRef }
			Token                 struct{ ID string }
			ApplicationCredential struct {
				ID, Name, Secret string
				User             userRef
			} `json:"application_credential"`
		}
		Scope *struct{ Project *projectRef }
	}
}

type userRef struct {
	ID, Name, Password, Passcode string
	Domain                       domainRef
}

type projectRef struct {
	ID, Name string
	Domain   domainRef
}

type domainRef struct{ ID, Name string }

// missing says what a request lacks to be understood; "" is nothing.
func (req authRequest) missing() string {
	switch {
	case req.Auth == nil:
		return "Expecting to find auth in request body."
	case req.Auth.Identity == nil:
		return "'identity' is a required property"
	}
	user := req.Auth.Identity.Password.User
	switch scope := req.Auth.Scope; {
	case user.Name != "" && user.ID == "" && user.Domain == domainRef{}:
		return "Expecting to find domain in user."
	case scope != nil && scope.Project != nil && scope.Project.ID == "" && scope.Project.Domain == domainRef{}:
		return "Expecting to find domain in project."
	}
	return ""
}

// known reports whether a name means something: only the domain Default exists,
// and an id needs none.
func (d domainRef) known(id string) bool {
	return id != "" || d.ID == "default" || strings.EqualFold(d.Name, "Default")
}

func (c *cloud) signIn(w http.ResponseWriter, r *http.Request) {
	var req authRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&req); err != nil {
		refuseKeystone(w, http.StatusBadRequest, "The request body is not valid JSON.")
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if missing := req.missing(); missing != "" {
		refuseKeystone(w, http.StatusBadRequest, missing+" The server could not comply with the request since it is either "+
			"malformed or otherwise incorrect. The client is assumed to be in error.")
		return
	}
	var t *token
	switch methods := req.Auth.Identity.Methods; {
	case slices.Equal(methods, []string{"application_credential"}):
		if t = c.byCredential(w, req); t == nil {
			return // answered
		}
	case slices.Equal(methods, []string{"token"}):
		if t = c.byToken(w, req); t == nil {
			return // answered
		}
	case slices.Contains(methods, "password"):
		u := c.byPassword(req)
		if u != nil && u.factor == totp && !slices.Contains(methods, "totp") {
			c.askForPasscode(w, u)
			return
		}
		if u != nil {
			t = &token{user: u, methods: methods}
		}
	}
	if t == nil || !c.scope(t, req) {
		c.unauthenticated(w)
		return
	}
	t = c.issue(*t)
	w.Header().Set("X-Subject-Token", t.id)
	writeJSON(w, http.StatusCreated, object{"token": c.describe(t, true)})
}

// byPassword returns the user whose password, and passcode where one is due,
// stands in the request.
func (c *cloud) byPassword(req authRequest) *user {
	given := req.Auth.Identity.Password.User
	u := c.user(given.ID + given.Name)
	if u == nil || !given.Domain.known(given.ID) {
		return nil
	}
	passcodes := c.passcodes(u)
	switch u.factor {
	case appended:
		if !slices.ContainsFunc(passcodes, func(code string) bool { return given.Password == u.password+code }) {
			return nil
		}
	case totp:
		asked := slices.Contains(req.Auth.Identity.Methods, "totp")
		if given.Password != u.password || asked && !slices.Contains(passcodes, req.Auth.Identity.TOTP.User.Passcode) {
			return nil
		}
	default:
		if given.Password != u.password {
			return nil
		}
	}
	return u
}

// askForPasscode is what Keystone says when its rules want a second method.
func (c *cloud) askForPasscode(w http.ResponseWriter, u *user) {
	now := c.now()
	w.Header().Set("Openstack-Auth-Receipt", "gAAAAAB"+secretText(60))
	writeJSON(w, http.StatusUnauthorized, object{
		"receipt": object{
			"methods":    []string{"password"},
			"user":       object{"id": u.id, "name": u.name, "domain": defaultDomain()},
			"issued_at":  now.Format(keystoneTime),
			"expires_at": now.Add(c.opts.TokenLifetime).Format(keystoneTime),
		},
		"required_auth_methods": [][]string{{"password", "totp"}},
	})
}

// byToken answers itself when there is no such token.
func (c *cloud) byToken(w http.ResponseWriter, req authRequest) *token {
	old := c.valid(req.Auth.Identity.Token.ID)
	switch {
	case old == nil:
		refuseKeystone(w, http.StatusNotFound, "Could not recognize Fernet token")
		return nil
	case old.credential != nil && c.clusterAPI():
		refuseKeystone(w, http.StatusForbidden, "You are not authorized to perform the requested action: "+
			"Using a delegated token to create another token is not allowed..")
		return nil
	case old.credential != nil:
		c.unauthenticated(w)
		return nil
	}
	methods := old.methods
	if !slices.Contains(methods, "token") {
		methods = append(slices.Clone(methods), "token")
	}
	return &token{user: old.user, methods: methods, expires: old.expires}
}

// byCredential answers itself when there is no such credential: Keystone tells
// an unknown id from a wrong secret.
func (c *cloud) byCredential(w http.ResponseWriter, req authRequest) *token {
	given := req.Auth.Identity.ApplicationCredential
	ac := find(c.credentials, func(a *credential) bool {
		return a.id == given.ID || given.ID == "" && a.name == given.Name && given.User.Domain.known(given.User.ID) &&
			a.user == c.user(given.User.ID+given.User.Name)
	})
	switch {
	case ac == nil && given.ID != "":
		refuseKeystone(w, http.StatusNotFound, "Could not find Application Credential: "+given.ID+".")
		return nil
	case ac == nil || ac.secret != given.Secret:
		c.unauthenticated(w)
		return nil
	case req.Auth.Scope != nil:
		writeJSON(w, http.StatusUnauthorized, object{"error": object{"code": http.StatusUnauthorized, "title": "Unauthorized",
			"identity": object{}, "message": "Error authenticating with application credential: Application credentials cannot " +
				"request a scope."}})
		return nil
	}
	return &token{user: ac.user, project: ac.project, methods: []string{"application_credential"}, credential: ac}
}

// scope puts the token into the project asked for, with the user's roles there.
func (c *cloud) scope(t *token, req authRequest) bool {
	if want := req.Auth.Scope; want != nil {
		if want.Project == nil || !want.Project.Domain.known(want.Project.ID) {
			return false
		}
		t.project = c.project(want.Project.ID + want.Project.Name)
		if t.project == nil {
			return false
		}
	}
	if t.project != nil {
		t.roles = t.user.roles[t.project]
		return len(t.roles) > 0
	}
	return true
}
