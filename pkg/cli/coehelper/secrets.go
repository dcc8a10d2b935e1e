package coehelper

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// secretVariable matches variables whose value is nobody else's business.
var secretVariable = regexp.MustCompile(`(?i)(PASSW|SECRET|TOKEN|PASSCODE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)`)

// secrets are the ones this program knows of: those of the account, wherever it is
// configured, those in the environment, and the tokens it has used.
func (a *identity) secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := append([]string{}, a.tokens...)
	if c, err := a.resolve(); err == nil {
		list = append(list, c.Secrets()...)
	}
	for _, v := range a.environ {
		name, value, _ := strings.Cut(v, "=")
		if strings.HasSuffix(strings.ToLower(name), "_proxy") {
			list = append(list, proxyPassword(value)...)
		}
		if secretVariable.MatchString(name) && !strings.HasSuffix(name, "_ID") && isSecret(name, value) {
			list = append(list, value)
		}
	}
	return list
}

// isSecret tells values apart that only sit in a variable with such a name: a
// switch, a number, the path of a socket. OpenStack's own are always taken.
func isSecret(name, value string) bool {
	if strings.HasPrefix(name, "OS_") {
		return true
	}
	_, err := strconv.ParseFloat(value, 64)
	return len(value) >= 8 && err != nil && !strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "~/")
}

// proxyPassword returns the password of a proxy, as it is written and as it is
// meant; nil when there is none.
func proxyPassword(proxy string) []string {
	_, rest, found := strings.Cut(proxy, "://")
	if !found {
		rest = proxy
	}
	at := strings.LastIndex(rest, "@")
	_, password, has := strings.Cut(rest[:max(at, 0)], ":")
	if !has {
		return nil
	}
	if plain, err := url.PathUnescape(password); err == nil && plain != password {
		return []string{password, plain}
	}
	return []string{password}
}
