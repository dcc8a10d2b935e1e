package release

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// wheelTags are how installers call the platforms that are tried here.
var wheelTags = map[plugin.Platform]string{
	{OS: "linux", Arch: "amd64"}:   "manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64",
	{OS: "linux", Arch: "arm64"}:   "manylinux2014_aarch64.manylinux_2_17_aarch64.musllinux_1_1_aarch64",
	{OS: "darwin", Arch: "amd64"}:  "macosx_12_0_x86_64",
	{OS: "darwin", Arch: "arm64"}:  "macosx_12_0_arm64",
	{OS: "windows", Arch: "amd64"}: "win_amd64",
	{OS: "windows", Arch: "arm64"}: "win_arm64",
}

// wheelName returns the name of the helper's wheel of a version with its v.
func wheelName(version string, at plugin.Platform) string {
	return "openstack_coe_helper-" + strings.TrimPrefix(version, "v") + "-py3-none-" + wheelTags[at] + ".whl"
}

// wheelsAreSound holds wheels to the specification: tags, RECORD, metadata, and the
// very program of the archive as a script.
func wheelsAreSound(t *testing.T, r *releases) {
	helper := r.catalog.Plugins[slices.IndexFunc(r.catalog.Plugins, func(p plugin.Plugin) bool { return p.Name == plugin.Helper })]
	for _, at := range []plugin.Platform{here(), other()} {
		name := wheelName(first, at)
		data, err := os.ReadFile(filepath.Join(r.first, name))
		if err != nil {
			t.Fatal(err)
		}
		files := unpack(t, name, data)
		const info = "openstack_coe_helper-1.0.0.dist-info/"
		script := "openstack_coe_helper-1.0.0.data/scripts/" + executable(helper.Program, at)
		archive := archiveName(helper, first, at)
		packed := unpack(t, archive, []byte(readFile(t, filepath.Join(r.first, archive))))
		if program := packed[executable(helper.Program, at)]; !bytes.Equal(files[script], program) || len(program) == 0 {
			t.Errorf("%s: %s is not the program of %s", name, script, archive)
		}
		checkRecord(t, name, info, files)
		checkModes(t, name, script, data)
		var tags []string
		for line := range strings.Lines(string(files[info+"WHEEL"])) {
			if tag, ok := strings.CutPrefix(line, "Tag: py3-none-"); ok {
				tags = append(tags, strings.TrimSpace(tag))
			}
		}
		if strings.Join(tags, ".") != wheelTags[at] || !strings.Contains(string(files[info+"WHEEL"]), "\nRoot-Is-Purelib: false\n") {
			t.Errorf("%s: WHEEL says\n%s", name, files[info+"WHEEL"])
		}
		for _, want := range []string{"Name: openstack-coe-helper\n", "\nVersion: 1.0.0\n", "\nLicense-Expression: Apache-2.0\n",
			"\nRequires-Dist: python-magnumclient>=2.12.0; extra == 'openstack'\n"} {
			if !strings.Contains(string(files[info+"METADATA"]), want) {
				t.Errorf("%s: METADATA lacks %q", name, want)
			}
		}
		for line := range strings.Lines(string(files[info+"METADATA"])) {
			if file, ok := strings.CutPrefix(line, "License-File: "); ok && len(files[info+"licenses/"+strings.TrimSpace(file)]) == 0 {
				t.Errorf("%s lacks the licence %s", name, file)
			}
		}
	}
}

// checkRecord wants each file with its sum in RECORD, and nothing else there.
func checkRecord(t *testing.T, name, info string, files map[string][]byte) {
	t.Helper()
	want := []string{info + "RECORD,,"}
	for file, data := range files {
		if file != info+"RECORD" {
			sum := sha256.Sum256(data)
			want = append(want, fmt.Sprintf("%s,sha256=%s,%d", file, base64.RawURLEncoding.EncodeToString(sum[:]), len(data)))
		}
	}
	got := strings.Split(strings.TrimSpace(string(files[info+"RECORD"])), "\n")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: RECORD:\n%s", name, diff)
	}
}

// checkModes wants the program, and it alone, to be executable.
func checkModes(t *testing.T, name, script string, data []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if executable := f.Mode().Perm()&0o111 != 0; executable != (f.Name == script) {
			t.Errorf("%s: %s has the mode %v", name, f.Name, f.Mode())
		}
	}
}

// site is a Debian with openstack from apt and a pip, where the user who runs the
// tests installs wheels into folders of their own.
type site struct {
	root debian.Root
	dir  string // /srv inside
}

func newSite(t *testing.T, r *releases, cloud lab.Cloud) *site {
	t.Helper()
	if here() != (plugin.Platform{OS: "linux", Arch: "amd64"}) {
		t.Skip("Debian's root is for linux/amd64")
	}
	root, err := lab.Debian(cloud)
	debian.Require(t, "Debian with the openstack command", err)
	s := &site{root: root, dir: t.TempDir()}
	for _, from := range []string{filepath.Join(r.first, wheelName(first, here())), filepath.Join(r.second, wheelName(second, here()))} {
		data := []byte(readFile(t, from))
		if err := os.WriteFile(filepath.Join(s.dir, filepath.Base(from)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.run(t, nil, "python3 -m venv /srv/pip")
	return s
}

// pip runs a command of pip for Debian's own Python.
func pip(command string) string {
	return "/srv/pip/bin/pip --python /usr/bin/python3 --no-cache-dir --disable-pip-version-check -q " + command
}

// try runs a line of a shell and returns how it ended.
func (s *site) try(ctx context.Context, env []string, line string) result {
	env = append(env, "PYTHONUSERBASE=/srv/user", "PIP_BREAK_SYSTEM_PACKAGES=1", "PIP_NO_INDEX=1")
	cmd := s.root.Command(ctx, s.dir, s.dir, env, "/bin/sh", "-c", line)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	_ = cmd.Run()
	return result{line, out.String(), complaints.String(), cmd.ProcessState.ExitCode()}
}

func (s *site) run(t *testing.T, env []string, line string) string {
	t.Helper()
	r := s.try(t.Context(), env, line)
	if r.code != 0 {
		t.Fatalf("%s: exit code %d\n%s%s", line, r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// left returns the helper's files below a folder of the site.
func (s *site) left(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.dir, folder), func(path string, _ os.DirEntry, err error) error {
		if strings.Contains(strings.ReplaceAll(filepath.Base(path), "-", "_"), "openstack_coe_helper") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// everywhere runs a test in each Debian that has the openstack command.
func everywhere(test func(*testing.T, *site)) func(*testing.T, *releases) {
	return func(t *testing.T, r *releases) {
		for name, cloud := range map[string]lab.Cloud{"Debian 12": lab.Heat, "Debian 13": lab.ClusterAPI} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, newSite(t, r, cloud))
			})
		}
	}
}

// pipInstallsWheel takes a wheel through its life: installed, run, upgraded, removed.
func pipInstallsWheel(t *testing.T, s *site) {
	s.run(t, nil, pip("install --user /srv/"+wheelName(first, here())))
	if out := s.run(t, nil, "/srv/user/bin/openstack-coe-helper version"); !strings.HasPrefix(out, first+" ") {
		t.Errorf("the program says %q", out)
	}
	if r := s.try(t.Context(), nil, pip("check")); strings.Contains(r.stdout+r.stderr, "coe-helper") { // Debian's own packages are not all content
		t.Errorf("pip check: %s%s", r.stdout, r.stderr)
	}
	s.run(t, nil, pip("install --user --upgrade /srv/"+wheelName(second, here())))
	if out := s.run(t, nil, "/srv/user/bin/openstack-coe-helper version"); !strings.HasPrefix(out, second+" ") {
		t.Errorf("upgraded, the program says %q", out)
	}
	s.run(t, nil, pip("uninstall -y openstack-coe-helper"))
	if left := s.left(t, "user"); len(left) > 0 {
		t.Errorf("uninstalling leaves %q", left)
	}
	if w := s.try(t.Context(), nil, "cp /srv/"+wheelName(second, here())+" /srv/x.zip && cp /srv/x.zip /srv/openstack_coe_helper-1.1.0-py3-none-win_amd64.whl && "+
		pip("install --user /srv/openstack_coe_helper-1.1.0-py3-none-win_amd64.whl")); w.code == 0 || !strings.Contains(w.stderr, "not a supported wheel on this platform") {
		t.Errorf("a wheel of another platform: %+v", w)
	}
}

// openstackRunsHelper runs the commands that the wheel registers with Debian's own
// openstack, which finds what the user has installed.
func openstackRunsHelper(t *testing.T, s *site) {
	s.run(t, nil, pip("install --user /srv/"+wheelName(first, here())))
	if out := s.run(t, nil, "openstack coe helper check"); !strings.Contains(out, "/usr/bin/openstack (apt)") {
		t.Errorf("check is not about the openstack that runs it:\n%s", out)
	}
	if out := s.run(t, nil, "openstack help coe helper support"); !strings.Contains(out, "--kubernetes") || !strings.Contains(out, "CLUSTER") {
		t.Errorf("help:\n%s", out)
	}
	for line, want := range map[string]result{
		"openstack coe helper check --minimum 99 -o json":        {code: 3, stdout: `is older than 99"`, stderr: "error: python-magnumclient"},
		"openstack coe helper check --output nonsense":           {code: 2, stderr: "nonsense"},
		"openstack coe helper support":                           {code: 2, stderr: "CLUSTER"},
		"openstack --os-cloud of-nobody coe helper support prod": {code: 1, stderr: "Cloud of-nobody was not found."},
		"openstack --os-auth-url http://127.0.0.1:9 --os-username u --os-password geheim --os-project-name p coe helper support prod": {code: 1, stderr: "127.0.0.1:9"},
		"openstack coe helper version </dev/null | cat":                {stdout: first + " "},
		"PYTHONIOENCODING=ascii LC_ALL=C openstack coe helper version": {stdout: first + " "},
	} {
		got := s.try(t.Context(), nil, line)
		if got.code != want.code || !strings.Contains(got.stdout, want.stdout) || !strings.Contains(got.stderr, want.stderr) ||
			strings.Contains(got.stdout+got.stderr, "geheim") || strings.Contains(got.stderr, "Traceback") {
			t.Errorf("%s: exit code %d\n%s%s", line, got.code, got.stdout, got.stderr)
		}
	}
	// Another version on PYTHONPATH runs its own program, and none that is gone.
	s.run(t, nil, pip("install --target /srv/other /srv/"+wheelName(second, here())))
	env := []string{"PYTHONPATH=/srv/other"}
	if out := s.run(t, env, "openstack coe helper version"); !strings.HasPrefix(out, second+" ") {
		t.Errorf("with 1.1.0 on PYTHONPATH: %q", out)
	}
	if out := s.run(t, nil, "/srv/other/bin/openstack-coe-helper check"); !strings.Contains(out, "openstack coe helper  1.0.0 (/srv/user/lib/") ||
		!strings.Contains(out, "openstack coe helper is version 1.0.0, this program is 1.1.0") {
		t.Errorf("check does not tell the versions apart:\n%s", out)
	}
	for _, gone := range []string{"other/bin", "user/bin"} {
		if err := os.RemoveAll(filepath.Join(s.dir, gone)); err != nil {
			t.Fatal(err)
		}
	}
	for _, env := range [][]string{nil, env} {
		s.try(t.Context(), env, "openstack coe helper version").fails(t, "the program openstack-coe-helper is not where it was installed", "pip install --force-reinstall openstack-coe-helper")
	}
}
