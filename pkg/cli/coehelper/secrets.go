package coehelper

import (
	"regexp"
	"strings"
)

// secretVariable matches variables whose value is nobody else's business.
var secretVariable = regexp.MustCompile(`(?i)(PASSW|SECRET|TOKEN|PASSCODE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)`)

// secrets are the ones this program knows of: those in the environment, and the
// tokens it has used.
func (a *account) secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := append([]string{}, a.tokens...)
	for _, v := range a.environ {
		name, value, _ := strings.Cut(v, "=")
		if secretVariable.MatchString(name) && !strings.HasSuffix(name, "_ID") && !isPath(value) {
			list = append(list, value)
		}
	}
	return list
}

// isPath keeps names of files, such as that of a socket, from counting as
// secrets.
func isPath(value string) bool {
	return strings.HasPrefix(value, "/") || strings.HasPrefix(value, "~/")
}
