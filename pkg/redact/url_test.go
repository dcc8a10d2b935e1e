package redact_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/redact"
)

func TestUserInformationGoes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://alice:pw@proxy:3128":                  "http://[credential removed]@proxy:3128",
		"via http://u:pa/ss@proxy:3128/x now":         "via http://[credential removed]@proxy:3128/x now",
		"http://u:p@ss@proxy":                         "http://[credential removed]@proxy",
		"http://u:p@s/s?#@proxy:1":                    "http://[credential removed]@proxy:1",
		"http://u:12/34@proxy:1":                      "http://[credential removed]@proxy:1",
		"http://token@proxy":                          "http://[credential removed]@proxy",
		`parse "http://u:s3\"pw@127.0.0.1:99x99": no`: "parse a URL: no",
		`{"a":"http://u:p@h/","b":"c"}`:               `{"a":"http://[credential removed]@h/","b":"c"}`,
		`{"a":"http:\/\/u:p@h\/"}`:                    `{"a":"http:\/\/[credential removed]@h\/"}`,
		"?u=http%3A%2F%2Fu%3Ap%40proxy":               "?u=http%3A%2F%2F[credential removed]%40proxy",
		"HTTPS_PROXY=alice:pw@proxy:3128":             "HTTPS_PROXY=[credential removed]@proxy:3128",
		"proxy alice:p/w@[::1]:3128":                  "proxy [credential removed]@[::1]:3128",
		"socks5://a:b@h ftp://c:d@h":                  "socks5://[credential removed]@h ftp://[credential removed]@h",
		"https://u:p@registry/img@sha256:0123":        "https://[credential removed]@registry/img@sha256:0123",
	} {
		if got := redact.URLs(text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestOthersStay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"https://10.0.0.5:6443/api/v1?x=a@b", "docker://ghcr.io/a/b@sha256:0123", "registry.example.org:5000/a:v1@sha256:0123",
		"https://example.org/.github/workflows/release.yaml@refs/tags/v1.0.0", "kubernetes-admin@kubernetes", "alice@bastion.example.org",
		"system:serviceaccount:kube-system:default@cluster", "https://localhost:5000/a@b", "https://[2001:db8::1]:6443/a@b", "no sign at all",
		"git@github.com:catalyst-cloud/kubectl-catalyst.git", `"https://a.example.org/x","alice@b"`,
	} {
		if got := redact.URLs(text); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}

// Whatever a password holds, net/url's error does not show it.
func FuzzErrorOfURL(f *testing.F) {
	f.Add("s3cretpw")
	f.Add(`pa"ss/w@rd`)
	f.Add("a%zz")
	f.Add("pass/word")
	const words = `parse "http://[credential removed]@127.0.0.1:99x99": invalid port after host, invalid URL escape "%": ` +
		"net/url: invalid userinfo, invalid character in host name, first path segment in URL cannot contain colon"
	f.Fuzz(func(t *testing.T, password string) {
		if len(password) < 4 || strings.ContainsFunc(password, func(r rune) bool { return r <= ' ' || r > '~' }) ||
			strings.Contains(words, password) {
			return
		}
		_, err := url.Parse("http://user:" + password + "@127.0.0.1:99x99")
		if err == nil {
			return
		}
		shown := redact.URLs(err.Error())
		for _, part := range strings.FieldsFunc(password, func(r rune) bool { return strings.ContainsRune("/?#", r) }) {
			if len(part) > 4 && strings.Contains(shown, part) && !strings.Contains(words, part) {
				t.Errorf("%q is in %s", part, shown)
			}
		}
	})
}
