package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Env returns the OS_* variables that an openrc of the user would set. Besides
// the users there are "appcred" and "appcred-unrestricted" for the application
// credentials of alice; for an unknown name it returns nil.
func (s *Sandbox) Env(name string) map[string]string {
	env := map[string]string{
		"OS_AUTH_URL": s.KeystoneURL, "OS_IDENTITY_API_VERSION": "3", "OS_REGION_NAME": s.regions()[0], "OS_INTERFACE": "public",
	}
	auth := s.auth(name)
	if auth == nil {
		return nil
	}
	for key, value := range auth {
		env["OS_"+strings.ToUpper(key)] = value
	}
	if auth["application_credential_id"] != "" {
		env["OS_AUTH_TYPE"] = "v3applicationcredential"
	}
	return env
}

// CloudsYAML returns a clouds.yaml with the clouds of that name, or with all:
// one for each user and, as "appcred", "appcred-by-name" and
// "appcred-unrestricted", for the application credentials of alice. The
// password that dave's needs digits behind, and erin's code, are not in it.
func (s *Sandbox) CloudsYAML(names ...string) []byte {
	if len(names) == 0 {
		for _, u := range s.cloud.users {
			names = append(names, u.name)
		}
		names = append(names, "appcred", "appcred-by-name", "appcred-unrestricted")
	}
	var b strings.Builder
	b.WriteString("clouds:\n")
	for _, name := range names {
		auth := s.auth(name)
		if auth == nil {
			continue
		}
		fmt.Fprintf(&b, "  %s:\n", name)
		switch {
		case strings.HasPrefix(name, "appcred"):
			b.WriteString("    auth_type: v3applicationcredential\n")
		case s.cloud.user(name).factor == totp:
			b.WriteString("    auth_type: v3totp\n")
		}
		b.WriteString("    region_name: " + s.regions()[0] + "\n    interface: public\n    identity_api_version: 3\n    auth:\n")
		auth["auth_url"] = s.KeystoneURL
		for _, key := range slices.Sorted(maps.Keys(auth)) {
			fmt.Fprintf(&b, "      %s: %q\n", key, auth[key])
		}
	}
	return []byte(b.String())
}

// auth is the auth section of a cloud but for the address.
func (s *Sandbox) auth(name string) map[string]string {
	ac := s.cloud.credentials[0]
	switch name {
	case "appcred-unrestricted":
		ac = s.cloud.credentials[1]
		fallthrough
	case "appcred":
		return map[string]string{"application_credential_id": ac.id, "application_credential_secret": ac.secret}
	case "appcred-by-name":
		return map[string]string{"application_credential_name": ac.name, "application_credential_secret": ac.secret,
			"username": ac.user.name, "user_domain_name": "Default"}
	}
	u := s.cloud.user(name)
	if u == nil {
		return nil
	}
	project := s.cloud.projects[0].name
	if name == "admin" {
		project = "admin"
	}
	auth := map[string]string{"username": u.name, "password": u.password, "project_name": project,
		"user_domain_name": "Default", "project_domain_name": "Default"}
	if u.factor == appended {
		delete(auth, "password")
	}
	return auth
}
