package magnum

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// The kinds of errors that callers may want to tell apart with errors.As. Each
// arrives wrapped in a clierr.Error that carries the next step and exit code.

// InvalidRef is a name that cannot be one; no request was sent.
type InvalidRef struct{ What, Ref, Reason string }

func (e *InvalidRef) Error() string {
	return fmt.Sprintf("%q is not a %s name or UUID: %s", e.Ref, e.What, e.Reason)
}

// maxRef is the longest name Magnum stores.
const maxRef = 255

// CheckRef reports whether ref could be the name or UUID of a cluster or of a
// template. It is stricter than a URL needs and looser than Magnum, which wants
// a letter first and then letters, digits and "_.-": what it refuses could
// never be one, and would end up in a path, in a file name or on a terminal.
func CheckRef(what, ref string) error {
	var reason string
	switch {
	case ref == "":
		reason = "it is empty"
	case ref == "." || ref == "..":
		reason = "it is a path"
	case len(ref) > maxRef:
		return &InvalidRef{What: what, Ref: ref[:20] + "…", Reason: "it is too long"}
	case !utf8.ValidString(ref):
		reason = "it is not valid UTF-8"
	case strings.ContainsAny(ref, `/\`):
		reason = "it contains a slash"
	case strings.ContainsFunc(ref, unprintable):
		reason = "it contains a control character or a line break"
	default:
		return nil
	}
	return &InvalidRef{What: what, Ref: ref, Reason: reason}
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// lookup builds the path of one object. Magnum answers "detail" with the whole
// list, so an object of that name can only be asked for by UUID.
func lookup(collection, what, ref string) (string, error) {
	if err := CheckRef(what, ref); err != nil {
		return "", err
	}
	if ref == "detail" && collection != "certificates" {
		return "", clierr.Errorf("use its UUID instead of its name",
			"%w", &InvalidRef{What: what, Ref: ref, Reason: "Magnum keeps that name for itself"})
	}
	return collection + "/" + url.PathEscape(ref), nil
}

// shorten cuts a foreign text that would fill the screen.
func shorten(s string) string {
	const most = 300
	s = strings.TrimSpace(s)
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
