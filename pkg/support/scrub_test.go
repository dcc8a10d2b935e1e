package support

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSecretsAreTakenOut(t *testing.T) {
	t.Parallel()
	const (
		fernet = "gAAAAABnPq-0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ=="
		jwt    = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLWJ5dGVz"
		key    = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"
	)
	for name, c := range map[string]struct{ text, want string }{
		"Keystone token":        {"token was " + fernet + ", sorry", "token was [token removed], sorry"},
		"signed token":          {"got " + jwt, "got [token removed]"},
		"private key":           {"before " + key + " after", "before [private key removed] after"},
		"private key, cut off":  {"-----BEGIN EC PRIVATE KEY-----\nMHcC", "[private key removed]"},
		"bearer":                {"Authorization: Bearer abc.def-0123", "Authorization: Bearer [credential removed]"},
		"header":                {"X-Auth-Token: 0123456789abcdef", "X-Auth-Token: [secret removed]"},
		"URL with a password":   {"https://alice:pw@proxy:3128/x", "https://[credential removed]@proxy:3128/x"},
		"query":                 {"GET /v3?token=abcdef&limit=3", "GET /v3?token=[secret removed]&limit=3"},
		"assignment":            {"OS_PASSWORD='hunter2' openstack", "OS_PASSWORD='[secret removed]' openstack"},
		"JSON in a text":        {`{"admin_passwd": "hunter2", "n": 1}`, `{"admin_passwd": "[secret removed]", "n": 1}`},
		"Python in a text":      {`{'trustee_password': 'hunter2'}`, `{'trustee_password': '[secret removed]'}`},
		"e-mail":                {"created by alice.b@example.co.nz today", "created by [e-mail address removed] today"},
		"discovery in a text":   {"see https://discovery.etcd.io/0a1b2c3d", "see https://discovery.etcd.io/[token removed]"},
		"known secret":          {"the word correct-horse is it", "the word [secret removed] is it"},
		"known secret, in URL":  {"q=correct%20horse%2Bstaple", "q=[secret removed]"},
		"ssh key's comment":     {"ssh-ed25519 AAAAC3Nz alice@laptop.example.com", "ssh-ed25519 AAAAC3Nz [e-mail address removed]"},
		"public certificate":    {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", ""},
		"public key":            {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ", ""},
		"UUID":                  {"07cd7e03-2ff6-44c2-b185-b4a1ed50a557", ""},
		"id":                    {"a80908dc646a4385909c9baee254dc28", ""},
		"image":                 {"docker.io/x/secrets-store-driver:v1.4.0", ""},
		"image by digest":       {"docker.io/x/token-handler@sha256:0123456789abcdef", ""},
		"address":               {"https://10.0.0.5:6443", ""},
		"sentence about a key":  {"A key pair None could not be found", ""},
		"missing secret object": {`secret "calico-token" not found`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.want == "" {
				c.want = c.text
			}
			s := newScrubber([]string{"correct-horse", "correct horse+staple"})
			if got := s.scrub("part", c.text); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if (len(s.removals) > 0) != (c.want != c.text) {
				t.Errorf("removals %v", s.removals)
			}
		})
	}
}

func TestSecretFieldsAreTakenOut(t *testing.T) {
	t.Parallel()
	in := map[string]any{
		"labels": map[string]any{
			"grafana_admin_passwd": "short", "keystone_auth_enabled": "true", "cert_manager_token": "true",
			"kube_tag": "v1.35.6", "etcd_private_key": "abc", "empty_secret": "",
		},
		"list":          []any{map[string]any{"client_secret": "x"}, 3, nil, true},
		"keypair":       "alice-key",
		"keypair_id":    "alice-key",
		"public_key":    "ssh-ed25519 AAAA",
		"discovery_url": "https://discovery.example.net/secret-path?x=1",
	}
	value, err := tree(in)
	if err != nil {
		t.Fatal(err)
	}
	s := newScrubber(nil)
	data, err := json.Marshal(s.scrub("cluster", value))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"labels": map[string]any{
			"grafana_admin_passwd": "[secret removed]", "keystone_auth_enabled": "true", "cert_manager_token": "true",
			"kube_tag": "v1.35.6", "etcd_private_key": "[secret removed]", "empty_secret": "",
		},
		"list":          []any{map[string]any{"client_secret": "[secret removed]"}, 3.0, nil, true},
		"keypair":       "alice-key",
		"keypair_id":    "alice-key",
		"public_key":    "ssh-ed25519 AAAA",
		"discovery_url": "https://discovery.example.net/[token removed]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var where []string
	for _, r := range s.removals {
		where = append(where, r.Where)
	}
	all := strings.Join(where, " ")
	for _, w := range []string{"cluster.labels.grafana_admin_passwd", "cluster.list[0].client_secret", "cluster.discovery_url"} {
		if !strings.Contains(all, w) {
			t.Errorf("the manifest does not name %s: %s", w, all)
		}
	}
}

// A text without an end is cut, and the half of a secret at the cut goes with it.
func TestLongTextIsCut(t *testing.T) {
	t.Parallel()
	for _, repeated := range []string{"x", "password=x ", "-p x ", "http://a:b@c ", "-----BEGIN CERTIFICATE-----", "AAAAAAAAAAAAAAAA\n"} {
		text := strings.Repeat(repeated, maxText/len(repeated)+1)
		text = text[:maxText-8] + "hunter2-" + "hunter2-and-more" + strings.Repeat(repeated, 1<<20/len(repeated))
		s := newScrubber([]string{"hunter2-hunter2-and-more"})
		got := s.scrub("x", text).(string)
		if len(got) > 2*maxText || strings.Contains(got, "hunter2") || !strings.HasSuffix(got, removed("rest")) || len(s.removals) == 0 {
			t.Errorf("%s…: %d bytes, removed %v", repeated, len(got), s.removals)
		}
	}
}

// FuzzKnownSecret: whatever surrounds it and however it is encoded, a known secret
// does not survive.
func FuzzKnownSecret(f *testing.F) {
	f.Add("password=", "hunter2", "&x")
	f.Add("https://a:", "hunter2", "@b")
	f.Add("{\"a\":\"", "pä\"s\\s <1>/+\n", "\"}")
	f.Add("-----BEGIN CERTIFICATE-----\n", "AAAABBBB", "\n-----END CERTIFICATE-----")
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		if len(secret) < minSecret || !utf8.ValidString(secret) || strings.TrimSpace(secret) != secret {
			return
		}
		quoted, err := json.Marshal(secret)
		if err != nil {
			return
		}
		written := map[string]string{
			"raw": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret), "JSON": strings.Trim(string(quoted), `"`),
		}
		if strings.HasPrefix(secret, `"`) || strings.HasSuffix(secret, `"`) {
			delete(written, "JSON") // Trim takes too much
		}
		for n := range 3 {
			data := []byte("xyz"[:n] + secret + "uvw"[n:])
			from, to := (8*n+5)/6, 8*(n+len(secret))/6
			if to-from >= minSecret {
				written[fmt.Sprint("base64 ", n)] = base64.StdEncoding.EncodeToString(data)[from:to]
				written[fmt.Sprint("base64 for URLs ", n)] = base64.URLEncoding.EncodeToString(data)[from:to]
			}
		}
		for how, form := range written {
			got := newScrubber([]string{secret}).scrub("x", before+form+after).(string)
			if strings.Contains(withoutMarks(got), form) {
				t.Errorf("%s: %q is still in %q", how, form, got)
			}
		}
	})
}

// withoutMarks returns text without what stands where something was taken out:
// a secret may be a word of that.
func withoutMarks(text string) string {
	for _, what := range []string{"private key", "access key", "encoded secret", "token", "credential", "secret", "e-mail address", "discovery URL", "rest"} {
		text = strings.ReplaceAll(text, removed(what), "\x00")
	}
	return text
}
