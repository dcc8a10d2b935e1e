package release

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// readmeInstalls runs what README.md says about installing, on a machine where
// the releases page and krew's index are on loopback.
func readmeInstalls(t *testing.T, r *releases) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("README.md shows the commands for linux/amd64")
	}
	_, section, _ := strings.Cut(readFile(t, filepath.Join("..", "..", "README.md")), "\n## Installing\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var blocks []string
	for i, part := range strings.Split(section, "```") {
		if i%2 == 1 && strings.HasPrefix(part, "console") {
			blocks = append(blocks, strings.ReplaceAll("\n"+strings.TrimPrefix(part, "console\n"), "\n$ ", "\n"))
		}
	}
	if len(blocks) != 3 {
		t.Fatalf("README.md has %d blocks about installing: krew, krew with an address, and without krew", len(blocks))
	}
	server := serve(t, r)
	for i, block := range blocks {
		m := newMachine(t)
		index := newIndex(t, r)
		index.publish(t, r, r.first)
		m.env["KREW_DEFAULT_INDEX_URI"] = "file://" + filepath.ToSlash(index.dir)
		for _, tool := range []string{"sh", "curl", "sha256sum", "tar", "gzip", "install"} {
			m.lend(t, tool)
		}
		m.env["PATH"] += ":" + filepath.Join(m.home, ".local", "bin")
		block = strings.ReplaceAll(block, r.catalog.Homepage+"/releases/latest/download", server+"/latest")
		block = strings.ReplaceAll(block, r.catalog.Homepage+"/releases/download", server)
		m.run(t, "kubectl", "krew", "update") // as krew's own installation does
		m.run(t, "sh", "-euc", block)
		checkVersion(t, m, r.catalog.Plugins[0], first)
		if i < 2 {
			checkVersion(t, m, r.catalog.Plugins[1], first)
		}
	}
}

// lend puts one of this machine's programs within reach.
func (m *machine) lend(t *testing.T, name string) {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("the commands of README.md need it: %v", err)
	}
	m.link(t, name, program)
}
