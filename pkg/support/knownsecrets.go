package support

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// minSecret is the shortest secret that is removed: a very short one would leave
// gaps in every text.
const minSecret = 4

// knownForms returns all that may not stand anywhere: the secrets and their forms,
// the longest first, because a secret that holds another must go first.
func knownForms(secrets []string) []string {
	var all []string
	for _, secret := range secrets {
		for _, form := range append(forms(secret), keyLines(secret)...) {
			if len(form) >= minSecret {
				all = append(all, form)
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// forms returns how programs write a secret: as it is, and encoded for URLs, JSON
// (also JSON within JSON), Python, shells, in hexadecimal and in base64.
func forms(secret string) []string {
	if len(secret) < minSecret {
		return nil
	}
	query := url.QueryEscape(secret)
	list := []string{secret, strings.TrimSpace(secret)}
	for _, form := range []string{query, url.PathEscape(secret), strings.ReplaceAll(query, "+", "%20")} {
		list = append(list, form, percent.ReplaceAllStringFunc(form, strings.ToLower))
	}
	for _, form := range []string{inJSON(secret, true), inJSON(secret, false), inASCII(inJSON(secret, false)), inASCII(inJSON(secret, true))} {
		list = append(list, form, inJSON(form, true), inJSON(form, false))
	}
	list = append(list,
		strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(secret), strings.ReplaceAll(secret, `'`, `'\''`),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))))
	return append(list, inBase64(secret)...)
}

// percent is one encoded byte of a URL, whose letters may be small.
var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

// inJSON returns text as it stands between the quotes of a JSON string.
func inJSON(text string, html bool) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(html)
	_ = encoder.Encode(text) // text always encodes
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// inASCII escapes what is not ASCII, as Python's json does.
func inASCII(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch high, low := utf16.EncodeRune(r); {
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// inBase64 returns the characters that a secret alone decides, wherever in a text
// it stands before that text is encoded: there are three ways to lie on the groups
// of three bytes, and two alphabets.
func inBase64(secret string) []string {
	var list []string
	for before := range 3 {
		data := append(make([]byte, before), secret...)
		from, to := (8*before+5)/6, 8*len(data)/6
		if to-from < minSecret {
			continue
		}
		list = append(list, base64.RawStdEncoding.EncodeToString(data)[from:to], base64.RawURLEncoding.EncodeToString(data)[from:to])
	}
	return list
}

// keyLines returns the lines of a key, each of which is a secret: a log may show
// any of them.
func keyLines(secret string) []string {
	if !strings.Contains(secret, "PRIVATE KEY") {
		return nil
	}
	var list []string
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); len(line) >= 20 && !strings.HasPrefix(line, "-----") {
			list = append(list, line)
		}
	}
	return list
}
