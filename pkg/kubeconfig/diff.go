package kubeconfig

import (
	"bytes"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff returns a unified diff of two versions of the file called name, "" when
// they are equal. Secrets are masked; of one that changes, the mask says which
// side it is from, so that the change still shows. A version that does not
// parse is not shown at all.
func Diff(name string, old, new []byte) string {
	if bytes.Equal(old, new) {
		return ""
	}
	a, okA := secrets(old)
	b, okB := secrets(new)
	if !okA || !okB {
		return "(the difference is not shown: " + quote(name) + " does not parse, so its secrets cannot be told)\n"
	}
	text := diff.Diff(name, mask(old, a, b, "old"), name, mask(new, b, a, "new"))
	if i := bytes.IndexByte(text, '\n'); bytes.HasPrefix(text, []byte("diff ")) {
		text = text[i+1:]
	}
	return string(text)
}

// secret is where a secret stands and what it says.
type secret struct {
	at, end int
	text    string
}

// secretKeys are members that hold a secret wherever they stand. The values of
// auth-provider's config and of environment variables count as secrets too.
var secretKeys = []string{
	"client-certificate-data", "client-key-data", "password", "token",
	"access-token", "id-token", "refresh-token", "client-secret",
}

// secrets finds the secrets in a kubeconfig, false when it does not parse.
func secrets(data []byte) ([]secret, bool) {
	p, err := parse(string(data))
	if err != nil {
		return nil, false
	}
	f := secretFinder{src: p.src}
	if p.root != nil {
		f.walk(p.root, false)
	}
	slices.SortFunc(f.found, func(a, b secret) int { return a.at - b.at })
	return f.found, true
}

type secretFinder struct {
	src   string
	found []secret
}

// walk goes through n; all says that every scalar in it is a secret.
func (f *secretFinder) walk(n *node, all bool) {
	switch n.kind {
	case scalar:
		if all || n.outer < n.start && !n.tagged { // an anchor lets a secret stand anywhere
			f.found = append(f.found, secret{n.start, n.end, n.text(f.src)})
		}
	case sequence:
		for _, c := range n.items() {
			f.walk(c, all)
		}
	case mapping:
		for _, m := range n.members() {
			f.member(m, all)
		}
	}
}

func (f *secretFinder) member(m member, all bool) {
	switch key := m.key.text(f.src); {
	case slices.Contains(secretKeys, key):
		f.walk(m.value, true)
	case key == "auth-provider":
		f.walk(m.value.get(f.src, "config").value.orNull(), true)
	case key == "env" && m.value.kind == sequence:
		for _, v := range m.value.items() {
			f.walk(v.get(f.src, "value").value.orNull(), true)
		}
	case key == "args" && m.value.kind == sequence:
		f.args(m.value)
	case m.value.kind == scalar && strings.Contains(m.value.text(f.src), "@") && strings.Contains(m.value.text(f.src), "://"):
		f.walk(m.value, true) // a URL that may carry a password
	default:
		f.walk(m.value, all)
	}
}

// args masks the arguments of other people's plugins that hold a secret, as in
// --oidc-client-secret=… or the one after --password.
func (f *secretFinder) args(list *node) {
	next := false
	for _, a := range list.items() {
		text := strings.ToLower(a.text(f.src))
		names := strings.Contains(text, "secret") || strings.Contains(text, "password") || strings.Contains(text, "token")
		f.walk(a, next || names && strings.Contains(text, "="))
		next = names && strings.HasPrefix(text, "-") && !strings.Contains(text, "=")
	}
}

// orNull makes a missing node one without text.
func (n *node) orNull() *node {
	if n == nil {
		return &node{kind: null}
	}
	return n
}

// mask replaces the secrets of data. Those that the other version has too are
// masked alike on both sides.
func mask(data []byte, own, other []secret, side string) []byte {
	shared := map[string]bool{}
	for _, s := range other {
		shared[s.text] = true
	}
	var out []byte
	pos := 0
	for _, s := range own {
		out = append(out, data[pos:s.at]...)
		word := "(masked)"
		if !shared[s.text] {
			word = "(masked, " + side + ")"
		}
		out = append(out, word...)
		pos = s.end
	}
	return append(out, data[pos:]...)
}
