package prereq_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// place is an installation that a test made.
type place struct {
	openstack string   // what is looked at
	environ   []string // with what environment
	runs      string   // what to run to learn the truth, where that is another file
}

// layout is a way in which people come to an openstack: it makes one below dir.
type layout struct {
	kind  string // what the report must call it; "" does not matter
	build func(t *testing.T, py interpreter, dir string) place
}

func layouts() map[string]layout {
	return map[string]layout{
		"virtual environment":              {"virtual environment", inVenv},
		"virtual environment, copied":      {"virtual environment", inCopiedVenv},
		"virtual environment of another":   {"virtual environment", nestedVenv},
		"virtual environment, upgraded":    {"virtual environment", upgradedVenv},
		"not in it but in its base":        {"virtual environment", isolatedVenv},
		"in its base, which it may see":    {"virtual environment", sharingVenv},
		"system-site-packages":             {"virtual environment", systemSite},
		"system-site-packages, both":       {"virtual environment", systemSiteBoth},
		"env":                              {"virtual environment", throughEnv},
		"a folder with spaces":             {"virtual environment", spaces},
		"long path":                        {"virtual environment", longPath},
		"link to a script elsewhere":       {"virtual environment", linked},
		"interpreter behind further links": {"pip --user", linkedPython},
		"pip --user":                       {"pip --user", userSite},
		"pip --user, PYTHONUSERBASE":       {"pip --user", userBase},
		"pip --user, switched off by -s":   {"", userSiteOff},
		"PYTHONPATH before everything":     {"", pythonPath},
		"PYTHONPATH, switched off by -E":   {"", pythonPathOff},
		"metadata beside the script":       {"", besideScript},
		"pipx":                             {"pipx", pipx},
		"uv tool":                          {"uv tool", uvTool},
		"uv virtual environment":           {"uv virtual environment", uvVenv},
		"brew":                             {"brew", brew},
		"snap":                             {"snap", snap},
		"conda":                            {"conda", conda},
		"pyenv":                            {"pyenv", pyenv},
		"pyenv, newest of a minor version": {"pyenv", pyenvMinor},
		"wrapper script":                   {"virtual environment", wrapper},
		"wrapper that adds to PYTHONPATH":  {"", wrapperPath},
		"not installed":                    {"virtual environment", notInstalled},
		"metadata without a version":       {"virtual environment", noVersion},
		"metadata with an empty version":   {"virtual environment", emptyVersion},
		"metadata folder that is empty":    {"virtual environment", emptyFolder},
		"PKG-INFO, METADATA empty":         {"virtual environment", emptyMetadata},
		"distutils' egg-info file":         {"virtual environment", eggInfoFile},
		"egg folder":                       {"virtual environment", egg},
		"develop install through .pth":     {"virtual environment", develop},
		"other spelling of the name":       {"virtual environment", spelling},
		"two versions in one folder":       {"virtual environment", twoVersions},
		"headers in another case":          {"virtual environment", headerCase},
		"ten thousand packages":            {"virtual environment", crowded},
	}
}

func TestAnswerIsPythonsOwn(t *testing.T) {
	t.Parallel()
	eachPython(t, func(t *testing.T, py interpreter) {
		for name, l := range layouts() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := l.build(t, py, realTemp(t))
				r := check(t, prereq.Options{OpenStack: p.openstack, Environ: p.environ})
				runs := p.runs
				if runs == "" {
					runs = p.openstack
				}
				compare(t, r, ask(t, runs, p.environ))
				if l.kind != "" && r.OpenStack.Installation != l.kind {
					t.Errorf("installation %q, want %q", r.OpenStack.Installation, l.kind)
				}
				if want := r.Magnumclient.Version != ""; r.OK != want || (r.Answer == prereq.Met) != want {
					t.Errorf("ok %v, answer %q for version %q", r.OK, r.Answer, r.Magnumclient.Version)
				}
			})
		}
	})
}

// TestVersionsInAVenv goes through the forms that versions take, in one virtual
// environment of each Python.
func TestVersionsInAVenv(t *testing.T) {
	t.Parallel()
	eachPython(t, func(t *testing.T, py interpreter) {
		dir := realTemp(t)
		p := metadataPlace(t, py, dir, func(string) {})
		site := filepath.Join(dir, "lib", py.Lib, "site-packages")
		for version, want := range map[string]prereq.Answer{
			"2.11.0": prereq.NotMet, "2.12.0": prereq.Met, "2.12.0rc1": prereq.NotMet, "2.12.0.dev3": prereq.NotMet,
			"2.12": prereq.Met, "2.12.0+local.1": prereq.Met, "2.12.1.dev9": prereq.Met, "4.9.0": prereq.Met, "not a version": prereq.Unknown,
		} {
			info := distInfo(t, site, "python_magnumclient", version)
			r := check(t, prereq.Options{OpenStack: p.openstack, Environ: p.environ})
			compare(t, r, ask(t, p.openstack, p.environ))
			if r.Answer != want {
				t.Errorf("%s: %q, want %q", version, r.Answer, want)
			}
			if err := os.RemoveAll(info); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// realTemp is a temporary folder under its real name: macOS links /var.
func realTemp(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
