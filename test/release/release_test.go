package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// The versions that are released here, of the tree as it is.
const (
	first  = "v1.0.0"
	second = "v1.1.0"
)

// committed is when both were committed.
const committed = "2026-01-02T03:04:05Z"

// releases are made once for all tests.
type releases struct {
	catalog plugin.Catalog
	first   string // folder of the release, for here and other
	again   string // the same, made elsewhere
	second  string // for here alone
}

// here is this machine's platform.
func here() plugin.Platform { return plugin.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH} }

// other is one that is packed and called differently: where it can be, that with
// the largest archives.
func other() plugin.Platform {
	if runtime.GOOS == "windows" {
		return plugin.Platform{OS: "darwin", Arch: "amd64"}
	}
	return plugin.Platform{OS: "windows", Arch: "amd64"}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	r := makeAll(t)
	for name, test := range map[string]func(*testing.T, *releases){
		"the same commit gives the same bytes": sameBytes,
		"archives hold what they have to":      archivesAreComplete,
		"the SBOM lists what is linked":        sbomIsComplete,
		"checksums are those of the files":     checksumsAreRight,
		"the workflow publishes all of it":     everythingIsPublished,
		"README.md tells how to install":       readmeInstalls,
		"krew accepts the manifests":           krewAcceptsManifests,
		"krew installs archives offline":       krewInstallsOffline,
		"from krew install to krew uninstall":  krewJourney,
		"wheels hold what installers need":     wheelsAreSound,
		"pip installs the wheel":               everywhere(pipInstallsWheel),
		"openstack runs the wheel's commands":  everywhere(openstackRunsHelper),
		"Debian installs the packages":         debianInstalls,
		"Homebrew and Scoop name the archives": formulasAreRight,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, r)
		})
	}
}

// makeAll releases this tree as two versions, the first of them twice: from
// folders with other names, in another time zone and with other settings of Go.
func makeAll(t *testing.T) *releases {
	t.Helper()
	catalog, err := plugin.Load()
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	dist := filepath.Join(temp, "dist.exe")
	run(t, "../..", nil, "go", "build", "-trimpath", "-o", dist, "./hack/dist")
	r := &releases{
		catalog: catalog, first: filepath.Join(temp, "first"),
		again: filepath.Join(temp, "again"), second: filepath.Join(temp, "second"),
	}
	tree, elsewhere := filepath.Join(temp, "a"), filepath.Join(temp, "a folder", "somewhere", "else")
	checkOut(t, tree)
	git(t, tree, "tag", first)
	git(t, temp, "clone", "--quiet", tree, elsewhere)
	both := here().OS + "/" + here().Arch + "," + other().OS + "/" + other().Arch
	run(t, tree, []string{"TZ=UTC"}, dist, "-o", r.first, "-platforms", both)
	run(t, elsewhere, []string{"TZ=Pacific/Auckland", "GOFLAGS=-buildvcs=false", "GOARM=7"}, dist, "-o", r.again, "-platforms", both)
	git(t, tree, "commit", "--quiet", "--allow-empty", "--message=second")
	git(t, tree, "tag", second)
	run(t, tree, nil, dist, "-o", r.second, "-platforms", here().OS+"/"+here().Arch)
	return r
}

// checkOut makes a repository of the tree as it is, what is not committed
// included.
func checkOut(t *testing.T, to string) {
	t.Helper()
	copyTracked(t, filepath.Join("..", ".."), to)
	git(t, to, "init", "--quiet")
	git(t, to, "add", "--all")
	git(t, to, "commit", "--quiet", "--message=first")
}

// git runs it without anybody's settings, at a time that never changes.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return run(t, dir, []string{
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_AUTHOR_DATE=" + committed,
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org", "GIT_COMMITTER_DATE=" + committed,
	}, "git", args...)
}

// run runs a program that has to succeed and returns its standard output.
func run(t *testing.T, dir string, env []string, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", filepath.Base(program), args, err, out, &complaints)
	}
	return string(out)
}
