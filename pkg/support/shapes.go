package support

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

func removed(what string) string { return "[" + what + " removed]" }

// shape is a form by which a secret is known in any text.
type shape struct {
	what    string
	form    *regexp.Regexp
	replace string
	unless  func(found string) bool // may be nil
}

// shapes are tried in this order; the wider ones come last.
var shapes = []shape{
	{"a private key", regexp.MustCompile(`(?s)-----? ?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-?----.*?(?:-----? ?END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-?----|$)`), removed("private key"), nil},
	{"a private key", regexp.MustCompile(`(?:[A-Za-z0-9+/=]{16,}(?:\s|\\r|\\n)*)*-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----`), removed("private key"), nil},
	{"a private key", regexp.MustCompile(`(?s)PuTTY-User-Key-File-\d.*`), removed("private key"), nil},
	{"a private key", regexp.MustCompile(`\bAGE-SECRET-KEY-1[0-9A-Za-z]{20,}`), removed("private key"), nil},
	{"a signed token", regexp.MustCompile(`\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)*`), removed("token"), nil},
	{"a Keystone token", regexp.MustCompile(`\bgAAAAA[\w-]{16,}={0,2}`), removed("token"), nil},
	{"a token of a known service", regexp.MustCompile(`\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[\w.-]{12,}` +
		`|hv[sbr]\.[\w-]{12,}|xox[a-z](?:\.xox[a-z])?-[\w-]{8,}|xapp-[\w-]{8,}|[srp]k_(?:live|test)_\w{8,}|whsec_\w{16,}|sk-(?:proj-|ant-|or-)[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}` +
		`|AIza[\w-]{30,}|ya29\.[\w.-]{10,}|GOCSPX-[\w-]{16,}|npm_\w{30,}|pypi-AgE[\w-]{16,}|do[oprt]_v1_\w{32,}|dckr_[po]at_[\w-]{16,}|sha256~[\w-]{30,}` +
		`|shp(?:at|ss|ca|pa)_\w{16,}|tskey-[\w-]{10,}|ATATT3[\w=-]{16,}|dop_\w{20,}|lin_api_\w{16,}|hf_\w{20,}|s\.[A-Za-z0-9]{24})(?:$|\b)`), removed("token"), nil},
	{"an access key", regexp.MustCompile(`\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`), removed("access key"), nil},
	{"an access key", regexp.MustCompile(`[A-Za-z0-9/+]{40,}`), removed("access key"), func(found string) bool {
		return len(found) != 40 || kindChanges(found) < 14 || strings.Trim(found, "0123456789abcdefABCDEF") == ""
	}},
	{"a bootstrap token", regexp.MustCompile(`\b[a-z0-9]{6}\.[a-z0-9]{16}\b`), removed("token"), func(found string) bool {
		first, second, _ := strings.Cut(found, ".")
		return !strings.ContainsAny(first, "0123456789") || !strings.ContainsAny(second, "0123456789") || digits.MatchString(first)
	}},
	{"the address of a webhook", regexp.MustCompile(`(?i)(https?:(?:\\?/){2}(?:hooks\.slack\.com|[\w.-]*discord(?:app)?\.com\\?/api\\?/webhooks|[\w.-]*\.webhook\.office\.com))\\?/[^\s"'<>]+`), "$1/" + removed("token"), nil},
	{"an authorization header", regexp.MustCompile(`(?i)\b(bearer|basic|negotiate)\s+([\w.~+/=-]{6,})`), "$1 " + removed("credential"), isProse},
	{"a discovery token", regexp.MustCompile(`(?i)(https?://discovery\.[^/\s]+)/[\w/-]+`), "$1/" + removed("token"), nil},
}

// email is looked for last: a password in a URL looks like one.
var email = shape{"an e-mail address", regexp.MustCompile(`\b[\w.%+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}\b`), removed("e-mail address"), func(found string) bool {
	return strings.HasPrefix(found, "git@") // the user of every git server
}}

// isProse reports whether "basic authentication" and its like are words.
func isProse(found string) bool {
	_, word, _ := strings.Cut(found, " ")
	word = strings.TrimSpace(strings.Trim(strings.TrimSpace(word), ".-"))
	if word == "" {
		return true
	}
	rest := word[1:] // the first letter may be a capital
	return strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz-") == "" && rest == strings.ToLower(rest)
}

// apply returns text without what has the shape.
func (p shape) apply(text string) string {
	if p.unless == nil {
		return p.form.ReplaceAllString(text, p.replace)
	}
	return p.form.ReplaceAllStringFunc(text, func(found string) string {
		if p.unless(found) {
			return found
		}
		return p.form.ReplaceAllString(found, p.replace)
	})
}

// publicBlock is a PEM block; support needs certificates and public keys.
var publicBlock = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]+)-----.*?-----END ([A-Z0-9 ]+)-----`)

// isPublic reports whether a PEM block holds nothing that is secret.
func isPublic(text string) bool {
	block, rest := pem.Decode([]byte(strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(text) + "\n"))
	return block != nil && len(rest) == 0 && len(block.Headers) == 0 && !strings.Contains(block.Type, "PRIVATE") && !isPrivateKey(block.Bytes)
}

// encoded is what may be base64: a line, or several of one length with what is left
// on the last. On that there may be something else.
var (
	encodedLine = regexp.MustCompile(`[A-Za-z0-9+/_-]{12,}={0,2}`)
	encodedWrap = regexp.MustCompile(`(?:[A-Za-z0-9+/_-]{40,}(?:(?:\\r)?\\n|\r?\n))+(?:[A-Za-z0-9+/_-]+={0,2})?`)
)

// decode returns the text or the key that is in found, "" when there is neither.
func decode(found string) string {
	plain := strings.NewReplacer(`\r`, "", `\n`, "", "\r", "", "\n", "", "-", "+", "_", "/", "=", "").Replace(found)
	data, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		return ""
	}
	if isPrivateKey(data) {
		return "-----BEGIN PRIVATE KEY-----"
	}
	isText := utf8.Valid(data) && strings.IndexFunc(string(data), func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	}) < 0
	if !isText {
		return ""
	}
	return string(data)
}

// isPrivateKey reports whether data is a private key without armour.
func isPrivateKey(data []byte) bool {
	if len(data) < 32 || data[0] != 0x30 {
		return false
	}
	_, pkcs8 := x509.ParsePKCS8PrivateKey(data)
	_, pkcs1 := x509.ParsePKCS1PrivateKey(data)
	_, sec1 := x509.ParseECPrivateKey(data)
	return pkcs8 == nil || pkcs1 == nil || sec1 == nil
}
