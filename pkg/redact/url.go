// Package redact removes user names and passwords from the URLs in a text. Proxy
// URLs hold them, and net/url and client-go repeat in their errors the URL that
// they cannot read.
package redact

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// removed stands where a user name and a password were.
const removed = "[credential removed]"

// scheme is where a URL begins, also in JSON that escapes slashes and in a query.
var scheme = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*(?::(?:\\?/){2}|%3a%2f%2f)`)

// bare is a proxy without its scheme: user:password@host, with a port or not.
var bare = regexp.MustCompile(`(^|[\s"'=(\[{,;<>|])([\w.%+~-]+:[^\s"'<>]+)@([\w.-]+|\[[0-9A-Fa-f:.]+\])`)

// invalidPort is how net/url says that a port is none. What it takes for one is the
// beginning of a password that holds a slash.
var invalidPort = regexp.MustCompile(`(invalid port) "(?:[^"\\]|\\.)*" (after host)`)

// parseError is a URL that net/url could not read, quoted as Go quotes.
var parseError = regexp.MustCompile(`parse ("(?:[^"\\]|\\.)*")`)

// mayHoldPassword reports whether a quoted URL may. net/url leaves out what follows
// a #, which may stand in a password: then neither the last @ nor the host is
// there any more, and what follows a colon may be no port.
func mayHoldPassword(quoted string) bool {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(text, "://")
	if strings.Contains(rest, "@") {
		return true
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	port := rest[strings.LastIndex(rest, ":")+1:]
	return port != rest && strings.Trim(port, "0123456789") != ""
}

// URLs returns text without the user information of the URLs in it. Passwords may
// hold slashes and @, although a URL must not: what stands before the last @ goes.
func URLs(text string) string {
	if strings.Contains(text, `parse "`) {
		text = parseError.ReplaceAllStringFunc(text, func(found string) string {
			if mayHoldPassword(strings.TrimPrefix(found, "parse ")) {
				return "parse a URL"
			}
			return found
		})
		text = invalidPort.ReplaceAllString(text, "$1 $2")
	}
	if !strings.Contains(text, "@") && !strings.Contains(text, "%40") {
		return text
	}
	var b strings.Builder
	for {
		at := scheme.FindStringIndex(text)
		if at == nil {
			b.WriteString(bareUsers(text))
			return b.String()
		}
		b.WriteString(bareUsers(text[:at[0]]))
		b.WriteString(text[at[0]:at[1]])
		run := text[at[1] : at[1]+endOfURL(text, at[0], at[1])]
		if n := userInfo(run); n > 0 {
			b.WriteString(removed)
			at[1] += n
		}
		text = text[at[1]:]
		if next := scheme.FindStringIndex(text); next == nil || next[0] > 0 {
			// The host comes next; it is no bare user.
			end := strings.IndexAny(text, " \t\r\n\"'<>")
			if end < 0 {
				end = len(text)
			}
			if next != nil {
				end = min(end, next[0])
			}
			b.WriteString(text[:end])
			text = text[end:]
		}
	}
}

// endOfURL returns the length of the URL that begins at start and whose scheme
// ends at from: up to white space, or to the quote that it stands in.
func endOfURL(text string, start, from int) int {
	closing := byte(0)
	if start > 0 {
		switch before := text[start-1]; before {
		case '"', '\'', '`':
			closing = before
		case '<':
			closing = '>'
		}
	}
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c <= ' ':
			return i - from
		case c == closing && (text[i-1] != '\\' || start > 1 && text[start-2] == '\\'):
			return i - from
		}
	}
	return len(text) - from
}

// userInfo returns the length of what stands before the @ in front of the host; 0
// for none.
func userInfo(run string) int {
	sign := "@"
	at := lastUserSign(run, sign)
	if at < 0 {
		sign = "%40"
		if at = lastUserSign(run, sign); at < 0 {
			return 0
		}
	}
	before := run[:at]
	slash := strings.IndexAny(before, `/?#\`)
	if slash < 0 || strings.Contains(before[:slash], sign) || !isHost(before[:slash]) {
		return at
	}
	return 0
}

// lastUserSign returns where the last sign stands that is not in front of the
// digest of an image.
func lastUserSign(run, sign string) int {
	for {
		at := strings.LastIndex(run, sign)
		if at < 0 || !isDigest(run[at+len(sign):]) {
			return at
		}
		run = run[:at]
	}
}

func isDigest(s string) bool {
	return strings.HasPrefix(s, "sha256:") || strings.HasPrefix(s, "sha512:")
}

// isHost reports whether s is a host, with a port or without, rather than a user
// with the beginning of a password: "ghcr.io", "10.0.0.5:6443", "localhost:5000",
// but not "alice:pa" nor "alice:12".
func isHost(s string) bool {
	host, port, hasPort := strings.Cut(s, ":")
	if strings.HasPrefix(s, "[") || !hasPort {
		return true
	}
	if len(port) == 0 || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
		return false
	}
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || strings.Contains(host, ".")
}

// bareUsers removes users from addresses without a scheme. Images by digest and
// the identities of Kubernetes look the same and stay.
func bareUsers(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return bare.ReplaceAllStringFunc(text, func(found string) string {
		g := bare.FindStringSubmatch(found)
		if g[3] == "sha256" || g[3] == "sha512" || strings.HasPrefix(g[2], "system:") || strings.Contains(g[2], "://") {
			return found
		}
		return g[1] + removed + "@" + g[3]
	})
}
