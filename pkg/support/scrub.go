package support

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/redact"
)

// removal is a place where something was taken out, and what.
type removal struct {
	Where string `json:"where"` // such as cluster.labels.admin_password
	What  string `json:"what"`
}

// scrubber removes from texts what must not be sent to anybody.
type scrubber struct {
	known    []string // forms of the secrets that are known, removed wherever they stand
	removals []removal
}

func newScrubber(secrets []string) *scrubber {
	return &scrubber{known: knownForms(secrets)}
}

// scrub returns v, found at where, without secrets.
func (s *scrubber) scrub(where string, v any) any {
	switch v := v.(type) {
	case string:
		return s.text(where, v)
	case json.Number:
		if text := s.withoutKnown(where, v.String()); text != v.String() {
			return text
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = s.scrub(fmt.Sprintf("%s[%d]", where, i), v[i])
		}
		return list
	case fields:
		object := make(fields, len(v))
		for i, f := range v {
			object[i] = s.field(where, f)
		}
		return object
	}
	return v
}

// field returns a field without secrets. Where the name shows that the value is
// one, all of it goes, whatever it is.
func (s *scrubber) field(where string, f field) field {
	name := s.text(where, f.Name)
	where += "." + name
	if f.Name == "discovery_url" {
		return field{name, s.discovery(where, f.Value)}
	}
	if isEmpty(f.Value) || !isSecretField(f.Name, f.Value) {
		return field{name, s.scrub(where, f.Value)}
	}
	s.noteRemoval(where, "the value of a field whose name says that it is secret")
	return field{name, removed("secret")}
}

// isEmpty reports whether a value cannot be secret: null, yes,
// no, and what is empty.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil, bool:
		return true
	case string:
		return v == "" || strings.EqualFold(v, "true") || strings.EqualFold(v, "false") || strings.EqualFold(v, "none") || strings.EqualFold(v, "null")
	case []any:
		return len(v) == 0
	case fields:
		return len(v) == 0
	}
	return false
}

func isSecretField(name string, value any) bool {
	text, isText := value.(string)
	switch senseOf(name) {
	case password, token:
		return !isPath(name, text)
	case reference:
		return isText && !isReference(name, text)
	case login:
		return isText && !isLogin(name, text)
	}
	return false
}

// isPath reports whether a kubeconfig is named rather than there.
func isPath(name, text string) bool {
	return strings.EqualFold(name, "kubeconfig") && plainName.MatchString(text) && strings.ContainsAny(text, `/\`)
}

// discovery removes the path of an etcd discovery URL, which is a token.
func (s *scrubber) discovery(where string, v any) any {
	text, ok := v.(string)
	if !ok || text == "" {
		return s.scrub(where, v)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		s.noteRemoval(where, "a discovery token")
		return removed("discovery URL")
	}
	if strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil {
		return s.text(where, text)
	}
	s.noteRemoval(where, "a discovery token")
	return s.text(where, u.Scheme+"://"+u.Host+"/"+removed("token"))
}

// maxDepth bounds how often base64 within base64 is looked into.
const maxDepth = 3

// maxText bounds one text, in bytes: nobody reads more of a ticket, and a hostile
// server could keep the search busy for minutes. The end of what is searched goes,
// too: it may be the first half of a secret.
const (
	maxText = 64 << 10
	textEnd = 8 << 10
)

// text returns text without secrets.
func (s *scrubber) text(where, text string) string {
	if len(text) <= maxText {
		return s.cleanText(where, text, maxDepth)
	}
	s.noteRemoval(where, "what follows the first 56 KiB")
	clean := s.cleanText(where, text[:maxText], maxDepth)
	return strings.ToValidUTF8(clean[:min(max(0, len(clean)-textEnd), maxText)], "") + removed("rest")
}

// cleanText looks for the known secrets twice: what the other steps join could be
// one.
func (s *scrubber) cleanText(where, text string, depth int) string {
	text = s.withoutKnown(where, text)
	var b strings.Builder
	done := 0
	for _, at := range publicBlock.FindAllStringIndex(text, -1) {
		if isPublic(text[at[0]:at[1]]) {
			b.WriteString(s.withoutShapes(where, text[done:at[0]], depth))
			b.WriteString(text[at[0]:at[1]])
			done = at[1]
		}
	}
	b.WriteString(s.withoutShapes(where, text[done:], depth))
	return s.withoutKnown(where, b.String())
}

func (s *scrubber) withoutKnown(where, text string) string {
	for _, secret := range s.known {
		if strings.Contains(text, secret) {
			s.noteRemoval(where, "a secret of yours")
			text = strings.ReplaceAll(text, secret, removed("secret"))
		}
	}
	return text
}

// withoutShapes removes what is a secret by its form or by its name.
func (s *scrubber) withoutShapes(where, text string, depth int) string {
	for _, step := range []struct {
		what  string
		clean func(string) string
	}{
		{"an encoded secret", func(text string) string { return s.withoutEncoded(text, depth) }},
		{"a password in a URL", redact.URLs},
	} {
		text = s.noteChange(where, step.what, text, step.clean)
	}
	for _, p := range shapes {
		text = s.noteChange(where, p.what, text, p.apply)
	}
	text = s.noteChange(where, "a named secret", text, removeAssigned)
	return s.noteChange(where, email.what, text, email.apply)
}

func (s *scrubber) noteChange(where, what, text string, clean func(string) string) string {
	after := clean(text)
	if after != text {
		s.noteRemoval(where, what)
	}
	return after
}

// withoutEncoded removes base64 that holds a secret.
func (s *scrubber) withoutEncoded(text string, depth int) string {
	if depth == 0 {
		return text
	}
	clean := func(found string) string {
		plain := decode(found)
		if plain == "" {
			return found
		}
		inner := &scrubber{known: s.known} // its places are in no bundle
		if inner.cleanText("", plain, depth-1) == plain {
			return found
		}
		return removed("encoded secret")
	}
	text = encodedWrap.ReplaceAllStringFunc(text, func(found string) string {
		if after := clean(found); after != found {
			return after
		}
		last := strings.LastIndexByte(strings.ReplaceAll(found, `\n`, " \n"), '\n') + 1 // what is on the last line may not belong to it
		return clean(found[:last]) + found[last:]
	})
	return encodedLine.ReplaceAllStringFunc(text, clean)
}

func (s *scrubber) noteRemoval(where, what string) {
	r := removal{strings.TrimPrefix(where, "."), what}
	if !slices.Contains(s.removals, r) {
		s.removals = append(s.removals, r)
	}
}
