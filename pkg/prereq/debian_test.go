package prereq_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// TestDebian runs the program in a Debian that has python3-openstackclient and
// python3-magnumclient from apt, and compares with that Debian's Python.
func TestDebian(t *testing.T) {
	t.Parallel()
	lab.Require(t)
	root, err := lab.Debian(lab.Heat)
	if err != nil {
		t.Fatal(err)
	}
	dir := realTemp(t)
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "helper"), "github.com/catalyst-cloud/kubectl-catalyst/cmd/openstack-coe-helper")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	run := func(args ...string) []byte {
		t.Helper()
		cmd := root.Command(t.Context(), dir, dir, nil, args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v\n%s", args, err, stderr.String())
		}
		return out
	}
	out := run("./helper", "check", "-o", "json")
	var r prereq.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "oracle.py"), oracle, 0o644)
	out = run("/usr/bin/python3", "oracle.py")
	var want truth
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	compare(t, r, want)
	if r.OpenStack.Path != "/usr/bin/openstack" || r.OpenStack.Installation != "apt" ||
		r.Magnumclient.Location != "/usr/lib/python3/dist-packages" || r.Magnumclient.Commands < 20 {
		t.Errorf("got %+v %+v", r.OpenStack, r.Magnumclient)
	}
	if !strings.Contains(r.Upgrade, "apt-get") {
		t.Errorf("to upgrade: %q", r.Upgrade)
	}
	if itself := string(run("/usr/bin/openstack", "--version")); !strings.Contains(itself, r.OpenStack.Version) {
		t.Errorf("openstack %q, it says itself %q", r.OpenStack.Version, itself)
	}
}
