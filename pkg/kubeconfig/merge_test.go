package kubeconfig_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// entry is a login of alice to the cluster called name.
func entry(name, uuid string) kubeconfig.Entry {
	return kubeconfig.Entry{
		Context: name, Cluster: name, User: name + "-alice",
		Server: "https://203.0.113.10:6443",
		CAData: []byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
		Exec: &kubeconfig.Exec{Command: "kubectl-catalyst", Args: []string{"credential", "--cluster=" + uuid},
			InstallHint: "install it"},
		Owner: kubeconfig.Owner{ClusterUUID: uuid, ClusterName: name, ProjectID: "p1", Region: "nz-por-1",
			AuthURL: "https://api.example.org:5000/v3", Auth: "keystone", User: "alice"},
	}
}

func merge(t *testing.T, data []byte, use string, entries ...kubeconfig.Entry) ([]byte, []kubeconfig.Owned) {
	t.Helper()
	out, owned, err := kubeconfig.Merge(data, entries, use)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return out, owned
}

func remove(t *testing.T, data []byte, which func(kubeconfig.Owned) bool) []byte {
	t.Helper()
	out, _, err := kubeconfig.Remove(data, which)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return out
}

func load(t *testing.T, data []byte) *api.Config {
	t.Helper()
	cfg, err := clientcmd.Load(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return cfg
}

// replace makes an edit by hand, which must hit.
func replace(t *testing.T, data []byte, old, new string) []byte {
	t.Helper()
	if !strings.Contains(string(data), old) {
		t.Fatalf("%q is not in\n%s", old, data)
	}
	return []byte(strings.ReplaceAll(string(data), old, new))
}

// forms are the shapes of file in which everything must work alike.
var forms = map[string]string{
	"no file": "\x00",
	"empty":   "",
	"yaml":    "apiVersion: v1\nkind: Config\nclusters: []\ncontexts:\n- name: x\n  context: {cluster: x, user: x}\nusers:\ncurrent-context: x\n",
	"json":    `{"apiVersion":"v1","kind":"Config","clusters":[],"contexts":[{"name":"x","context":{"cluster":"x","user":"x"}}],"users":null,"current-context":"x"}`,
	"crlf":    "apiVersion: v1\r\ncontexts:\r\n  - name: x\r\n    context: {cluster: x, user: x}\r\ncurrent-context: x",
}

func eachForm(t *testing.T, test func(t *testing.T, data []byte)) {
	for name, text := range forms {
		t.Run(name, func(t *testing.T) {
			var data []byte
			if text != "\x00" {
				data = []byte(text)
			}
			test(t, data)
		})
	}
}

// TestAnyOrder logs in to three clusters, one by one and at once, and out again
// in every order.
func TestAnyOrder(t *testing.T) {
	names := []string{"prod", "dev", "test"}
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	eachForm(t, func(t *testing.T, data []byte) {
		one, _ := merge(t, data, "prod", entry("prod", "u-prod"))
		two, _ := merge(t, one, "", entry("dev", "u-dev"))
		apart, _ := merge(t, two, "test", entry("test", "u-test"))
		atOnce, _ := merge(t, data, "dev", entry("prod", "u-prod"), entry("dev", "u-dev"), entry("test", "u-test"))
		for how, full := range map[string][]byte{"apart": apart, "at once": atOnce} {
			for _, order := range orders {
				rest := full
				for _, i := range order {
					rest = remove(t, rest, named(names[i]))
				}
				if !slices.Equal(rest, data) || (rest == nil) != (data == nil) {
					t.Errorf("%s, out in order %v: %q, want %q", how, order, rest, data)
				}
			}
		}
		if back := remove(t, apart, named("test")); len(load(t, back).Contexts) != len(load(t, two).Contexts) {
			t.Error("the last login was not taken out")
		}
	})
}

// TestWhatTheUserAdded stays in our entries when logging in again, in every form.
func TestWhatTheUserAdded(t *testing.T) {
	eachForm(t, func(t *testing.T, data []byte) {
		out, _ := merge(t, data, "prod", entry("prod", "u-1"))
		cfg := load(t, out)
		cfg.Contexts["prod"].Namespace = "shop"
		cfg.Clusters["prod"].ProxyURL = "socks5://localhost:1080"
		cfg.Clusters["prod"].TLSServerName = "kubernetes"
		cfg.AuthInfos["prod-alice"].Impersonate = "bob"
		cfg.AuthInfos["prod-alice"].Exec.Env = []api.ExecEnvVar{{Name: "HTTPS_PROXY", Value: "http://proxy"}}
		edited, err := clientcmd.Write(*cfg) // as kubectl would
		if err != nil {
			t.Fatal(err)
		}
		e := entry("prod", "u-1")
		e.Server = "https://203.0.113.99:6443"
		e.Exec.Args = []string{"credential", "--region=nz-hlz-1"}
		e.Exec.InstallHint = ""
		again, _ := merge(t, edited, "prod", e)
		want := cfg.DeepCopy()
		want.Clusters["prod"].Server = e.Server
		want.AuthInfos["prod-alice"].Exec.Args = e.Exec.Args
		want.AuthInfos["prod-alice"].Exec.InstallHint = ""
		if d := cmp.Diff(load(t, edited).DeepCopy(), load(t, again), cmp.FilterPath(changedByLogin, cmp.Ignore())); d != "" {
			t.Errorf("the second login changed more than it should:\n%s", d)
		}
		got := load(t, again)
		if got.Clusters["prod"].Server != e.Server || !slices.Equal(got.AuthInfos["prod-alice"].Exec.Args, e.Exec.Args) ||
			got.AuthInfos["prod-alice"].Exec.InstallHint != "" {
			t.Errorf("the second login did not change what it should:\n%s", again)
		}
	})
}

func changedByLogin(p cmp.Path) bool {
	s := p.String()
	return strings.HasSuffix(s, "Server") || strings.HasSuffix(s, "Exec.Args") || strings.HasSuffix(s, "Exec.InstallHint")
}

// TestAnotherCredential changes between the kinds of credential; nothing of the
// one before stays, and the user's own keys do.
func TestAnotherCredential(t *testing.T) {
	exec := entry("prod", "u-1")
	token, cert := entry("prod", "u-1"), entry("prod", "u-1")
	token.Exec, token.Token = nil, "12345"
	cert.Exec, cert.ClientCert, cert.ClientKey = nil, []byte("cert"), []byte("key")
	kinds := []kubeconfig.Entry{exec, token, cert}
	eachForm(t, func(t *testing.T, data []byte) {
		for _, from := range kinds {
			for _, to := range kinds {
				first, _ := merge(t, data, "prod", from)
				out, _ := merge(t, first, "prod", to)
				u := load(t, out).AuthInfos["prod-alice"]
				if u.Token != to.Token || string(u.ClientKeyData) != string(to.ClientKey) ||
					string(u.ClientCertificateData) != string(to.ClientCert) || (u.Exec == nil) != (to.Exec == nil) {
					t.Errorf("after another login the user is %+v", u)
				}
				if back := remove(t, out, all); !slices.Equal(back, data) {
					t.Errorf("after logout %q, want %q", back, data)
				}
			}
		}
	})
}

// A login says how it reaches its API server, and a proxy goes when that is asked
// for, whatever the file looks like.
func TestWayToTheAPIServer(t *testing.T) {
	t.Parallel()
	eachForm(t, func(t *testing.T, data []byte) {
		e := entry("prod", "u1")
		e.ProxyURL, e.TLSServerName = "http://127.0.0.1:20123", "api.example.org"
		e.Exec.Args = append(e.Exec.Args, "--bastion=me@bastion")
		with, _ := merge(t, data, "", e)
		list, err := kubeconfig.List(with)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(o kubeconfig.Owned) bool { return o.ClusterUUID == "u1" })
		if i < 0 || list[i].ProxyURL != e.ProxyURL || list[i].TLSServerName != e.TLSServerName || !slices.Equal(list[i].ExecArgs, e.Exec.Args) {
			t.Errorf("the login reads %+v", list)
		}
		e.ProxyURL, e.TLSServerName, e.NoProxy = "", "", true
		without, _ := merge(t, with, "", e)
		if c := load(t, without).Clusters["prod"]; c.ProxyURL != "" || c.TLSServerName != "api.example.org" {
			t.Errorf("the cluster is %+v", c)
		}
	})
}

func TestCommentsInOurEntriesStay(t *testing.T) {
	out, _ := merge(t, nil, "prod", entry("prod", "u-1"))
	out = replace(t, out, "    server: https://203.0.113.10:6443\n", "    # the office network only\n    server: https://203.0.113.10:6443 # vip\n    proxy-url: http://proxy # mine\n")
	e := entry("prod", "u-1")
	e.Server = "https://203.0.113.11:6443"
	e.CAData = []byte("another")
	again, _ := merge(t, out, "prod", e)
	for _, want := range []string{"    # the office network only\n", "server: https://203.0.113.11:6443 # vip\n", "proxy-url: http://proxy # mine\n"} {
		if !strings.Contains(string(again), want) {
			t.Errorf("%q is not in\n%s", want, again)
		}
	}
}

// TestRenamedByTheUser: entries are found by what they are, not by their names.
func TestRenamedByTheUser(t *testing.T) {
	out, _ := merge(t, nil, "prod", entry("prod", "u-1"))
	out = replace(t, out, "name: prod\n", "name: p\n") // cluster and context
	out = replace(t, out, "    cluster: prod\n", "    cluster: p\n")
	out = replace(t, out, "current-context: prod", "current-context: p")
	out = replace(t, out, "name: prod-alice\n", "name: me\n")
	out = replace(t, out, "user: prod-alice\n", "user: me\n")
	e := entry("prod", "u-1")
	e.Server = "https://203.0.113.11:6443"
	again, owned := merge(t, out, "prod", e)
	cfg := load(t, again)
	if len(cfg.Contexts) != 1 || cfg.Contexts["p"] == nil || cfg.Clusters["p"].Server != e.Server || cfg.AuthInfos["me"] == nil || cfg.CurrentContext != "p" {
		t.Errorf("after the second login:\n%s", again)
	}
	if o := owned[0]; o.Context != "p" || o.Cluster != "p" || o.User != "me" || !o.Current {
		t.Errorf("told as %+v", o)
	}
	if back := remove(t, again, func(o kubeconfig.Owned) bool { return o.ClusterUUID == "u-1" }); len(back) != 0 {
		t.Errorf("after logout:\n%s", back)
	}
}

// TestMadeAnew: a cluster of the same name with another UUID takes over the
// entry, with what the user added.
func TestMadeAnew(t *testing.T) {
	out, _ := merge(t, nil, "", entry("prod", "u-old"))
	e := entry("prod", "u-new")
	e.Namespace, e.Server = "shop", "https://203.0.113.77:6443"
	again, owned := merge(t, out, "prod", e)
	cfg := load(t, again)
	if len(cfg.Clusters) != 1 || len(cfg.Contexts) != 1 || len(cfg.AuthInfos) != 1 || cfg.Clusters["prod"].Server != e.Server {
		t.Errorf("after the login to the new cluster:\n%s", again)
	}
	if owned[0].ClusterUUID != "u-new" || strings.Contains(string(again), "u-old") {
		t.Errorf("the old UUID is still there:\n%s", again)
	}
}

// TestTwoIdentities share a cluster's entry; each can leave by itself.
func TestTwoIdentities(t *testing.T) {
	bob := entry("prod", "u-1")
	bob.Context, bob.User, bob.Owner.User = "prod-bob", "prod-bob", "bob"
	one, _ := merge(t, nil, "prod", entry("prod", "u-1"))
	two, _ := merge(t, one, "prod-bob", bob)
	if cfg := load(t, two); len(cfg.Clusters) != 1 || len(cfg.Contexts) != 2 || len(cfg.AuthInfos) != 2 {
		t.Errorf("with both:\n%s", two)
	}
	rest := remove(t, two, named("prod"))
	if cfg := load(t, rest); cfg.Clusters["prod"] == nil || cfg.Contexts["prod-bob"] == nil || len(cfg.AuthInfos) != 1 || cfg.CurrentContext != "prod-bob" {
		t.Errorf("bob alone:\n%s", rest)
	}
	if back := remove(t, two, named("prod-bob")); string(back) != string(one) {
		t.Errorf("alice alone:\n%s\nwant:\n%s", back, one)
	}
	if back := remove(t, rest, all); back != nil {
		t.Errorf("nobody:\n%s", back)
	}
}

// TestTakenNames: no entry that means something else is overwritten.
func TestTakenNames(t *testing.T) {
	foreign := "contexts:\n- name: prod\n  context: {cluster: x, user: x}\n"
	ours, _ := merge(t, nil, "", entry("prod", "u-1"))
	otherRegion, otherUser := entry("prod", "u-2"), entry("prod", "u-1")
	one, elsewhere := entry("prod", ""), entry("prod", "")
	one.Owner, elsewhere.Owner = kubeconfig.Owner{}, kubeconfig.Owner{}
	elsewhere.Server = "https://192.0.2.1"
	shared, _ := merge(t, nil, "", one)
	if again, owned := merge(t, shared, "", one); string(again) != string(shared) || owned[0].ClusterUUID != "" {
		t.Errorf("a shared one is not known again: %+v\n%s", owned[0], again)
	}
	otherRegion.Owner.Region = "nz-hlz-1"
	otherUser.Owner.User = "bob"
	for name, c := range map[string]struct {
		data string
		e    kubeconfig.Entry
		kind string
		ours bool
	}{
		"somebody's context":     {foreign, entry("prod", "u-1"), "context", false},
		"somebody's cluster":     {"clusters:\n- name: prod\n  cluster: {server: a}\n", entry("prod", "u-1"), "cluster", false},
		"somebody's user":        {"users:\n- name: prod-alice\n  user: {token: a}\n", entry("prod", "u-1"), "user", false},
		"ours in another region": {string(ours), otherRegion, "cluster", true},
		"ours of another user":   {string(ours), otherUser, "user", true},
		"shared, another server": {string(shared), elsewhere, "cluster", true},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := kubeconfig.Merge([]byte(c.data), []kubeconfig.Entry{c.e}, "")
			by := "an entry that this program did not make"
			if c.ours {
				by = "another login"
			}
			if err == nil || !strings.HasPrefix(err.Error(), "the "+c.kind+" name ") || !strings.HasSuffix(err.Error(), " is taken by "+by) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(clierr.Hint(err), "--context") {
				t.Errorf("the hint is %q", clierr.Hint(err))
			}
		})
	}
}

// TestCurrentContext goes back to the latest login that is still there, and to
// the user's own in the end.
func TestCurrentContext(t *testing.T) {
	start := []byte("contexts:\n- name: mine\n  context: {cluster: a, user: a}\ncurrent-context: \"mine\" # home\n")
	out, _ := merge(t, start, "a", entry("a", "u-a"))
	out, _ = merge(t, out, "b", entry("b", "u-b"))
	out, _ = merge(t, out, "c", entry("c", "u-c"))
	out, _ = merge(t, out, "a", entry("a", "u-a"))
	for _, step := range []struct{ leave, current string }{{"a", "c"}, {"b", "c"}, {"c", "mine"}} {
		out = remove(t, out, named(step.leave))
		if got := load(t, out).CurrentContext; got != step.current {
			t.Errorf("after leaving %s the current context is %q, want %q", step.leave, got, step.current)
		}
	}
	if string(out) != string(start) {
		t.Errorf("in the end %q", out)
	}
	rest, _ := merge(t, start, "", entry("a", "u-a"))
	if got := load(t, rest).CurrentContext; got != "mine" {
		t.Errorf("a login that leaves it alone switched to %q", got)
	}
}

// TestAfterKubectlRewroteTheFile: kubectl drops comments and order, but not what
// logout needs.
func TestAfterKubectlRewroteTheFile(t *testing.T) {
	start := "apiVersion: v1\nclusters:\n- cluster:\n    server: https://a\n  name: a\ncontexts: null\ncurrent-context: a\nkind: Config\nusers: null\n"
	out, _ := merge(t, []byte(start), "prod", entry("prod", "u-1"))
	rewritten, err := clientcmd.Write(*load(t, out))
	if err != nil {
		t.Fatal(err)
	}
	if got := remove(t, rewritten, all); string(got) != start {
		t.Errorf("after logout:\n%s\nwant:\n%s", got, start)
	}
}

// TestStrangeNames come back as they went in.
func TestStrangeNames(t *testing.T) {
	names := []string{
		"yes", "null", "~", "1e3", "0x1f", "2024-01-31", "a: b", "a #b", "- a", "'", `"`, `\`, "a\tb", "a\nb", " a ", "{a}", "[a]",
		"*a", "&a", "!a", "%a", "@a", "`a`", "|", ">", "?", ":", "a:", "=", "<<", "日本語 🐦", "\u2028", "\u0085", "\u007f", "\x1b[31m", "../../etc",
		strings.Repeat("long ", 100), "---", "...", "\ufeffa", "\U000e0001",
	}
	eachForm(t, func(t *testing.T, data []byte) {
		for i, name := range names {
			e := entry(name, fmt.Sprint("u-", i))
			e.Namespace = name
			e.Owner.ClusterName = name
			out, owned := merge(t, data, name, e)
			c := load(t, out).Contexts[name]
			if c == nil || c.Namespace != name || owned[0].Context != name || owned[0].ClusterName != name {
				t.Errorf("%q came back as %+v, %+v", name, c, owned[0])
			}
			if back := remove(t, out, named(name)); !slices.Equal(back, data) {
				t.Errorf("%q: after logout %q", name, back)
			}
		}
	})
}

// TestNoEntryWithoutItsParts: what cannot be written is refused before.
func TestNoEntryWithoutItsParts(t *testing.T) {
	for _, spoil := range []func(*kubeconfig.Entry){
		func(e *kubeconfig.Entry) { e.Context = "" },
		func(e *kubeconfig.Entry) { e.Cluster = "" },
		func(e *kubeconfig.Entry) { e.User = "a\xff" },
		func(e *kubeconfig.Entry) { e.Server = "" },
	} {
		e := entry("prod", "u-1")
		spoil(&e)
		if _, _, err := kubeconfig.Merge(nil, []kubeconfig.Entry{e}, ""); err == nil {
			t.Errorf("%+v was written", e)
		}
	}
	if _, _, err := kubeconfig.Merge(nil, nil, "nowhere"); err == nil {
		t.Error("a context that is not there became current")
	}
}

// TestLeftovers: clusters and users whose context the user deleted are found.
func TestLeftovers(t *testing.T) {
	out, _ := merge(t, nil, "", entry("prod", "u-1"))
	cfg := load(t, out)
	delete(cfg.Contexts, "prod")
	data, err := clientcmd.Write(*cfg)
	if err != nil {
		t.Fatal(err)
	}
	list, err := kubeconfig.List(data)
	if err != nil || len(list) != 1 || list[0].Context != "" || list[0].Cluster != "prod" || list[0].User != "prod-alice" {
		t.Fatalf("%+v, %v", list, err)
	}
	if cfg := load(t, remove(t, data, all)); len(cfg.Clusters)+len(cfg.AuthInfos) > 0 {
		t.Errorf("they stay: %+v", cfg)
	}
}
