package support

import (
	"encoding/json"
	"strings"
	"testing"

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

// FuzzKnownSecret: whatever surrounds it, a known secret does not survive.
func FuzzKnownSecret(f *testing.F) {
	f.Add("password=", "hunter2", "&x")
	f.Add("https://a:", "hunter2", "@b")
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		const mark = "removed]"
		if len(secret) < minSecret || strings.Contains("[secret token credential private key e-mail address discovery URL "+mark, secret) {
			return
		}
		s := newScrubber([]string{secret})
		got := s.scrub("x", before+secret+after).(string)
		if strings.Contains(got, secret) && !strings.Contains(gone("secret"), secret) {
			for _, word := range []string{"private key", "token", "credential", "secret", "e-mail address"} {
				got = strings.ReplaceAll(got, gone(word), "\x00")
			}
			if strings.Contains(got, secret) {
				t.Errorf("%q is still in %q", secret, got)
			}
		}
	})
}
