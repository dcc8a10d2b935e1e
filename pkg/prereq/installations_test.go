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
		"virtual environment":              {prereq.KindVenv, inVenv},
		"virtual environment, copied":      {prereq.KindVenv, inCopiedVenv},
		"virtual environment of another":   {prereq.KindVenv, nestedVenv},
		"virtual environment, upgraded":    {prereq.KindVenv, upgradedVenv},
		"not in it but in its base":        {prereq.KindVenv, isolatedVenv},
		"in its base, which it may see":    {prereq.KindVenv, sharingVenv},
		"system-site-packages":             {prereq.KindVenv, systemSite},
		"system-site-packages, both":       {prereq.KindVenv, systemSiteBoth},
		"env":                              {prereq.KindVenv, throughEnv},
		"a folder with spaces":             {prereq.KindVenv, spaces},
		"long path":                        {prereq.KindVenv, longPath},
		"link to a script elsewhere":       {prereq.KindVenv, linked},
		"interpreter behind further links": {prereq.KindUser, linkedPython},
		"pip --user":                       {prereq.KindUser, userSite},
		"pip --user, PYTHONUSERBASE":       {prereq.KindUser, userBase},
		"pip --user, switched off by -s":   {"", userSiteOff},
		"PYTHONPATH before everything":     {"", pythonPath},
		"PYTHONPATH, switched off by -E":   {"", pythonPathOff},
		"metadata beside the script":       {"", besideScript},
		"pipx":                             {prereq.KindPipx, pipx},
		"uv tool":                          {prereq.KindUVTool, uvTool},
		"uv virtual environment":           {prereq.KindUVVenv, uvVenv},
		"brew":                             {prereq.KindBrew, brew},
		"snap":                             {prereq.KindSnap, snap},
		"conda":                            {prereq.KindConda, conda},
		"pyenv":                            {prereq.KindPyenv, pyenv},
		"pyenv, newest of a minor version": {prereq.KindPyenv, pyenvMinor},
		"wrapper script":                   {prereq.KindVenv, wrapper},
		"wrapper that adds to PYTHONPATH":  {"", wrapperPath},
		"not installed":                    {prereq.KindVenv, notInstalled},
		"metadata without a version":       {prereq.KindVenv, noVersion},
		"metadata with an empty version":   {prereq.KindVenv, emptyVersion},
		"metadata folder that is empty":    {prereq.KindVenv, emptyFolder},
		"PKG-INFO, METADATA empty":         {prereq.KindVenv, emptyMetadata},
		"distutils' egg-info file":         {prereq.KindVenv, eggInfoFile},
		"egg folder":                       {prereq.KindVenv, egg},
		"develop install through .pth":     {prereq.KindVenv, develop},
		"other spelling of the name":       {prereq.KindVenv, spelling},
		"two versions in one folder":       {prereq.KindVenv, twoVersions},
		"headers in another case":          {prereq.KindVenv, headerCase},
		"ten thousand packages":            {prereq.KindVenv, crowded},
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
