package prereq_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// venv makes a virtual environment and returns its site-packages.
func (py interpreter) venv(t *testing.T, dir string, options ...string) string {
	t.Helper()
	args := append([]string{"-I", "-m", "venv", "--without-pip"}, options...)
	if out, err := exec.Command(py.Exe, append(args, dir)...).CombinedOutput(); err != nil {
		t.Fatalf("making a virtual environment: %v\n%s", err, out)
	}
	return filepath.Join(dir, "lib", py.Lib, "site-packages")
}

// script writes an openstack that runs with the interpreter.
func script(t *testing.T, path, interpreter string) string {
	t.Helper()
	return write(t, path, "#!"+interpreter+"\n"+oracle, 0o755)
}

func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func link(t *testing.T, to, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
	return path
}

const entryPoints = `[openstack.cli.extension]
container_infra = magnumclient.osc.plugin

[openstack.container_infra.v1]
coe_cluster_show = magnumclient.osc.v1.clusters:ShowCluster
coe_cluster_config = magnumclient.osc.v1.clusters:ConfigCluster
`

// install writes the metadata of both clients into a site folder, as pip does.
func install(t *testing.T, site, version string) {
	t.Helper()
	distInfo(t, site, "python_openstackclient", "6.0.0")
	dir := distInfo(t, site, "python_magnumclient", version)
	write(t, filepath.Join(dir, "entry_points.txt"), entryPoints, 0o644)
}

func distInfo(t *testing.T, site, name, version string) string {
	t.Helper()
	dir := filepath.Join(site, name+"-"+version+".dist-info")
	text := "Metadata-Version: 2.1\nName: " + strings.ReplaceAll(name, "_", "-") + "\nVersion: " + version + "\n\nVersion: 0\n"
	write(t, filepath.Join(dir, "METADATA"), text, 0o644)
	return dir
}

// needUnix ends a test whose files are those of Unix: programs that are scripts,
// and folders as Python has them there.
func needUnix(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the files here are those of Unix")
	}
}
