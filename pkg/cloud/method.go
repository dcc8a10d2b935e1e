package cloud

import (
	"fmt"
	"strings"

	"github.com/gophercloud/utils/v2/openstack/clientconfig"
)

// chooseMethod returns how to sign in: what auth_type says, or what the
// settings suggest where it says nothing.
func chooseMethod(set settings) (string, error) {
	passcode := set["auth.passcode"] != ""
	switch kind := strings.ToLower(set["auth_type"]); kind {
	case "":
		return suggestedMethod(set), nil
	case "password", "v3password", "v2password":
		if set["auth.password"] == "" && set["auth.token"] != "" {
			return MethodToken, nil
		}
		if passcode {
			return MethodPasswordTOTP, nil
		}
		return MethodPassword, nil
	case "token", "v3token", "v2token":
		return MethodToken, nil
	case "v3applicationcredential":
		return MethodAppCredential, nil
	case "v3totp":
		if set["auth.password"] != "" {
			return MethodPasswordTOTP, nil
		}
		return MethodTOTP, nil
	case "v3multifactor":
		return multifactor(set["auth_methods"])
	default:
		return "", fmt.Errorf("signing in by auth type %q is not supported", set["auth_type"])
	}
}

func suggestedMethod(set settings) string {
	switch {
	case set["auth.application_credential_id"] != "" || set["auth.application_credential_secret"] != "":
		return MethodAppCredential
	case set["auth.token"] != "":
		return MethodToken
	case set["auth.passcode"] != "":
		return MethodPasswordTOTP
	}
	return MethodPassword
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
		return MethodPassword, nil
	case totp && !password:
		return MethodTOTP, nil
	}
	return MethodPasswordTOTP, nil
}

// identityOf is the part of an account that may be shown. What the method does
// not use is left out, so that it cannot tell one account from another.
func identityOf(name, region, method string, set settings, a clientconfig.AuthInfo, insecure bool) Identity {
	id := Identity{
		Cloud: name, AuthURL: a.AuthURL, Region: region, Method: method, Insecure: insecure,
		Interface: strings.ToLower(strings.TrimSuffix(first(set["interface"], "public"), "URL")),
		TrustID:   a.TrustID,
		Username:  a.Username, UserID: a.UserID,
		UserDomainName: a.UserDomainName, UserDomainID: a.UserDomainID,
		ProjectName: a.ProjectName, ProjectID: a.ProjectID,
		ProjectDomainName: a.ProjectDomainName, ProjectDomainID: a.ProjectDomainID,
	}
	if a.Username == "" {
		id.UserDomainName, id.UserDomainID = "", ""
	}
	if method == MethodAppCredential {
		id.AppCredName, id.AppCredID = a.ApplicationCredentialName, a.ApplicationCredentialID
		id.ProjectName, id.ProjectID, id.ProjectDomainName, id.ProjectDomainID = "", "", "", ""
		if id.AppCredID != "" {
			id.AppCredName, id.Username, id.UserID, id.UserDomainName, id.UserDomainID = "", "", "", "", ""
		}
	}
	return id
}
