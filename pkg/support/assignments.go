package support

import (
	"regexp"
	"slices"
	"strings"
)

// A secret stands behind its name in the middle of a text: password=…,
// "token": "…", X-Auth-Token: …, --password …, -p ….

var (
	assignment = regexp.MustCompile(`([A-Za-z0-9_][\w.-]*)(\\*["'` + "`" + `]?\s*(?::=|=>|[:=])\s*)`)
	flagValue  = regexp.MustCompile(`(^|[\s"'\[,])(--?[A-Za-z][\w-]*)(["']?(?:\s+|,\s*["']?))`)
	loginPair  = regexp.MustCompile(`((?:^|\s)(?:-u|-U|--user|--proxy-user|--creds)[\s=]+["']?[^\s:"']+:)([^\s"']+)`)
	sentence   = regexp.MustCompile("(?i)(\\b(?:password|passphrase|passcode|passwd)(?:\\s+(?:is|was|of))?\\s+)([\"'`][^\"'`\\s]+[\"'`]|[^\\s\"'`,;]*[0-9@#$%^&*!][^\\s\"'`,;]*)")
	authScheme = regexp.MustCompile(`(?i)^(?:basic|bearer|digest|negotiate|token|apikey|aws4-hmac-sha256|hawk)\s+`)
	release    = regexp.MustCompile(`^(v?\d+\.\d|v\d|sha256$|latest$|stable$|main$)`) // behind the colon in the name of an image
	portNumber = regexp.MustCompile(`^\d{1,5}($|[/,;:)\]\s])`)
)

// proseWords begin what is said about a secret rather than the secret.
var proseWords = strings.Fields(`a access an and are authentication authorization bad cannot connection could denied does empty error
	expired failed forbidden for has in incorrect invalid is it lookup may missing mismatch must need needs no none not nil null of
	open option or permission please read refused rejected required should stat the this to too unable unauthorized unknown unset use
	was will with wrong yes your timeout dial get post put request context deadline exceeded found true false enabled disabled
	<none> <nil> <unknown> <unset> <redacted> *** undefined`)

// removeAssigned removes the values of assignments.
func removeAssigned(text string) string {
	text = loginPair.ReplaceAllStringFunc(text, func(found string) string {
		g := loginPair.FindStringSubmatch(found)
		if digits.MatchString(g[2]) && digits.MatchString(g[1][strings.LastIndexAny(g[1], " \t=\"'")+1:len(g[1])-1]) {
			return found // the numbers of a user and a group
		}
		return g[1] + removed("secret")
	})
	text = eachValue(text, assignment, assignedEnd)
	text = eachValue(text, flagValue, flagEnd)
	return sentence.ReplaceAllStringFunc(text, func(found string) string {
		g := sentence.FindStringSubmatch(found)
		if strings.Contains(g[2], "removed]") || slices.Contains(proseWords, strings.ToLower(strings.Trim(g[2], "\"'`.:!"))) {
			return found
		}
		return g[1] + removed("secret")
	})
}

// place is where a value stands in a text, and what leads to it.
type place struct {
	text            string
	name, separator string
	start, value    int // of the name, and of the value
}

// lineBefore returns what stands before the name on its line; of an endless one the
// last part, because a hostile server may send that with a name on each word.
func (p place) lineBefore() string {
	before := p.text[max(0, p.start-256):p.start]
	return before[strings.LastIndexAny(before, "\r\n")+1:]
}

// eachValue replaces the value behind each match of form: end returns where it
// begins and ends; the same for none.
func eachValue(text string, form *regexp.Regexp, end func(place) (from, to int)) string {
	var b strings.Builder
	done, at := 0, 0
	for at < len(text) {
		m := form.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		last := len(m) - 4 // of the groups the last two are the name and the separator
		p := place{text, text[at+m[last] : at+m[last+1]], text[at+m[last+2] : at+m[last+3]], at + m[last], at + m[1]}
		from, to := end(p)
		if from == to || strings.Contains(text[from:to], "removed]") && marker.MatchString(text[from:to]) {
			at = p.value
			if at > 0 && m[1] > 0 && strings.ContainsAny(p.separator, " \t\n\"',") {
				at-- // the separator may begin the next match
			}
			if at <= p.start {
				at = p.value
			}
			continue
		}
		b.WriteString(text[done:from])
		b.WriteString(removed("secret"))
		done, at = to, to
	}
	b.WriteString(text[done:])
	return b.String()
}

// marker is a value that is gone already.
var marker = regexp.MustCompile(`^(?:\w+ )?\[[\w -]+ removed\]\S*$`)

// assignedEnd finds the value of name=value or name: value.
func assignedEnd(p place) (from, to int) {
	kind := senseOf(p.name)
	if kind == open || p.value >= len(p.text) {
		return 0, 0
	}
	from = p.value
	rest := p.text[p.value:]
	lower := strings.ToLower(p.name)
	switch {
	case strings.HasSuffix(lower, "cookie"), strings.HasSuffix(lower, "cookie2"), strings.HasSuffix(lower, "authorization"):
		from += len(authScheme.FindString(rest))
		return from, p.value + lineEnd(rest)
	}
	open, size := valueOf(p, kind)
	from, to = from+open, from+open+size
	value := p.text[from:to]
	if value == "" || isHarmless(p, kind, value, open > 0) {
		return 0, 0
	}
	return from, to
}

// valueOf returns where the value behind a separator begins and how long it is.
func valueOf(p place, kind sense) (skip, size int) {
	rest := p.text[p.value:]
	body := strings.TrimLeft(rest, `\`)
	slashes := len(rest) - len(body)
	if body != "" && strings.IndexByte("ubrf", body[0]) >= 0 && len(body) > 1 && (body[1] == '"' || body[1] == '\'') {
		body, slashes = body[1:], slashes+1 // u'…' of Python
	}
	if body == "" {
		return 0, len(rest)
	}
	switch c := body[0]; c {
	case '"', '\'', '`':
		skip = slashes + 1
		return skip, quotedEnd(rest[skip:], rest[:slashes]+string(c))
	case '[', '{', '(':
		if end := bracketEnd(rest); end > 0 {
			return 0, end
		}
		return 0, lineEnd(rest)
	}
	if kind == password && strings.HasSuffix(p.separator, " ") && strings.Contains(p.separator, ":") && startsLine(p) {
		line := rest[:lineEnd(rest)] // a line of YAML
		first, _, _ := strings.Cut(line, " ")
		if !slices.Contains(proseWords, strings.ToLower(strings.TrimRight(first, ".,;:!"))) {
			return 0, len(strings.TrimRight(line, " \t"))
		}
	}
	return 0, wordEnd(p, rest)
}

// startsLine reports whether a name begins a line of several.
func startsLine(p place) bool {
	return strings.Trim(p.lineBefore(), " \t-") == "" && strings.Contains(p.text, "\n")
}

// quotedEnd returns where the quote that closes a text stands; without one the
// text goes to the end of its line.
func quotedEnd(text, quote string) int {
	for i := 0; i+len(quote) <= len(text); i++ {
		if quote[0] != '\\' && text[i] == '\\' {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], quote) && (i == 0 || quote[0] != '\\' || text[i-1] != '\\') {
			return i
		}
	}
	return lineEnd(text)
}

// bracketEnd returns where what begins with a bracket ends, 0 when it does not.
func bracketEnd(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{', '(':
			depth++
		case ']', '}', ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

func lineEnd(text string) int {
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		return end
	}
	return len(text)
}

// wordEnd returns where a value without quotes ends: at white space, where the
// next name begins, or at the quote or bracket that all of it stands in.
func wordEnd(p place, rest string) int {
	end := strings.IndexAny(rest, " \t\r\n")
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	before := p.lineBefore()
	query := strings.HasSuffix(before, "?") || strings.HasSuffix(before, "&")
	for i := range len(word) {
		switch c := word[i]; c {
		case '"', '\'', '`':
			if strings.Count(before, string(c))%2 == 1 {
				return i
			}
		case '&':
			if query || nextName.MatchString(word[i+1:]) {
				return i
			}
		case ',', ';':
			if nextName.MatchString(word[i+1:]) {
				return i
			}
		}
	}
	return len(strings.TrimRight(word, ")]}>,;"))
}

// nextName is the next of several assignments.
var nextName = regexp.MustCompile(`^["']?[A-Za-z_][\w.-]*["']?[=:]`)

// isHarmless reports whether what stands behind the name of a secret is none: the
// version of an image, a port, words about the secret, the name of an object.
func isHarmless(p place, kind sense, value string, quoted bool) bool {
	if strings.HasPrefix(value, "[") && strings.HasSuffix(value, " removed]") {
		return true
	}
	switch kind {
	case reference:
		return isReference(p.name, value)
	case login:
		bare := !quoted && !strings.Contains(p.separator, "=")
		return bare && !strings.HasPrefix(p.name, "_") || isLogin(p.name, value)
	}
	if quoted {
		return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
	}
	first := strings.ToLower(strings.TrimRight(strings.SplitN(value, " ", 2)[0], ".,;:!"))
	if strings.ContainsAny(p.separator, " \t") || p.separator == "=" && (first == "true" || first == "false") {
		if slices.Contains(proseWords, first) {
			return true
		}
	}
	compound := strings.ContainsAny(p.name, "-./")
	if strings.HasSuffix(p.separator, ":") && (compound && portNumber.MatchString(value+" ") || release.MatchString(value)) {
		return true
	}
	// Nobody chooses a token: where the machine wrote a word, it speaks about it.
	return kind == token && strings.Contains(p.separator, ":") && strings.Trim(first, "abcdefghijklmnopqrstuvwxyz/\"'") == "" && len(first) < 16
}

// flagEnd finds the value of an option: --password VALUE, -p VALUE.
func flagEnd(p place) (from, to int) {
	rest := p.text[p.value:]
	size := wordEnd(p, rest)
	from = p.value
	switch {
	case rest == "":
		return 0, 0
	case rest[0] == '"' || rest[0] == '\'':
		from, size = from+1, quotedEnd(rest[1:], rest[:1])
	case strings.HasSuffix(p.separator, `"`) || strings.HasSuffix(p.separator, `'`):
		size = quotedEnd(rest, p.separator[len(p.separator)-1:])
	}
	value := p.text[from : from+size]
	if value == "" || strings.HasPrefix(value, "--") || strings.Contains(value, "removed]") || slices.Contains(proseWords, strings.ToLower(strings.TrimRight(value, ".,;:!"))) {
		return 0, 0
	}
	if p.name == "-p" {
		if !isPasswordFlag(p, value) {
			return 0, 0
		}
		return from, from + size
	}
	name := strings.TrimLeft(p.name, "-")
	if !strings.HasPrefix(p.name, "--") && len(name) < 3 {
		return 0, 0
	}
	switch kind := senseOf(name); {
	case kind == open, kind == login && isLogin(name, value), kind == reference && isReference(name, value):
		return 0, 0
	}
	return from, from + size
}

// otherP are programs whose -p is no password.
var otherP = regexp.MustCompile(`\b(?:kubectl|mkdir|cp|ssh|scp|sftp|tar|install|ps|nmap|tee|patch|docker run|podman run|nerdctl|crictl|unzip|rsync|lsof|date|read)\b`)

// isPasswordFlag reports whether -p is for a password: mostly it is a port, a
// folder to make with its parents, or a patch.
func isPasswordFlag(p place, value string) bool {
	before := p.lineBefore()
	if strings.Contains(before, " login") {
		return true
	}
	return !otherP.MatchString(before) && !portNumber.MatchString(value+" ") && !strings.ContainsAny(value[:1], `/.~{-[`)
}
