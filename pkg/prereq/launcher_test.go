package prereq_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// windowsLauncher is what pip writes on Windows: a program, a shebang, and the
// script in an archive.
func windowsLauncher(t *testing.T, line string) string {
	t.Helper()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("__main__.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(oracle)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	// Real launchers hold "#!" in their own code, ahead of the one that counts.
	return "MZ\x90\x00" + strings.Repeat("\x00code #!nowhere\x00", 5000) + line + archive.String()
}

func TestWindowsLaunchers(t *testing.T) {
	t.Parallel()
	eachPython(t, func(t *testing.T, py interpreter) {
		for name, launcher := range map[string]func(t *testing.T, dir, python string) string{
			"pip": func(t *testing.T, dir, python string) string {
				return write(t, filepath.Join(dir, "openstack.exe"), windowsLauncher(t, "#!"+python+"\r\n"), 0o755)
			},
			"pip, quoted": func(t *testing.T, dir, python string) string {
				return write(t, filepath.Join(dir, "openstack.exe"), windowsLauncher(t, "#!\""+python+"\" -E\n"), 0o755)
			},
			"pip, option": func(t *testing.T, dir, python string) string {
				return write(t, filepath.Join(dir, "openstack.exe"), windowsLauncher(t, "#!"+python+" -I\n"), 0o755)
			},
			"setuptools": func(t *testing.T, dir, python string) string {
				write(t, filepath.Join(dir, "openstack-script.py"), "#!"+python+"\r\n"+oracle, 0o644)
				return write(t, filepath.Join(dir, "openstack.exe"), "MZ\x90\x00", 0o755)
			},
			"uv": func(t *testing.T, dir, python string) string {
				return write(t, filepath.Join(dir, "openstack.exe"), string(peWithResource(t, "UV_PYTHON_PATH", []byte(python))), 0o755)
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(realTemp(t), "my clouds")
				p := venvPlace(t, py, dir)
				twin := script(t, filepath.Join(dir, "bin/twin"), "/usr/bin/env python3")
				p.environ = append(p.environ, "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
				exe := launcher(t, filepath.Join(dir, "Scripts"), filepath.Join(dir, "bin/python3"))
				r := check(t, prereq.Options{OpenStack: exe, Environ: p.environ})
				compare(t, r, ask(t, twin, p.environ))
				if !r.OK || r.OpenStack.Installation != "virtual environment" {
					t.Errorf("ok %v, installation %q (%s)", r.OK, r.OpenStack.Installation, r.Reason)
				}
			})
		}
	})
}

func TestCannotTell(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, reason string
		patience     time.Duration
	}{
		"interpreter gone":          {text: "#!/gone/venv/bin/python3\n", reason: `asks for the interpreter "/gone/venv/bin/python3", which does not exist`},
		"interpreter gone, options": {text: "#!/gone/venv/bin/python3 -I\n", reason: "does not exist"},
		"shell gone":                {text: "#!/gone/bash\n", reason: "does not exist"},
		"env without a Python":      {text: "#!/usr/bin/env python9.9\n", reason: `asks for the interpreter "python9.9"`},
		"wrapper that ends":         {text: "#!/bin/sh\nexit 7\n", reason: "running it did not tell: exit status 7"},
		"wrapper that waits":        {text: "#!/bin/sh\nsleep 600 & sleep 600\n", reason: "it took longer than 300ms", patience: 300 * time.Millisecond},
		"empty file":                {text: "", reason: "does not show which Python it starts"},
		"pyenv, not installed":      {text: "#!/bin/sh\nexec pyenv exec openstack\n", reason: "pyenv has no openstack in the selected version system"},
		"Windows, uv's path gone":   {text: "MZ" + strings.Repeat("\x00", 100), reason: "does not show which Python it starts"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(c.text, "#!") {
				needUnix(t)
			}
			t.Parallel()
			dir := realTemp(t)
			path := write(t, filepath.Join(dir, "shims/openstack"), c.text, 0o755)
			r := check(t, prereq.Options{OpenStack: path, Environ: environment(dir), Patience: cmp.Or(c.patience, patience.Limit), Dir: dir})
			if r.OK || r.Answer != prereq.Unknown || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("ok %v, answer %q, reason %q; want it to say %q", r.OK, r.Answer, r.Reason, c.reason)
			}
		})
	}
}

func TestNoOpenStackAtAll(t *testing.T) {
	t.Parallel()
	dir := realTemp(t)
	r := check(t, prereq.Options{Environ: []string{"HOME=" + dir, "PATH=" + dir}})
	if r.OK || r.Answer != prereq.NotMet || r.OpenStack.Path != "" || !strings.Contains(r.Upgrade, "pipx install") {
		t.Errorf("got %+v", r)
	}
	r = check(t, prereq.Options{OpenStack: filepath.Join(dir, "none"), Environ: environment(dir)})
	if r.Answer != prereq.Unknown || !strings.Contains(r.Reason, "is not a program") {
		t.Errorf("got %+v", r)
	}
}

func TestTheFirstOnPathCounts(t *testing.T) {
	needUnix(t)
	t.Parallel()
	dir := realTemp(t)
	write(t, filepath.Join(dir, "a/openstack"), "not executable", 0o644)
	first := write(t, filepath.Join(dir, "b/openstack"), "#!/gone/first\n", 0o755)
	second := write(t, filepath.Join(dir, "c/openstack"), "#!/gone/second\n", 0o755)
	path := strings.Join([]string{dir + "/a", dir + "/b", dir + "/missing", dir + "/b", dir + "/c"}, string(filepath.ListSeparator))
	r := check(t, prereq.Options{Environ: []string{"HOME=" + dir, "PATH=" + path}})
	if r.OpenStack.Path != first || len(r.OpenStack.Others) != 1 || r.OpenStack.Others[0] != second {
		t.Errorf("first %q, others %q", r.OpenStack.Path, r.OpenStack.Others)
	}
}
