// Package wheel makes Python wheels of openstack-coe-helper: the program as a script,
// and a module that registers it with the openstack command as `openstack coe helper`.
// No Python is needed for that, and the same program gives the same bytes.
//
// Formats: https://packaging.python.org/en/latest/specifications/, sections "Binary
// distribution format", "Core metadata", "Platform compatibility tags", "Entry points".
package wheel

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/archive"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

//go:embed openstack_coe_helper.py
var module string

// distribution is the name of the project as file names have it.
const distribution = "openstack_coe_helper"

// tags are the platforms a program runs on, as pip names them. A static program needs
// no C library, so that both kinds of Linux are right. Go 1.26 asks for macOS 12.
var tags = map[plugin.Platform][]string{
	{OS: "linux", Arch: "amd64"}:   {"manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64"},
	{OS: "linux", Arch: "arm64"}:   {"manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"},
	{OS: "darwin", Arch: "amd64"}:  {"macosx_12_0_x86_64"},
	{OS: "darwin", Arch: "arm64"}:  {"macosx_12_0_arm64"},
	{OS: "windows", Arch: "amd64"}: {"win_amd64"},
	{OS: "windows", Arch: "arm64"}: {"win_arm64"},
}

// Wheel is what is packed.
type Wheel struct {
	Catalog  plugin.Catalog
	Plugin   plugin.Plugin // the helper
	Platform plugin.Platform
	Version  string         // of the release, as a tag has it
	Program  []byte         // the executable file
	Tree     *cobra.Command // the program's commands
	Licences []archive.File // texts that go with the program
}

// Made reports whether there are wheels for a platform.
func Made(p plugin.Platform) bool { return tags[p] != nil }

// Name returns the wheel's file name, which installers read.
func (w *Wheel) Name() (string, error) {
	version, err := pythonVersion(w.Version)
	if err != nil {
		return "", err
	}
	return distribution + "-" + version + "-py3-none-" + strings.Join(tags[w.Platform], ".") + ".whl", nil
}

// Files returns the wheel's content, RECORD included.
func (w *Wheel) Files() ([]archive.File, error) {
	version, err := pythonVersion(w.Version)
	if err != nil {
		return nil, err
	}
	commands, err := describeCommands(w.Tree)
	if err != nil {
		return nil, err
	}
	const gap = "\nCOMMANDS = {}\n"
	if !strings.Contains(module, gap) {
		return nil, fmt.Errorf("openstack_coe_helper.py has no place for the commands")
	}
	script := w.Plugin.Program
	if w.Platform.OS == "windows" {
		script += ".exe"
	}
	info := distribution + "-" + version + ".dist-info/"
	files := []archive.File{
		{Name: distribution + "-" + version + ".data/scripts/" + script, Mode: 0o755, Data: w.Program},
		text(distribution+".py", strings.Replace(module, gap, "\nCOMMANDS = "+commands+"\n", 1)),
		text(info+"METADATA", w.metadata(version)),
		text(info+"WHEEL", w.wheel()),
		text(info+"entry_points.txt", entryPoints()),
	}
	for _, f := range w.Licences {
		files = append(files, archive.File{Name: info + "licenses/" + f.Name, Mode: 0o644, Data: f.Data})
	}
	return append(files, text(info+"RECORD", record(files, info+"RECORD"))), nil
}

func text(name, content string) archive.File {
	return archive.File{Name: name, Mode: 0o644, Data: []byte(content)}
}

// metadata follows version 2.4, which names licences by SPDX.
func (w *Wheel) metadata(version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Metadata-Version: 2.4\nName: %s\nVersion: %s\nSummary: %s\n", w.Plugin.Program, version, w.Plugin.ShortDescription)
	fmt.Fprintf(&b, "Project-URL: Homepage, %s\nProject-URL: Documentation, %s/blob/main/docs/openstack-coe-helper.md\n", w.Catalog.Homepage, w.Catalog.Homepage)
	b.WriteString("License-Expression: Apache-2.0\n")
	for _, f := range w.Licences {
		fmt.Fprintf(&b, "License-File: %s\n", f.Name)
	}
	b.WriteString("Keywords: openstack,magnum,kubernetes\nClassifier: Environment :: OpenStack\nClassifier: Programming Language :: Go\n")
	fmt.Fprintf(&b, "Requires-Python: >=3.9\nProvides-Extra: openstack\nRequires-Dist: python-openstackclient; extra == 'openstack'\n"+
		"Requires-Dist: python-magnumclient>=%s; extra == 'openstack'\n", w.Catalog.Minimum.PythonMagnumclient)
	fmt.Fprintf(&b, "Description-Content-Type: text/markdown\n\n# %s\n\n%s\n", w.Plugin.Program, w.Plugin.Description)
	fmt.Fprintf(&b, "Installed beside python-openstackclient, the commands are also there as `openstack coe helper`.\n")
	return b.String()
}

func (w *Wheel) wheel() string {
	var b strings.Builder
	b.WriteString("Wheel-Version: 1.0\nGenerator: kubectl-catalyst\nRoot-Is-Purelib: false\n")
	for _, tag := range tags[w.Platform] {
		fmt.Fprintf(&b, "Tag: py3-none-%s\n", tag)
	}
	return b.String()
}

// record lists the files with their sums; its own line has none.
func record(files []archive.File, self string) string {
	var lines []string
	for _, f := range files {
		sum := sha256.Sum256(f.Data)
		lines = append(lines, fmt.Sprintf("%s,sha256=%s,%d\n", f.Name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.Data)))
	}
	slices.Sort(lines)
	var b bytes.Buffer
	for _, line := range lines {
		b.WriteString(line)
	}
	return b.String() + self + ",,\n"
}
