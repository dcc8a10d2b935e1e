package coehelper

import (
	"regexp"
	"strconv"
	"strings"
)

// secretVariable matches variables whose value is nobody else's business.
var secretVariable = regexp.MustCompile(`(?i)(PASSW|SECRET|TOKEN|PASSCODE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)`)

// secrets are the ones this program knows of: those in the environment, and the
// tokens it has used.
func (a *identity) secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := append([]string{}, a.tokens...)
	for _, v := range a.environ {
		name, value, _ := strings.Cut(v, "=")
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
