package cloud

import (
	"net/url"
	"regexp"
	"strings"
)

// secretSetting matches the names of settings whose value is a secret.
var secretSetting = regexp.MustCompile(`(?i)(passw|passcode|secret|token|credential|private_?key|api_?key|access_?key)`)

// Secrets returns the secrets that files and variables give for the account, and
// those in the files that they name, for whoever has to keep them out of a text.
// What is not readable has none: it is not used either.
func (c *Cloud) Secrets() []string {
	var list []string
	for key, value := range c.conf {
		if secretSetting.MatchString(key) && !strings.HasSuffix(key, "_id") && !strings.HasSuffix(key, "_name") && !strings.HasSuffix(key, "_type") {
			list = append(list, value)
		}
		if u, err := url.Parse(value); err == nil && u.User != nil {
			if password, has := u.User.Password(); has {
				list = append(list, password)
			}
		}
	}
	for _, path := range []string{c.tls.key, c.tls.cert} {
		if path == "" {
			continue
		}
		if data, err := readBounded(path); err == nil && strings.Contains(string(data), "PRIVATE KEY") {
			list = append(list, string(data))
		}
	}
	return list
}
