package cloud

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gophercloud/utils/v2/openstack/clientconfig"
)

// fallbackDomain is the id of the domain that Keystone makes for itself; it is
// assumed where none is named.
const fallbackDomain = "default"

// authInfo fills in who signs in, as clouds.yaml has it below auth. domain_* stands
// for user and project where they name none of their own, then default_domain.
func authInfo(set settings) (clientconfig.AuthInfo, error) {
	below := map[string]string{}
	for key, value := range set {
		if k, ok := strings.CutPrefix(key, authPrefix); ok && slices.Contains(authKeys, k) {
			below[k] = value
		}
	}
	// The JSON names of AuthInfo are those of clouds.yaml.
	data, err := json.Marshal(below)
	if err != nil {
		return clientconfig.AuthInfo{}, fmt.Errorf("reading the account: %w", err)
	}
	var a clientconfig.AuthInfo
	if err := json.Unmarshal(data, &a); err != nil {
		return clientconfig.AuthInfo{}, fmt.Errorf("reading the account: %w", err)
	}
	id, name := a.DomainID, a.DomainName
	if id == "" && name == "" {
		id = cmp.Or(a.DefaultDomain, fallbackDomain)
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
func oneOfEach(a clientconfig.AuthInfo) clientconfig.AuthInfo {
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

// chooseMethod returns how to sign in: what auth_type says, or what the
// settings suggest where it is missing.
func chooseMethod(set settings) (string, error) {
	passcode := set["auth.passcode"] != ""
	switch kind := strings.ToLower(set["auth_type"]); kind {
	case "":
		return suggestedMethod(set), nil
	case "password", "v3password", "v2password":
		if set["auth.password"] == "" && set["auth.token"] != "" {
			return methodToken, nil
		}
		if passcode {
			return methodPasswordTOTP, nil
		}
		return methodPassword, nil
	case "token", "v3token", "v2token":
		return methodToken, nil
	case "v3applicationcredential":
		return methodAppCredential, nil
	case "v3totp":
		if set["auth.password"] != "" {
			return methodPasswordTOTP, nil
		}
		return methodTOTP, nil
	case "v3multifactor":
		return multifactor(set["auth_methods"])
	default:
		return "", fmt.Errorf("signing in by auth type %q is not supported", set["auth_type"])
	}
}

func suggestedMethod(set settings) string {
	switch {
	case set["auth.application_credential_id"] != "" || set["auth.application_credential_secret"] != "":
		return methodAppCredential
	case set["auth.token"] != "":
		return methodToken
	case set["auth.passcode"] != "":
		return methodPasswordTOTP
	}
	return methodPassword
}

// multifactor reads a list of auth methods such as "v3password,v3totp"; none
// means both.
func multifactor(list string) (string, error) {
	var password, totp bool
	for _, m := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(" ,[]'\"", r) }) {
		switch strings.ToLower(m) {
		case "password", "v3password":
			password = true
		case "totp", "v3totp":
			totp = true
		default:
			return "", fmt.Errorf("signing in by auth method %q is not supported", m)
		}
	}
	switch {
	case password && !totp:
		return methodPassword, nil
	case totp && !password:
		return methodTOTP, nil
	}
	return methodPasswordTOTP, nil
}

// identityOf is the part of an account that may be shown. What the method does
// not use is left out, so that it cannot tell one account from another.
func identityOf(name, region, method string, set settings, a clientconfig.AuthInfo, insecure bool) Identity {
	id := Identity{
		Name: name, AuthURL: a.AuthURL, Region: region, Method: method, Insecure: insecure,
		Interface: strings.ToLower(strings.TrimSuffix(cmp.Or(set["interface"], "public"), "URL")),
		TrustID:   a.TrustID,
		Username:  a.Username, UserID: a.UserID,
		UserDomainName: a.UserDomainName, UserDomainID: a.UserDomainID,
		ProjectName: a.ProjectName, ProjectID: a.ProjectID,
		ProjectDomainName: a.ProjectDomainName, ProjectDomainID: a.ProjectDomainID,
	}
	if a.Username == "" {
		id.UserDomainName, id.UserDomainID = "", ""
	}
	if method == methodAppCredential {
		id.AppCredName, id.AppCredID = a.ApplicationCredentialName, a.ApplicationCredentialID
		id.ProjectName, id.ProjectID, id.ProjectDomainName, id.ProjectDomainID = "", "", "", ""
		if id.AppCredID != "" {
			id.AppCredName, id.Username, id.UserID, id.UserDomainName, id.UserDomainID = "", "", "", "", ""
		}
	}
	return id
}
