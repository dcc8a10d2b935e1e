package cloud

import (
	"maps"
	"slices"
	"strings"
)

// settings are the scalars of one cloud in clouds.yaml, flat: "region_name",
// "auth.username". Numbers and words are kept as they were written, so that a
// password of digits stays what it is.
type settings map[string]string

// entry is one cloud, or one profile, of a file.
type entry struct {
	set     settings
	regions []region
	folder  string // the file of the current folder that defines it, "" for the user's own
}

// region is one item of a cloud's list of regions; set overrides the cloud's.
type region struct {
	name string
	set  settings
}

const authPrefix = "auth."

// authKeys are the settings that belong below auth, wherever they are written:
// the options of keystoneauth's plugins password, token,
// v3applicationcredential, v3totp and v3multifactor.
var authKeys = []string{
	"auth_url", "username", "user_id", "password", "passcode", "token",
	"user_domain_name", "user_domain_id", "project_name", "project_id",
	"project_domain_name", "project_domain_id", "domain_name", "domain_id",
	"default_domain", "trust_id", "system_scope",
	"application_credential_id", "application_credential_name", "application_credential_secret",
}

// otherNames are spellings from older releases of OpenStack.
var otherNames = map[string]string{
	"tenant_name": "project_name", "tenant_id": "project_id",
	"auth_token": "token", "endpoint_type": "interface",
}

// alternatives are settings that mean the same in two ways. A layer that
// sets one of them replaces what a lower layer said with the other.
var alternatives = [][]string{
	{"insecure", "verify"},
	{"auth.username", "auth.user_id"},
	{"auth.user_domain_name", "auth.user_domain_id"},
	{"auth.project_name", "auth.project_id"},
	{"auth.project_domain_name", "auth.project_domain_id"},
	{"auth.application_credential_name", "auth.application_credential_id"},
}

// set stores a setting under the name it is known by. Where both an old and
// the present spelling are given, the present one counts.
func (s settings) set(key, value string, belowAuth bool) {
	name := strings.ReplaceAll(key, "-", "_")
	if n, ok := otherNames[name]; ok {
		name = n
	}
	old := name != key
	if belowAuth || slices.Contains(authKeys, name) {
		name = authPrefix + name
	}
	if _, there := s[name]; !old || !there {
		s[name] = value
	}
}

// mergeSettings returns base with top laid over it. Neither is changed.
func mergeSettings(base, top settings) settings {
	out := maps.Clone(base)
	if out == nil {
		out = settings{}
	}
	for _, group := range alternatives {
		for _, key := range group {
			if _, ok := top[key]; !ok {
				continue
			}
			for _, k := range group {
				delete(out, k)
			}
			break
		}
	}
	maps.Copy(out, top)
	return out
}

// scopeKeys are settings of which openstackclient prefers what stands below
// auth to what is given beside it or by a variable.
var scopeKeys = []string{
	"auth.token", "auth.domain_name", "auth.domain_id",
	"auth.user_domain_name", "auth.user_domain_id", "auth.project_domain_name", "auth.project_domain_id",
	"auth.project_name", "auth.project_id",
}

// completed returns s with more laid over it, except that of the scopeKeys only
// those are taken that s lacks, and an id counts more than a name.
func (s settings) completed(more settings) settings {
	out, rest := mergeSettings(s, nil), maps.Clone(more)
	for _, key := range scopeKeys {
		value := rest[key]
		delete(rest, key)
		kind, isName := strings.CutSuffix(key, "_name")
		if value == "" || s[key] != "" || (isName && s[kind+"_id"] != "") {
			continue
		}
		if kind, isID := strings.CutSuffix(key, "_id"); isID && s[kind+"_name"] != "" {
			delete(out, kind+"_name")
		}
		out[key] = value
	}
	return mergeSettings(out, rest)
}

// mergeEntries lays one file's view of a cloud over another's. A list of regions
// replaces the one below it.
func mergeEntries(base, top entry) entry {
	out := entry{set: mergeSettings(base.set, top.set), regions: base.regions}
	if len(top.regions) > 0 {
		out.regions = top.regions
	}
	return out
}

// fromEnviron returns the settings that the OS_ variables make, of which an
// openrc is one form. Every option below auth has a variable of its name.
func fromEnviron(getenv func(string) string) settings {
	s := settings{}
	read := func(variable, key string, belowAuth bool) {
		if v := getenv(variable); v != "" {
			s.set(key, v, belowAuth)
		}
	}
	for _, key := range authKeys {
		read("OS_"+strings.ToUpper(key), key, true)
	}
	read("OS_TENANT_NAME", "tenant_name", true)
	read("OS_TENANT_ID", "tenant_id", true)
	read("OS_AUTH_TOKEN", "auth_token", true)
	for _, key := range []string{"auth_type", "auth_methods", "interface", "endpoint_type", "cacert", "cert", "key", "insecure"} {
		read("OS_"+strings.ToUpper(key), key, false)
	}
	return s
}

// wholeAccount reports whether settings name both where to sign in and as whom:
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
