package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// redirected is what a cloned repository says about the victim's cloud: another
// Keystone, or another Magnum.
func redirected(key, value string) []byte {
	if key == "auth_url" {
		return fmt.Appendf(nil, "clouds: {alice: {auth: {auth_url: %q}}}\n", value)
	}
	return fmt.Appendf(nil, "clouds: {alice: {%s: %q}}\n", key, value)
}

// TestFolderIsNotMixed holds S4: what a current folder says of a cloud is never
// laid over the victim's account, whichever file says it and whatever runs.
func TestFolderIsNotMixed(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for _, file := range []string{"secure.yaml", "clouds.yaml", "secure.yml", "clouds.json"} {
		for _, key := range []string{"auth_url", "container_infra_endpoint_override"} {
			t.Run(file+" with "+key, func(t *testing.T) {
				t.Parallel()
				evil := startStranger(t, nil)
				alice := newVictim(t, cloud, "alice")
				alice.write("work/"+file, redirected(key, evil.URL+"/v3"))
				r := alice.mustCatalyst("cluster", "list")
				if n := strings.Count(r.stderr, filepath.Join(alice.folder, file)); n != 1 || !strings.Contains(r.stderr, "left aside") {
					t.Errorf("want one warning that names %s: %s", file, r)
				}
				for _, args := range [][]string{{"__complete", "login", ""}, {"__complete", "cluster", "show", ""}} {
					r := alice.mustCatalyst(args...)
					if !strings.Contains(r.stdout, "prod") || r.stderr != "" {
						t.Errorf("%q: %s", args, r)
					}
				}
				alice.vars["KUBECTL_CATALYST_COMPLETE_LATE"] = "1" // the process that goes on after TAB
				alice.mustCatalyst("__complete", "login", "")
				delete(alice.vars, "KUBECTL_CATALYST_COMPLETE_LATE")
				if r := alice.run("openstack-coe-helper", "support", "prod"); r.code != 0 {
					t.Errorf("support: %s", r)
				}
				evil.wantSilence(t)
			})
		}
	}
}

// TestFolderIsNotLookedAtByKubectl holds that the exec plugin reads nothing in
// the current folder, not even a whole cloud.
func TestFolderIsNotLookedAtByKubectl(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	evil := startStranger(t, nil)
	alice := newVictim(t, cloud, "alice")
	alice.mustCatalyst("login", "prod")
	alice.write("work/clouds.yaml", fmt.Appendf(nil, `clouds:
  alice:
    container_infra_endpoint_override: %s/v1
    auth: {auth_url: %q, username: alice, password: folder, project_name: demo, user_domain_name: Default, project_domain_name: Default}
`, evil.URL, cloud.KeystoneURL))
	alice.write("work/secure.yaml", redirected("container_infra_endpoint_override", evil.URL+"/v1"))
	for _, what := range []string{"a kept token", "an empty cache"} {
		if r := alice.kubectl("get", "namespaces"); r.code != 0 || r.stderr != "" {
			t.Errorf("with %s: %s", what, r)
		}
		must(t, os.RemoveAll(filepath.Join(alice.home, ".cache")))
	}
	evil.wantSilence(t)
}

// TestWholeCloudOfFolder holds that a cloud with its own address and its own
// secret counts, is named, and gets nothing of the victim's.
func TestWholeCloudOfFolder(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	whole := func(evil *stranger) []byte {
		return fmt.Appendf(nil, `clouds:
  alice:
    auth: {auth_url: "%s/v3", username: alice, password: folder, project_name: demo, user_domain_name: Default, project_domain_name: Default}
`, evil.URL)
	}
	t.Run("is used and named", func(t *testing.T) {
		t.Parallel()
		evil := startStranger(t, nil)
		alice := newVictim(t, cloud, "alice")
		path := alice.write("work/clouds.yaml", whole(evil))
		r := alice.catalyst("cluster", "list", "--os-cloud", "alice")
		if n := strings.Count(r.stderr, path); r.code == 0 || n != 1 {
			t.Errorf("want one line that names %s: %s", path, r)
		}
		if len(evil.requests()) == 0 {
			t.Error("the cloud of the folder was not used")
		}
		evil.wantNoSecret(t)
	})
	t.Run("gets no secret of the environment", func(t *testing.T) {
		t.Parallel()
		evil := startStranger(t, nil)
		alice := newVictim(t, cloud, "alice")
		alice.write("work/clouds.yaml", whole(evil))
		alice.vars["OS_CLOUD"], alice.vars["OS_PASSWORD"] = "alice", "alice-pw"
		alice.catalyst("cluster", "list")
		alice.vars["OS_TOKEN"] = "gAAAA-of-alice"
		alice.catalyst("cluster", "list")
		evil.wantNoSecret(t)
	})
	t.Run("gets no kept token", func(t *testing.T) {
		t.Parallel()
		evil := startStranger(t, nil)
		alice := newVictim(t, cloud, "alice")
		alice.mustCatalyst("cluster", "list")
		alice.write("work/clouds.yaml", fmt.Appendf(cloud.CloudsYAML("alice"), "    container_infra_endpoint_override: %q\n", evil.URL+"/v1"))
		must(t, os.WriteFile(filepath.Join(alice.folder, "clouds.yaml"),
			[]byte(strings.Replace(string(read(t, filepath.Join(alice.folder, "clouds.yaml"))), "alice-pw", "folder", 1)), 0o600))
		alice.catalyst("cluster", "list").wantRefused(t, 4, "refused")
		evil.wantSilence(t)
	})
	t.Run("is not made of a link to the victim's file", func(t *testing.T) {
		t.Parallel()
		evil := startStranger(t, nil)
		alice := newVictim(t, cloud, "alice")
		if err := os.Symlink(filepath.Join(alice.home, ".config", "openstack", "clouds.yaml"), filepath.Join(alice.folder, "clouds.yaml")); err != nil {
			t.Skipf("this system lets nobody make a link: %v", err)
		}
		alice.write("work/secure.yaml", redirected("auth_url", evil.URL+"/v3"))
		r := alice.mustCatalyst("cluster", "list")
		if !strings.Contains(r.stderr, "it is a link") {
			t.Errorf("no warning about the link: %s", r)
		}
		evil.wantSilence(t)
	})
}

// TestFolderThatIsTheUsersOwn holds that the folder for configuration is not
// foreign when commands run in it, and that a file which is named is used.
func TestFolderThatIsTheUsersOwn(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	clouds := strings.Replace(string(cloud.CloudsYAML("alice")), `password: "alice-pw"`, "", 1)
	secret := []byte("clouds: {alice: {auth: {password: alice-pw}}}\n")

	alice := newVictim(t, cloud, "alice")
	alice.write("home/.config/openstack/clouds.yaml", []byte(clouds))
	alice.write("home/.config/openstack/secure.yaml", secret)
	alice.folder = filepath.Join(alice.home, ".config", "openstack")
	if r := alice.mustCatalyst("cluster", "list"); r.stderr != "" {
		t.Errorf("in the folder for configuration: %s", r)
	}

	alice = newVictim(t, cloud, "alice")
	alice.write("home/.config/openstack/clouds.yaml", []byte("clouds: {}\n"))
	alice.write("work/conf/clouds.yaml", []byte(clouds))
	alice.write("work/conf/secure.yaml", secret)
	alice.vars["OS_CLIENT_CONFIG_FILE"], alice.vars["OS_CLIENT_SECURE_FILE"] = "conf/clouds.yaml", "conf/secure.yaml"
	if r := alice.mustCatalyst("cluster", "list"); r.stderr != "" {
		t.Errorf("with files that are named: %s", r)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}
