package kubeconfig

import (
	"bytes"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// Diff returns a unified diff of two versions of the file called name, "" when
// they are equal. Secrets are masked; of one that changes, the mask names the
// side it is from, so that the change still shows. A version that does not
// parse is not shown at all.
func Diff(name string, old, new []byte) string {
	if bytes.Equal(old, new) {
		return ""
	}
	a, okA := findSecrets(old)
	b, okB := findSecrets(new)
	if !okA || !okB {
		return "(the difference is not shown: " + yamlspan.Quote(name) + " does not parse, so its secrets cannot be told)\n"
	}
	text := diff.Diff(name, maskSecrets(old, a, b, "old"), name, maskSecrets(new, b, a, "new"))
	if i := bytes.IndexByte(text, '\n'); bytes.HasPrefix(text, []byte("diff ")) {
		text = text[i+1:]
	}
	return string(text)
}

// secret is where a secret stands, and the secret itself.
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

// findSecrets finds the secrets in a kubeconfig, in order. It reports whether the
// kubeconfig could be read.
func findSecrets(data []byte) (found []secret, ok bool) {
	d, err := yamlspan.Parse(string(data))
	if err != nil {
		return nil, false
	}
	var f secretFinder
	f.walk(d.Root, false)
	slices.SortFunc(f.found, func(a, b secret) int { return a.at - b.at })
	return f.found, true
}

type secretFinder struct{ found []secret }

// walk goes through n; with all every scalar in it is a secret.
func (f *secretFinder) walk(n *yamlspan.Node, all bool) {
	if n == nil {
		return
	}
	switch n.Kind {
	case yamlspan.Scalar:
		if all || n.Outer < n.Start && !n.Tagged { // an anchor lets a secret stand anywhere
			f.found = append(f.found, secret{n.Start, n.End, n.Text()})
		}
	case yamlspan.Sequence:
		for _, c := range n.Items() {
			f.walk(c, all)
		}
	case yamlspan.Mapping:
		for _, m := range n.Members() {
			f.walkMember(m, all)
		}
	}
}

func (f *secretFinder) walkMember(m yamlspan.Member, all bool) {
	switch key := m.Key.Text(); {
	case slices.Contains(secretKeys, key):
		f.walk(m.Value, true)
	case key == "auth-provider":
		f.walk(m.Value.Get("config").Value, true)
	case key == "env" && m.Value.Kind == yamlspan.Sequence:
		for _, v := range m.Value.Items() {
			f.walk(v.Get("value").Value, true)
		}
	case key == "args" && m.Value.Kind == yamlspan.Sequence:
		f.walkArgs(m.Value)
	case m.Value.Kind == yamlspan.Scalar && strings.Contains(m.Value.Text(), "@") && strings.Contains(m.Value.Text(), "://"):
		f.walk(m.Value, true) // a URL that may carry a password
	default:
		f.walk(m.Value, all)
	}
}

// walkArgs masks the arguments of other people's plugins that hold a secret, as in
// --oidc-client-secret=… or the one after --password.
func (f *secretFinder) walkArgs(list *yamlspan.Node) {
	next := false
	for _, a := range list.Items() {
		text := strings.ToLower(a.Text())
		names := strings.Contains(text, "secret") || strings.Contains(text, "password") || strings.Contains(text, "token")
		f.walk(a, next || names && strings.Contains(text, "="))
		next = names && strings.HasPrefix(text, "-") && !strings.Contains(text, "=")
	}
}

// maskSecrets replaces the secrets of data. Those that the other version has too
// are masked alike on both sides.
func maskSecrets(data []byte, found, other []secret, side string) []byte {
	shared := map[string]bool{}
	for _, s := range other {
		shared[s.text] = true
	}
	var out []byte
	pos := 0
	for _, s := range found {
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
