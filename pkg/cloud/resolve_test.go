package cloud_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

// home is a folder that stands for a user's: files by path, and the variables
// that lead there. A file without a folder is in the one for configuration, which
// commands in these tests run in, too.
func home(t testing.TB, files map[string]string) (dir string, env map[string]string) {
	t.Helper()
	dir = t.TempDir()
	plain := false
	for name, text := range files {
		path := filepath.Join(dir, name)
		if filepath.Base(name) == name {
			path, plain = filepath.Join(dir, "home", ".config", "openstack", name), true
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env = map[string]string{"HOME": filepath.Join(dir, "home"), "USERPROFILE": filepath.Join(dir, "home")}
	if plain {
		dir = filepath.Join(dir, "home", ".config", "openstack")
	}
	return dir, env
}

func lookup(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

const two = `clouds:
  one:
    auth: {auth_url: https://one.example.com:5000/v3, username: alice, password: one-pw, project_name: demo}
    region_name: r1
  two:
    auth: {auth_url: "https://TWO.example.com/identity/v3/", user_id: u2, password: 0123, project_id: p2}
    regions: [east, {name: west, values: {interface: internal, auth: {project_id: p2west}}}]
`

func TestResolve(t *testing.T) {
	t.Parallel()
	alice := cloud.Identity{
		Name: "one", AuthURL: "https://one.example.com:5000", Region: "r1", Interface: "public", Method: "password",
		Username: "alice", UserDomainID: "default", ProjectName: "demo", ProjectDomainID: "default",
	}
	with := func(id cloud.Identity, change func(*cloud.Identity)) cloud.Identity {
		change(&id)
		return id
	}
	openrc := map[string]string{
		"OS_AUTH_URL": "http://rc.example.com:5000/v3", "OS_USERNAME": "rc-user", "OS_PASSWORD": "rc-pw", "OS_PROJECT_ID": "rc-p",
		"OS_USER_DOMAIN_NAME": "Default", "OS_REGION_NAME": "rc-region",
	}
	rc := cloud.Identity{
		AuthURL: "http://rc.example.com:5000", Region: "rc-region", Interface: "public", Method: "password",
		Username: "rc-user", UserDomainName: "Default", ProjectID: "rc-p",
	}
	tests := []struct {
		name  string
		files map[string]string
		env   []map[string]string
		opts  cloud.Options
		want  cloud.Identity
	}{
		{name: "flag names the cloud", files: map[string]string{"clouds.yaml": two}, opts: cloud.Options{Cloud: "one"}, want: alice},
		{name: "OS_CLOUD names the cloud", files: map[string]string{"clouds.yaml": two}, env: []map[string]string{{"OS_CLOUD": "one"}}, want: alice},
		{name: "openrc", env: []map[string]string{openrc}, want: rc},
		{
			name: "named cloud beside a whole openrc", files: map[string]string{"clouds.yaml": two},
			env: []map[string]string{openrc}, opts: cloud.Options{Cloud: "one"}, want: alice,
		},
		{name: "openrc beats an only cloud", files: map[string]string{"clouds.yaml": "clouds: {a: {auth: {auth_url: http://a}}}"}, env: []map[string]string{openrc}, want: rc},
		{name: "envvars names the openrc", files: map[string]string{"clouds.yaml": two}, env: []map[string]string{openrc}, opts: cloud.Options{Cloud: "envvars"}, want: rc},
		{
			name: "single variables override the file", files: map[string]string{"clouds.yaml": two},
			env: []map[string]string{{"OS_CLOUD": "one", "OS_PROJECT_ID": "other", "OS_REGION_NAME": "r9", "OS_INTERFACE": "internalURL"}},
			want: with(alice, func(id *cloud.Identity) {
				id.ProjectID, id.ProjectName, id.ProjectDomainID, id.Region, id.Interface = "other", "", "", "r9", "internal"
			}),
		},
		{
			name: "the file's project and domains stand", files: map[string]string{"clouds.yaml": two},
			env: []map[string]string{{"OS_CLOUD": "one", "OS_PROJECT_NAME": "other", "OS_USERNAME": "bob", "OS_USER_DOMAIN_NAME": "Added"}},
			want: with(alice, func(id *cloud.Identity) {
				id.Username, id.UserDomainName, id.UserDomainID = "bob", "Added", ""
			}),
		},
		{
			name: "region in the auth URL", files: map[string]string{"clouds.yaml": "clouds: {a: {region_name: r, auth: {auth_url: 'https://{region_name}.example.com/v3', user_id: u}}}"},
			want: cloud.Identity{Name: "a", AuthURL: "https://r.example.com", Region: "r", Interface: "public", Method: "password", UserID: "u"},
		},
		{
			name: "first region of the list", files: map[string]string{"clouds.yaml": two}, opts: cloud.Options{Cloud: "two"},
			want: cloud.Identity{
				Name: "two", AuthURL: "https://two.example.com/identity", Region: "east", Interface: "public", Method: "password",
				UserID: "u2", ProjectID: "p2",
			},
		},
		{
			name: "a region's own values", files: map[string]string{"clouds.yaml": two}, opts: cloud.Options{Cloud: "two", Region: "west"},
			want: cloud.Identity{
				Name: "two", AuthURL: "https://two.example.com/identity", Region: "west", Interface: "internal", Method: "password",
				UserID: "u2", ProjectID: "p2west",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, env := home(t, tt.files)
			for _, more := range tt.env {
				for k, v := range more {
					env[k] = v
				}
			}
			tt.opts.Dir, tt.opts.Getenv = dir, lookup(env)
			c, err := cloud.Resolve(tt.opts)
			if err != nil {
				t.Fatalf("Resolve: %v (%s)", err, clierr.Hint(err))
			}
			if diff := cmp.Diff(tt.want, c.Identity()); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
		})
	}
}
