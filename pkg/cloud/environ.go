package cloud

import "strings"

// fromEnviron returns the settings that the OS_ variables make, of which an
// openrc is one form. Every option below auth has a variable of its name.
func fromEnviron(getenv func(string) string) settings {
	s := settings{}
	take := func(variable, key string, belowAuth bool) {
		if v := getenv(variable); v != "" {
			s.put(key, v, belowAuth)
		}
	}
	for _, key := range authKeys {
		take("OS_"+strings.ToUpper(key), key, true)
	}
	take("OS_TENANT_NAME", "tenant_name", true)
	take("OS_TENANT_ID", "tenant_id", true)
	take("OS_AUTH_TOKEN", "auth_token", true)
	for _, key := range []string{"auth_type", "auth_methods", "interface", "endpoint_type", "cacert", "cert", "key", "insecure"} {
		take("OS_"+strings.ToUpper(key), key, false)
	}
	return s
}

// wholeAccount reports whether settings say both where to sign in and as whom:
// an openrc, rather than a variable that completes or overrides a clouds.yaml.
func (s settings) wholeAccount() bool {
	if s["auth.auth_url"] == "" {
		return false
	}
	for _, key := range []string{"username", "user_id", "token", "application_credential_id", "application_credential_name"} {
		if s[authPrefix+key] != "" {
			return true
		}
	}
	return false
}
