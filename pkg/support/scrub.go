package support

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Removal is a place where something was taken out, and what.
type Removal struct {
	Where string `json:"where"` // such as cluster.labels.admin_password
	What  string `json:"what"`
}

// scrubber takes out of texts what must not be sent to anybody.
type scrubber struct {
	secrets  []string // known ones, removed wherever they stand
	removals []Removal
}

// minSecret keeps a very short password from turning every text into gaps.
const minSecret = 4

func newScrubber(secrets []string) *scrubber {
	s := &scrubber{}
	for _, secret := range secrets {
		query := url.QueryEscape(secret)
		for _, form := range []string{secret, query, url.PathEscape(secret), strings.ReplaceAll(query, "+", "%20")} {
			if len(form) >= minSecret && !slices.Contains(s.secrets, form) {
				s.secrets = append(s.secrets, form)
			}
		}
	}
	// A secret that holds another must go first.
	slices.SortFunc(s.secrets, func(a, b string) int { return len(b) - len(a) })
	return s
}

// secretName matches names of fields whose value is a secret whatever it looks
// like; publicName those that only sound so.
var (
	secretName = regexp.MustCompile(`(?i)(passw|passphrase|passcode|secret|token|credential|authorization|cookie|kubeconfig|private_?key|(api|access|ca|client|account|signing|encryption|tls|ssl)_?key$)`)
	publicName = regexp.MustCompile(`(?i)(public|_enabled$|_ttl$|_id$|_tag$|_name$|_url$)`)
)

// pattern is a form by which a secret is known in any text.
type pattern struct {
	what    string
	form    *regexp.Regexp
	replace string
}

// patterns are tried in this order; the wider ones come last.
func patterns() []pattern {
	return []pattern{
		{"a private key", regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`), gone("private key")},
		{"a signed token", regexp.MustCompile(`\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*`), gone("token")},
		{"a Keystone token", regexp.MustCompile(`\bgAAAAA[\w-]{40,}={0,2}`), gone("token")},
		{"an authorization header", regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}`), "$1 " + gone("credential")},
		{"a password in a URL", regexp.MustCompile(`(\b[a-z][a-z0-9+.-]*://)[^/\s@"']+@`), "$1" + gone("credential") + "@"},
		{"a discovery token", regexp.MustCompile(`(?i)(https?://discovery\.[^/\s]+)/[\w/-]+`), "$1/" + gone("token")},
		{"an e-mail address", regexp.MustCompile(`\b[\w.%+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}\b`), gone("e-mail address")},
	}
}

// assignment is a secret with its name in front: password=…, "token": "…",
// X-Auth-Token: ….
var assignment = regexp.MustCompile(`(?i)\b([\w.-]*(?:passw(?:or)?d|passphrase|passcode|secret|token|credential|(?:api|access|private)[_-]?key)[\w.-]*)(["']?\s*[:=]\s*["']?)([^\s"',;&}\])\[]+)`)

// release is what follows the colon in the name of an image.
var release = regexp.MustCompile(`^(v?\d|sha256$|latest$|stable$)`)

// unassign takes the values out of assignments. "secrets-store-driver:v1.4" is
// the name of an image and none.
func unassign(text string) string {
	return assignment.ReplaceAllStringFunc(text, func(found string) string {
		g := assignment.FindStringSubmatch(found)
		if g[2] == ":" && release.MatchString(g[3]) {
			return found
		}
		return g[1] + g[2] + gone("secret")
	})
}

func gone(what string) string { return "[" + what + " removed]" }

// scrub returns v, found at where, without secrets.
func (s *scrubber) scrub(where string, v any) any {
	switch v := v.(type) {
	case string:
		return s.text(where, v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = s.scrub(fmt.Sprintf("%s[%d]", where, i), v[i])
		}
		return list
	case Fields:
		object := make(Fields, len(v))
		for i, f := range v {
			object[i] = s.field(where, f)
		}
		return object
	}
	return v
}

func (s *scrubber) field(where string, f Field) Field {
	name := s.text(where, f.Name)
	where += "." + name
	if text, ok := f.Value.(string); ok && text != "" && secretName.MatchString(name) && !publicName.MatchString(name) {
		if text == "true" || text == "false" {
			return Field{name, text}
		}
		s.note(where, "the value of a field whose name says that it is secret")
		return Field{name, gone("secret")}
	}
	if name == "discovery_url" {
		return Field{name, s.discovery(where, f.Value)}
	}
	return Field{name, s.scrub(where, f.Value)}
}

// discovery keeps the server of an etcd discovery URL; its path is a token.
func (s *scrubber) discovery(where string, v any) any {
	text, ok := v.(string)
	if !ok || text == "" {
		return v
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		s.note(where, "a discovery token")
		return gone("discovery URL")
	}
	if strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.User == nil {
		return text
	}
	s.note(where, "a discovery token")
	return u.Scheme + "://" + u.Host + "/" + gone("token")
}

func (s *scrubber) text(where, text string) string {
	for _, secret := range s.secrets {
		if strings.Contains(text, secret) {
			s.note(where, "a secret of yours")
			text = strings.ReplaceAll(text, secret, gone("secret"))
		}
	}
	for _, p := range patterns() {
		if clean := p.form.ReplaceAllString(text, p.replace); clean != text {
			s.note(where, p.what)
			text = clean
		}
	}
	if clean := unassign(text); clean != text {
		s.note(where, "a named secret")
		text = clean
	}
	return text
}

func (s *scrubber) note(where, what string) {
	r := Removal{strings.TrimPrefix(where, "."), what}
	if !slices.Contains(s.removals, r) {
		s.removals = append(s.removals, r)
	}
}
