package cloud_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

const (
	public = `public-clouds:
  catalyst:
    auth: {auth_url: "https://api.example.com:5000/v3", user_domain_name: Public}
    verify: true
    interface: admin
    regions: [p1, p2]
`
	profiled = `clouds:
  mine:
    profile: catalyst
    verify: false
    regions: [m1]
    auth: {username: alice, project_name: demo}
`
	secured = `clouds:
  mine: {auth: {password: hush, username: secure-alice}}
  hidden: {auth: {auth_url: "https://hidden.example.com", username: h, password: hush}}
`
)

func TestLayersOfFiles(t *testing.T) {
	t.Parallel()
	dir, env := home(t, map[string]string{
		"home/.config/openstack/clouds.yaml":   profiled,
		"xdg/openstack/clouds-public.yml":      public,
		"elsewhere/secure.yaml":                secured,
		"work/clouds.yaml":                     "clouds: {here: {auth: {auth_url: http://here, token: t}}}",
		"named/my clouds.json":                 `{"clouds": {"named": {"auth": {"auth_url": "http://named"}}}}`,
		"xdg/openstack/clouds.yaml":            "clouds: {xdg: {auth: {auth_url: http://xdg}}}",
		"home/.config/openstack/not-there.yml": "",
	})
	tests := []struct {
		name string
		dir  string
		env  map[string]string
		opts cloud.Options
		want func(cloud.Identity) bool
	}{
		{
			name: "profile below, secure above", env: map[string]string{"XDG_CONFIG_HOME": "", "OS_CLIENT_SECURE_FILE": "elsewhere/secure.yaml", "OS_CLIENT_VENDOR_FILE": "xdg/openstack/clouds-public.yml", "OS_CLOUD": "mine"},
			want: func(id cloud.Identity) bool {
				return id.AuthURL == "https://api.example.com:5000" && id.Username == "secure-alice" && id.UserDomainName == "Public" &&
					id.Region == "m1" && id.Interface == "admin" && id.Insecure
			},
		},
		{
			name: "a cloud of secure.yaml alone", env: map[string]string{"OS_CLIENT_SECURE_FILE": "elsewhere/secure.yaml"}, opts: cloud.Options{Cloud: "hidden"},
			want: func(id cloud.Identity) bool { return id.Username == "h" },
		},
		{name: "the current folder", dir: "work", opts: cloud.Options{Cloud: "here"}, want: func(id cloud.Identity) bool { return id.Name == "here" && id.Folder != "" }},
		{name: "XDG_CONFIG_HOME before the home folder", env: map[string]string{"XDG_CONFIG_HOME": "xdg"}, want: func(id cloud.Identity) bool { return id.Name == "xdg" }},
		{name: "the file that is named before all", dir: "work", env: map[string]string{"OS_CLIENT_CONFIG_FILE": "named/my clouds.json"}, want: func(id cloud.Identity) bool { return id.Name == "named" }},
		{name: "a file that is named and not there", dir: "work", env: map[string]string{"OS_CLIENT_CONFIG_FILE": "gone.yaml", "XDG_CONFIG_HOME": "xdg"}, want: func(id cloud.Identity) bool { return id.Name == "xdg" }},
		{name: "the environment verifies again", env: map[string]string{"OS_CLIENT_VENDOR_FILE": "xdg/openstack/clouds-public.yml", "OS_INSECURE": "false"}, want: func(id cloud.Identity) bool { return !id.Insecure }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all := maps.Clone(env)
			for k, v := range tt.env {
				if strings.HasSuffix(k, "_FILE") || k == "XDG_CONFIG_HOME" && v != "" {
					v = dir + "/" + v
				}
				all[k] = v
			}
			tt.opts.Dir, tt.opts.Getenv = dir+"/"+tt.dir, lookup(all)
			c, err := cloud.Resolve(tt.opts)
			if err != nil {
				t.Fatalf("%v (%s)", err, clierr.Hint(err))
			}
			if id := c.Identity(); !tt.want(id) {
				t.Errorf("identity = %+v", id)
			}
		})
	}
}

func TestResolveErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string
		env   map[string]string
		opts  cloud.Options
		code  int
		says  string
		hint  string
	}{
		{name: "nothing", code: clierr.SignIn, says: "no OpenStack account", hint: "openrc"},
		{name: "several", files: map[string]string{"clouds.yaml": two}, code: clierr.Usage, says: `"one", "two"`, hint: "--os-cloud"},
		{name: "unknown cloud", files: map[string]string{"clouds.yaml": two}, opts: cloud.Options{Cloud: "three"}, code: clierr.Usage, says: `"three"`, hint: `"one", "two"`},
		{name: "unknown cloud, no file", opts: cloud.Options{Cloud: "three"}, code: clierr.Usage, says: `"three"`, hint: "clouds.yaml"},
		{name: "unknown region", files: map[string]string{"clouds.yaml": two}, opts: cloud.Options{Cloud: "two", Region: "north"}, code: clierr.Usage, says: `"north"`, hint: `"east", "west"`},
		{name: "no auth URL", files: map[string]string{"clouds.yaml": "clouds: {a: }"}, code: clierr.SignIn, says: `cloud "a"`, hint: "auth_url"},
		{name: "auth URL that is none", env: map[string]string{"OS_AUTH_URL": "hush:hush@host/v3"}, code: clierr.Failure, says: "not an http or https URL", hint: "https://"},
		{name: "auth type", env: map[string]string{"OS_AUTH_URL": "http://a", "OS_AUTH_TYPE": "v3oidcpassword"}, code: clierr.Failure, says: `"v3oidcpassword"`, hint: "OS_TOKEN"},
		{name: "insecure", env: map[string]string{"OS_AUTH_URL": "http://a", "OS_INSECURE": "perhaps"}, code: clierr.Failure, says: "insecure", hint: "true or false"},
		{name: "broken file", files: map[string]string{"clouds.yaml": "clouds:\n  a: {auth: {password: *hush}}\n"}, code: clierr.Failure, says: "clouds.yaml", hint: "quoted"},
		{name: "huge file", files: map[string]string{"clouds.yaml": strings.Repeat("# hush\n", 1<<18)}, code: clierr.Failure, says: "larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, env := home(t, tt.files)
			maps.Copy(env, tt.env)
			tt.opts.Dir, tt.opts.Getenv = dir, lookup(env)
			c, err := cloud.Resolve(tt.opts)
			if err == nil {
				t.Fatalf("no error but %s", c)
			}
			if clierr.Code(err) != tt.code || !strings.Contains(err.Error(), tt.says) || !strings.Contains(clierr.Hint(err), tt.hint) {
				t.Errorf("error = %v (code %d, hint %q), want code %d, %q and hint %q", err, clierr.Code(err), clierr.Hint(err), tt.code, tt.says, tt.hint)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("error %q shows what may be a secret", err)
			}
		})
	}
}

func TestProfileThatIsNotThere(t *testing.T) {
	t.Parallel()
	dir, env := home(t, map[string]string{"clouds.yaml": "clouds: {a: {profile: gone, auth: {auth_url: http://a}}}"})
	var warnings []string
	_, err := cloud.Resolve(cloud.Options{Dir: dir, Getenv: lookup(env), Warn: func(s string) { warnings = append(warnings, s) }})
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], `"gone"`) {
		t.Errorf("error %v, warnings %q", err, warnings)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	dir, env := home(t, map[string]string{"clouds.yaml": two})
	key := func(o cloud.Options, more ...string) string {
		all := maps.Clone(env)
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		o.Dir, o.Getenv = dir, lookup(all)
		c, err := cloud.Resolve(o)
		if err != nil {
			t.Fatal(err)
		}
		return c.Identity().Key()
	}
	one := key(cloud.Options{Cloud: "one"})
	same := key(cloud.Options{}, "OS_AUTH_URL", "HTTPS://One.example.com:5000/", "OS_USERNAME", "alice", "OS_PASSWORD", "else", "OS_PROJECT_NAME", "demo", "OS_REGION_NAME", "r1")
	if one != same {
		t.Error("the same account has another key when it comes from variables")
	}
	if other := key(cloud.Options{Cloud: "one", Region: "r2"}); other == one {
		t.Error("another region has the same key")
	}
	if other := key(cloud.Options{Cloud: "one"}, "OS_PROJECT_ID", "x"); other == one {
		t.Error("another project has the same key")
	}
	if strings.Contains(one, "alice") || strings.Contains(one, "example") {
		t.Errorf("key %q says who it is for", one)
	}
}
