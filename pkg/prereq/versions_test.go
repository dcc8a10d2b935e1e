package prereq_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// fakeVenv is an environment made of nothing but the files that are looked at,
// for what depends on the version alone.
func fakeVenv(t *testing.T, dir, lib, version string) string {
	t.Helper()
	write(t, filepath.Join(dir, "pyvenv.cfg"), "home = /nowhere\nversion = "+strings.TrimPrefix(lib, "python")+".1\n", 0o644)
	python := write(t, filepath.Join(dir, "bin/python"), "\x7fELF", 0o755)
	if version != "" {
		install(t, filepath.Join(dir, "lib", lib, "site-packages"), version)
	}
	return script(t, filepath.Join(dir, "bin/openstack"), python)
}

func TestMinimum(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		have, minimum string
		want          prereq.Answer
	}{
		{"2.12.0", "2.12.0", prereq.Met},
		{"2.12", "2.12.0", prereq.Met},
		{"2.12.0.0", "2.12", prereq.Met},
		{"2.11.0", "2.12.0", prereq.NotMet},
		{"2.9.0", "2.12.0", prereq.NotMet}, // not as text
		{"10.0.0", "2.12.0", prereq.Met},
		{"2.12.0rc1", "2.12.0", prereq.NotMet},
		{"2.12.0.dev5", "2.12.0", prereq.NotMet},
		{"2.12.0a1.dev2", "2.12.0a1", prereq.NotMet},
		{"2.12.1.dev3", "2.12.0", prereq.Met},
		{"2.12.0+ubuntu1", "2.12.0", prereq.Met},
		{"2.12.0", "2.12.0+ubuntu1", prereq.NotMet},
		{"2.12.0.post1", "2.12.0", prereq.Met},
		{"2.12.0-1", "2.12.0", prereq.Met},
		{"1!0.1", "2.12.0", prereq.Met},
		{"v4.0.0", "2.12.0", prereq.Met},
		{"4.0.0", "4.1.0", prereq.NotMet},
		{"unknown", "2.12.0", prereq.Unknown},
		{"4.0.0_broken!", "2.12.0", prereq.Unknown},
	} {
		t.Run(c.have+" against "+c.minimum, func(t *testing.T) {
			t.Parallel()
			dir := realTemp(t)
			r := check(t, prereq.Options{
				OpenStack: fakeVenv(t, dir, "python3.11", c.have), Minimum: c.minimum, Environ: environment(dir),
			})
			if r.Answer != c.want || r.OK != (c.want == prereq.Met) {
				t.Errorf("answer %q (%s), want %q", r.Answer, r.Reason, c.want)
			}
		})
	}
}

func TestMinimumMustBeAVersion(t *testing.T) {
	t.Parallel()
	_, err := prereq.Check(t.Context(), prereq.Options{Minimum: "newest"})
	if err == nil || !strings.Contains(err.Error(), `"newest"`) {
		t.Errorf("got %v", err)
	}
}

func TestAdviceForTheVersionFound(t *testing.T) {
	t.Parallel()
	const typeError, alpha, certificate, rotate = "TypeError", "v1alpha1", "admin certificate", "credential rotate"
	for _, c := range []struct {
		version, lib string
		want         []string
	}{
		{"2.11.0", "python3.11", []string{"does not exist before 2.12.0", alpha, certificate, rotate}},
		{"2.12.0", "python3.11", []string{typeError, alpha, certificate, rotate}},
		{"2.12.0", "python2.7", []string{alpha, certificate, rotate}},
		{"2.13.0", "python3.11", []string{alpha, certificate, rotate}},
		{"4.0.0", "python3.11", []string{alpha, certificate, rotate}},
		{"4.1.0rc1", "python3.11", []string{alpha, certificate, rotate}},
		{"4.1.0", "python3.11", []string{certificate, rotate}},
		{"4.7.0", "python3.11", []string{rotate}},
		{"4.9.0", "python3.11", nil},
	} {
		t.Run(c.version+" "+c.lib, func(t *testing.T) {
			t.Parallel()
			dir := realTemp(t)
			if len(c.want) == 0 {
				needUnix(t) // for a kubectl that is found
			}
			kubectl := write(t, filepath.Join(dir, "path/kubectl"), "#!/bin/sh\necho '{\"clientVersion\":{\"gitVersion\":\"v1.34.0\"}}'\n", 0o755)
			r := check(t, prereq.Options{
				OpenStack: fakeVenv(t, dir, c.lib, c.version),
				Environ:   []string{"HOME=" + dir, "PATH=" + filepath.Dir(kubectl) + ":" + os.Getenv("PATH")},
			})
			all := strings.Join(r.Advice, "\n")
			for _, known := range []string{"does not exist before 2.12.0", typeError, alpha, certificate, rotate} {
				wanted := false
				for _, w := range c.want {
					wanted = wanted || w == known
				}
				if strings.Contains(all, known) != wanted {
					t.Errorf("advice about %q: wanted %v in:\n%s", known, wanted, all)
				}
			}
			if len(c.want) == 0 && (len(r.Advice) > 0 || r.Upgrade != "") {
				t.Errorf("the newest needs no advice, got %q and %q", r.Advice, r.Upgrade)
			}
			if len(c.want) > 0 && r.Upgrade == "" {
				t.Error("no command to upgrade")
			}
		})
	}
}

func TestRegisteredCommands(t *testing.T) {
	t.Parallel()
	dir := realTemp(t)
	openstack := fakeVenv(t, dir, "python3.11", "4.9.0")
	r := check(t, prereq.Options{OpenStack: openstack, Environ: environment(dir)})
	if r.Magnumclient.Commands != 2 {
		t.Errorf("%d commands, want 2", r.Magnumclient.Commands)
	}
	entries := filepath.Join(dir, "lib/python3.11/site-packages/python_magnumclient-4.9.0.dist-info/entry_points.txt")
	write(t, entries, strings.Replace(entryPoints, "container_infra =", "other =", 1), 0o644)
	r = check(t, prereq.Options{OpenStack: openstack, Environ: environment(dir)})
	if r.Magnumclient.Commands != 0 || !strings.Contains(strings.Join(r.Advice, "\n"), "registers no coe commands") {
		t.Errorf("%d commands, advice %q", r.Magnumclient.Commands, r.Advice)
	}
}
