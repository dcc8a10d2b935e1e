package cloud

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// identityKind is the kind of the cache keys of identities.
const identityKind = "identity"

// Identity is who someone is to a cloud, as far as files and variables tell;
// it holds no secret. Empty fields are unknown.
type Identity struct {
	Name      string // in clouds.yaml; "" for the OS_ variables
	AuthURL   string // Keystone without its version, no slash at the end
	Region    string
	Interface string // public, internal or admin
	Method    string // one of the Method constants

	Username, UserID                   string
	UserDomainName, UserDomainID       string
	ProjectName, ProjectID             string
	ProjectDomainName, ProjectDomainID string
	AppCredName, AppCredID             string
	TrustID                            string

	Insecure bool   // certificates of the servers are not verified
	Folder   string // the file of the current folder that defines the cloud; "" for the user's own
}

// Key names the identity in the cache: the same for the same account, project
// and region, whatever the cloud is called and whichever secret proves it. A
// cloud of the current folder has a key of its own: that folder says where a token
// goes, so it gets none that another sign-in left.
func (id Identity) Key() string {
	how := "" // a token without the name of its user must not serve someone who is asked for a name
	if id.Method == methodToken && id.Username == "" && id.UserID == "" {
		how = methodToken
	}
	parts := []string{
		id.AuthURL, id.Region, id.Interface, how,
		id.Username, id.UserID, id.UserDomainName, id.UserDomainID,
		id.ProjectName, id.ProjectID, id.ProjectDomainName, id.ProjectDomainID,
		id.AppCredName, id.AppCredID, id.TrustID,
	}
	if id.Folder != "" {
		parts = append(parts, id.Folder)
	}
	return store.Key(identityKind, parts...)
}

// String describes the identity for a person: "alice in project demo at
// keystone.example.com".
func (id Identity) String() string {
	s := id.who()
	switch {
	case id.ProjectName != "" && id.ProjectID != "":
		s += fmt.Sprintf(" in project %q (%s)", id.ProjectName, id.ProjectID)
	case id.ProjectName+id.ProjectID != "":
		s += fmt.Sprintf(" in project %q", id.ProjectName+id.ProjectID)
	}
	return s + " at " + hostOf(id.AuthURL)
}

func (id Identity) who() string {
	switch {
	case id.AppCredName+id.AppCredID != "":
		return fmt.Sprintf("application credential %q", cmp.Or(id.AppCredName, id.AppCredID))
	case id.Username+id.UserID != "":
		return fmt.Sprintf("%q", cmp.Or(id.Username, id.UserID))
	case id.Method == methodToken:
		return "the owner of a token"
	}
	return "a user not named yet"
}

// User is the user that a token was issued to.
type User struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	DomainID   string `json:"domain_id"`
	DomainName string `json:"domain_name"`
}

// Project is the project that a token is scoped to.
type Project struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	DomainID   string `json:"domain_id"`
	DomainName string `json:"domain_name"`
}

// The ways to sign in, as Identity.Method names them.
const (
	methodPassword      = "password"
	methodToken         = "token"
	methodAppCredential = "application_credential"
	methodTOTP          = "totp"          // a passcode alone
	methodPasswordTOTP  = "password+totp" // a passcode as second method
)

// hostOf returns host and port of a URL for messages, never its user or path.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "an address that is not a URL"
	}
	return u.Host
}

// baseURL checks the address of a Keystone and returns it without version and
// final slash, scheme and host in lower case, so that spellings of one
// Keystone compare equal.
func baseURL(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("the auth URL of the identity service is not an http or https URL")
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	path := strings.TrimRight(u.Path, "/")
	path = strings.TrimSuffix(path, "/auth/tokens")
	for _, version := range []string{"/v3", "/v2.0"} {
		path = strings.TrimSuffix(path, version)
	}
	u.Path, u.RawPath = strings.TrimRight(path, "/"), ""
	return u.String(), nil
}

// hasVersion reports whether an auth URL names a version of the API.
func hasVersion(raw string) bool {
	u, err := url.Parse(strings.TrimSpace(raw))
	return err == nil && (strings.Contains(u.Path, "/v3") || strings.Contains(u.Path, "/v2.0"))
}
