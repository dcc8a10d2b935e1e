package openstack

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// people are the users with a password, and the project they work in.
var people = [...]struct{ name, project string }{
	{"alice", "demo"}, {"bob", "demo"}, {"carol", "demo"}, {"admin", "admin"},
}

// credentials are alice's application credentials.
var credentials = [...]string{"appcred", "appcred-unrestricted"}

// Project returns the project that a user works in by default.
func Project(user string) string {
	for _, p := range people {
		if p.name == user {
			return p.project
		}
	}
	return "demo"
}

// CloudsYAML returns a clouds.yaml with a cloud for every user and application
// credential. It holds their secrets.
func (s *Services) CloudsYAML() []byte {
	var b strings.Builder
	b.WriteString("clouds:\n")
	for _, p := range people {
		fmt.Fprintf(&b, "  %s:\n    auth:\n      auth_url: %s\n", p.name, s.KeystoneURL)
		fmt.Fprintf(&b, "      username: %s\n      password: %s\n", p.name, s.Secrets[p.name])
		fmt.Fprintf(&b, "      project_name: %s\n      user_domain_name: Default\n      project_domain_name: Default\n", p.project)
		b.WriteString("    region_name: RegionOne\n    interface: public\n    identity_api_version: 3\n")
	}
	for _, name := range credentials {
		fmt.Fprintf(&b, "  %s:\n    auth_type: v3applicationcredential\n    auth:\n      auth_url: %s\n", name, s.KeystoneURL)
		fmt.Fprintf(&b, "      application_credential_id: %s\n      application_credential_secret: %s\n", s.IDs[name], s.Secrets[name])
		b.WriteString("    region_name: RegionOne\n    interface: public\n    identity_api_version: 3\n")
	}
	return []byte(b.String())
}

// Env returns what an openrc of the user or application credential exports, as
// KEY=value. It holds the secret.
func (s *Services) Env(user string) []string {
	env := []string{
		"OS_AUTH_URL=" + s.KeystoneURL, "OS_IDENTITY_API_VERSION=3",
		"OS_REGION_NAME=RegionOne", "OS_INTERFACE=public",
	}
	if slices.Contains(credentials[:], user) {
		return append(env, "OS_AUTH_TYPE=v3applicationcredential",
			"OS_APPLICATION_CREDENTIAL_ID="+s.IDs[user], "OS_APPLICATION_CREDENTIAL_SECRET="+s.Secrets[user])
	}
	return append(env, "OS_USERNAME="+user, "OS_PASSWORD="+s.Secrets[user], "OS_PROJECT_NAME="+Project(user),
		"OS_USER_DOMAIN_NAME=Default", "OS_PROJECT_DOMAIN_NAME=Default")
}

// Client prepares the real openstack client in the name of a user, with the
// folder dir as its current one: what it writes there is found there.
func (s *Services) Client(ctx context.Context, user, dir string, args ...string) *exec.Cmd {
	return command(ctx, s.root, s.dir, dir, s.Env(user), append([]string{"openstack"}, args...)...)
}
