package release

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// commands are how people call the plugins once krew has installed them: kubectl
// finds names with dashes by underscores.
func commands() map[string][]string {
	return map[string][]string{
		plugin.Catalyst: {"kubectl", "catalyst"},
		plugin.Helper:   {"kubectl", "openstack-coe-helper"},
	}
}

func krewAcceptsManifests(t *testing.T, r *releases) {
	m, server := newMachine(t), serve(t, r)
	for _, p := range r.catalog.Plugins {
		m.run(t, "validate-krew-manifest", "-skip-install", "-manifest", filepath.Join(r.first, p.Name+".yaml"))
		path := manifest(t, r, r.first, p.Name+".yaml", server, filepath.Join(m.home, "manifests"))
		said := m.try(t, nil, "validate-krew-manifest", "-manifest", path) // installs for every platform in it
		if said.code != 0 || !strings.Contains(said.stderr, "all 2 spec.platforms installed fine") {
			t.Errorf("%s: exit code %d\n%s", p.Name, said.code, said.stderr)
		}
	}
}

func krewInstallsOffline(t *testing.T, r *releases) {
	m := newMachine(t)
	for _, p := range r.catalog.Plugins {
		m.run(t, "kubectl", "krew", "install",
			"--manifest="+filepath.Join(r.first, p.Name+".yaml"), "--archive="+filepath.Join(r.first, archiveName(p, first, here())))
		checkVersion(t, m, p, first)
	}
}

// checkVersion asks a plugin which version it is, through kubectl.
func checkVersion(t *testing.T, m *machine, p plugin.Plugin, want string) {
	t.Helper()
	var v struct {
		Version, Commit, Date string
		Plugin                struct{ Name string }
	}
	out := m.run(t, append(commands()[p.Name], "version", "-o", "json")...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if v.Version != want || v.Date != committed || len(v.Commit) != 40 || v.Plugin.Name != p.Name {
		t.Errorf("%s is version %q of %q, commit %q; want %q of %q, %s", p.Name, v.Version, v.Date, v.Commit, want, committed, p.Name)
	}
}

// index is a repository as kubernetes-sigs/krew-index is one.
type index struct {
	dir    string
	server string
}

func newIndex(t *testing.T, r *releases) *index {
	t.Helper()
	i := &index{dir: filepath.Join(t.TempDir(), "index"), server: serve(t, r)}
	if err := os.Mkdir(i.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	git(t, i.dir, "init", "--quiet")
	return i
}

// publish puts the plugins of a release into the index.
func (i *index) publish(t *testing.T, r *releases, release string) {
	t.Helper()
	for _, p := range r.catalog.Plugins {
		manifest(t, r, release, p.Name+".yaml", i.server, filepath.Join(i.dir, "plugins"))
	}
	git(t, i.dir, "add", "--all")
	git(t, i.dir, "commit", "--quiet", "--message=release")
}
