package support

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// sense is the meaning that the name of a field or of a variable gives its value.
type sense int

const (
	open      sense = iota // nothing: the value is looked at like any text
	password               // a secret that may be a plain word
	token                  // a secret that nobody can remember
	reference              // the name or the place of a secret; the value may be one by mistake
	login                  // "auth": how somebody signs in, or with what
)

// secretWords are in names of secrets, wherever.
var secretWords = regexp.MustCompile(`passw|passphrase|passcode|secret|token|credential|authorization|cookie|kubeconfig|privatekey|apikey|accesskey|(?:ca|client|account|signing|encryption|tls|ssl|master|session|shared|storage)key$`)

// passwordWords are those of secrets that people choose.
var passwordWords = regexp.MustCompile(`passw|passphrase|passcode|secret`)

// settings are last words of names that sound secret and only set something up.
var settingWords = []string{
	"enabled", "disabled", "required", "ttl", "tag", "version", "count", "length", "size", "days", "hours", "seconds", "minutes",
	"at", "expiry", "expires", "expiration", "algorithm", "alg", "type", "kind", "class", "method", "policy", "provider",
	"driver", "issuer", "audience", "status", "format", "rotation", "mode",
}

// referenceWords are last words of names for what leads to a secret.
var referenceWords = []string{"id", "name", "ref", "url", "uri", "endpoint", "file", "path", "dir", "key_id"}

// notPasswords end in "pass" and are none.
var notPasswords = []string{"bypass", "compass", "encompass", "surpass", "trespass", "overpass", "underpass"}

// senseOf reads a name such as "grafana_admin_passwd", "dbPassword" or "X-Auth-Token".
func senseOf(name string) sense {
	words := wordsOf(name)
	if len(words) == 0 || slices.Contains(words, "public") {
		return open
	}
	last, whole := words[len(words)-1], strings.Join(words, "")
	chosen := passwordWords.MatchString(whole) || slices.ContainsFunc(words, isPassword)
	if !chosen && !secretWords.MatchString(whole) && !slices.ContainsFunc(words, func(w string) bool { return w == "otp" || w == "jwt" }) {
		if last == "auth" {
			return login
		}
		if slices.Contains(referenceWords, last) && secretWords.MatchString(strings.Join(words[:len(words)-1], "")) {
			return reference // api_key_name: the key is not at the end
		}
		return open
	}
	switch {
	case slices.Contains(settingWords, last):
		return open
	case slices.Contains(referenceWords, last):
		return reference
	case chosen:
		return password
	}
	return token
}

func isPassword(word string) bool {
	return word == "pw" || strings.HasSuffix(word, "pwd") ||
		strings.HasSuffix(word, "pass") && !slices.Contains(notPasswords, word)
}

// wordsOf splits a name at signs and where a capital begins, in small letters.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words, word = append(words, strings.ToLower(string(word))), nil
		}
	}
	small := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
		case unicode.IsUpper(r) && small:
			end()
			fallthrough
		default:
			word = append(word, r)
		}
		small = unicode.IsLower(r)
	}
	end()
	return words
}

var (
	uuid      = regexp.MustCompile(`^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$`)
	digits    = regexp.MustCompile(`^[0-9]+$`)
	plainName = regexp.MustCompile(`^[A-Za-z0-9_./~][\w .:/@~\\-]*$`)
)

// isReference reports whether the value of a field that names a secret does so,
// rather than being the secret. The id of a key or a token is a UUID or a number:
// of anything else nobody can tell.
func isReference(name, value string) bool {
	words := wordsOf(name)
	last := words[len(words)-1]
	if uuid.MatchString(value) || digits.MatchString(value) {
		return !strings.HasSuffix(strings.Join(words, ""), "tokenid")
	}
	switch last {
	case "id":
		before := words[max(0, len(words)-2)]
		return before == "credential" && isName(value)
	case "url", "uri", "endpoint":
		return strings.Contains(value, "://") && !strings.ContainsAny(value, "?#@") &&
			!slices.ContainsFunc(nameParts(value), isRandom)
	case "file", "path", "dir":
		return len(value) < 4096 && !strings.Contains(value, "\n")
	}
	return isName(value)
}

func isName(value string) bool {
	return plainName.MatchString(value) && !slices.ContainsFunc(nameParts(value), isRandom)
}

func nameParts(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" ._:/@-", r) })
}

// isRandom reports whether a word looks as if a machine made it at random: its
// letters and digits change their kind too often for a name.
func isRandom(word string) bool {
	return len(word) >= 8 && !uuid.MatchString(word) && kindChanges(word) >= 3+len(word)/16
}

// kindOf is capital, small, digit or sign.
func kindOf(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return 0
	case c >= 'a' && c <= 'z':
		return 1
	case c >= '0' && c <= '9':
		return 2
	}
	return 3
}

func kindChanges(word string) int {
	n := 0
	for i := 1; i < len(word); i++ {
		if kindOf(word[i]) != kindOf(word[i-1]) {
			n++
		}
	}
	return n
}

// loginWords are the values of "auth" that name how somebody signs in.
var loginWords = []string{
	"keystone", "certificate", "cert", "password", "basic", "bearer", "token", "none", "oidc", "oauth", "oauth2", "x509", "tls", "mtls",
	"webhook", "kerberos", "ldap", "saml", "openid", "rbac", "node", "always", "enabled", "disabled", "required", "optional", "yes", "no", "on", "off",
}

// isLogin reports whether a value of "auth" names how somebody signs in. Alone the
// word has many meanings; docker means user:password in base64.
func isLogin(name, value string) bool {
	if slices.Contains(loginWords, strings.ToLower(value)) {
		return true
	}
	if len(wordsOf(name)) > 1 || strings.HasPrefix(name, "_") {
		return false
	}
	plain, err := base64.StdEncoding.DecodeString(value)
	return !isRandom(value) && (err != nil || !strings.Contains(string(plain), ":"))
}
