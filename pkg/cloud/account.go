package cloud

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
)

// fallbackDomain is the id of the domain that Keystone makes for itself; it is
// assumed where none is named.
const fallbackDomain = "default"

// account is the part of clouds.yaml that says who signs in, below auth. The
// JSON names are those of clouds.yaml.
type account struct {
	AuthURL                     string `json:"auth_url"`
	Token                       string `json:"token"`
	Username                    string `json:"username"`
	UserID                      string `json:"user_id"`
	Password                    string `json:"password"`
	UserDomainName              string `json:"user_domain_name"`
	UserDomainID                string `json:"user_domain_id"`
	ProjectName                 string `json:"project_name"`
	ProjectID                   string `json:"project_id"`
	ProjectDomainName           string `json:"project_domain_name"`
	ProjectDomainID             string `json:"project_domain_id"`
	DomainName                  string `json:"domain_name"` // of a scope that is a domain; else of user and project
	DomainID                    string `json:"domain_id"`
	DefaultDomain               string `json:"default_domain"`
	ApplicationCredentialID     string `json:"application_credential_id"`
	ApplicationCredentialName   string `json:"application_credential_name"`
	ApplicationCredentialSecret string `json:"application_credential_secret"`
	TrustID                     string `json:"trust_id"`
	SystemScope                 string `json:"system_scope"`
}

// Format keeps secrets out of every fmt verb.
func (account) Format(f fmt.State, _ rune) { fmt.Fprint(f, "account(redacted)") }

// scope is what a token for the account is to be good for: at most one thing,
// and nothing for an application credential, which brings its own.
func (a account) scope() *gophercloud.AuthScope {
	switch {
	case a.ApplicationCredentialID+a.ApplicationCredentialName+a.ApplicationCredentialSecret != "":
		return &gophercloud.AuthScope{}
	case a.TrustID != "":
		return &gophercloud.AuthScope{TrustID: a.TrustID}
	case a.ProjectID != "":
		return &gophercloud.AuthScope{ProjectID: a.ProjectID}
	case a.ProjectName != "":
		return &gophercloud.AuthScope{ProjectName: a.ProjectName, DomainID: a.ProjectDomainID, DomainName: a.ProjectDomainName}
	case a.DomainID != "":
		return &gophercloud.AuthScope{DomainID: a.DomainID}
	case a.DomainName != "":
		return &gophercloud.AuthScope{DomainName: a.DomainName}
	}
	return &gophercloud.AuthScope{System: a.SystemScope != ""}
}

// authInfo fills the part of clouds.yaml that says who signs in. domain_* stands
// for user and project where they name none of their own, then default_domain.
func authInfo(set settings) (account, error) {
	below := map[string]string{}
	for key, value := range set {
		if k, ok := strings.CutPrefix(key, authPrefix); ok && slices.Contains(authKeys, k) {
			below[k] = value
		}
	}
	data, err := json.Marshal(below)
	if err != nil {
		return account{}, fmt.Errorf("reading the account: %w", err)
	}
	var a account
	if err := json.Unmarshal(data, &a); err != nil {
		return account{}, fmt.Errorf("reading the account: %w", err)
	}
	id, name := a.DomainID, a.DomainName
	if id == "" && name == "" {
		id = first(a.DefaultDomain, fallbackDomain)
	}
	if a.UserDomainID == "" && a.UserDomainName == "" {
		a.UserDomainID, a.UserDomainName = id, name
	}
	if a.ProjectDomainID == "" && a.ProjectDomainName == "" {
		a.ProjectDomainID, a.ProjectDomainName = id, name
	}
	return oneOfEach(a), nil
}

// oneOfEach drops the name where the id is there too: Keystone refuses both.
func oneOfEach(a account) account {
	if a.UserID != "" {
		a.UserDomainID, a.UserDomainName = "", ""
	}
	if a.UserDomainID != "" {
		a.UserDomainName = ""
	}
	if a.ProjectID != "" || a.ProjectName == "" {
		a.ProjectDomainID, a.ProjectDomainName = "", ""
	}
	if a.ProjectDomainID != "" {
		a.ProjectDomainName = ""
	}
	a.DefaultDomain = ""
	return a
}
