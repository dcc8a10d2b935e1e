package tunnel_test

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

func TestParseBastion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]tunnel.Bastion{
		"jump":                           {Host: "jump"},
		"ubuntu@bastion.example.org":     {User: "ubuntu", Host: "bastion.example.org"},
		"ubuntu@203.0.113.7:2222":        {User: "ubuntu", Host: "203.0.113.7", Port: "2222"},
		"ssh://ubuntu@bastion:22":        {User: "ubuntu", Host: "bastion", Port: "22"},
		"ssh://bastion/":                 {Host: "bastion"},
		"me@example.org@bastion":         {User: "me@example.org", Host: "bastion"},
		"me@2001:db8::1":                 {User: "me", Host: "2001:db8::1"},
		"me@[2001:db8::1]:22":            {User: "me", Host: "2001:db8::1", Port: "22"},
		"[fe80::1%eth0]":                 {Host: "fe80::1%eth0"},
		"my_alias.with-every+harmless=c": {Host: "my_alias.with-every+harmless=c"},
	} {
		got, err := tunnel.ParseBastion(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := tunnel.ParseBastion(got.String()); err != nil || again != got {
			t.Errorf("%q comes back as %q: %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{
		"", "@bastion", "me@", "me@:22", "bastion:", "bastion:0", "bastion:70000", "bastion:ssh", "ssh://",
		"-oProxyCommand=touch /tmp/x", "-oProxyCommand=sh", "me@-J", "-l@bastion", "a b", "a\nb", "a\x1bb",
		"$(id)", "`id`", "a;b", "me@a|b", "[bastion]:22", "[::1", "me@a:b:c", "a/b", "me:pw@bastion", `a\b`,
	} {
		if b, err := tunnel.ParseBastion(text); err == nil {
			t.Errorf("%q is taken for %+v", text, b)
		}
	}
}

func FuzzParseBastion(f *testing.F) {
	for _, seed := range []string{"ubuntu@bastion:22", "ssh://[::1]:22/", "me@fe80::1%eth0", "-o"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := tunnel.ParseBastion(text)
		if err != nil {
			return
		}
		if strings.HasPrefix(b.Host, "-") || strings.HasPrefix(b.User, "-") || strings.ContainsAny(b.Host+b.User, " \n\t") {
			t.Fatalf("%q: %+v", text, b)
		}
		if again, err := tunnel.ParseBastion(b.String()); err != nil || again.Host != b.Host || again.User != b.User || again.String() != b.String() {
			t.Fatalf("%q comes back as %q: %+v, %v", text, b, again, err)
		}
	})
}

func TestProxyURLAndTarget(t *testing.T) {
	t.Parallel()
	if port, ours := tunnel.Port(tunnel.ProxyURL(20123)); port != 20123 || !ours {
		t.Errorf("got %d, %v", port, ours)
	}
	for _, url := range []string{"", "http://127.0.0.1", "http://127.0.0.1:0", "http://127.0.0.1:70000", "http://localhost:20123", "socks5://127.0.0.1:20123", "http://127.0.0.1:20123/", "http://127.0.0.1:020123"} {
		if port, ours := tunnel.Port(url); ours {
			t.Errorf("%q is taken for the tunnel on port %d", url, port)
		}
	}
	for server, want := range map[string]string{"https://10.0.0.5:6443": "10.0.0.5:6443", "https://api.example.org/": "api.example.org:443", "https://[2001:db8::1]:6443": "[2001:db8::1]:6443"} {
		if got, err := tunnel.Target(server); err != nil || got != want {
			t.Errorf("%s: %q, %v", server, got, err)
		}
	}
	for _, server := range []string{"", "http://10.0.0.5", "https://", "https://:6443", "https://a:0"} {
		if got, err := tunnel.Target(server); err == nil {
			t.Errorf("%q is taken for %q", server, got)
		}
	}
}
