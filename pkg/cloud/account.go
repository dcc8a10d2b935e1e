package cloud

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gophercloud/utils/v2/openstack/clientconfig"
)

// fallbackDomain is the id of the domain that Keystone makes for itself; it is
// assumed where none is named.
const fallbackDomain = "default"

// authInfo fills the part of clouds.yaml that says who signs in. domain_* stands
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
