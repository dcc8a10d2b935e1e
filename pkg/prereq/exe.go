package prereq

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// A launcher for Windows is a small program with a zip archive at its end, and
// between the two the shebang line that pip, distlib and setuptools write.
// Newer uv keeps the interpreter's path in the program's resources instead.

const (
	zipEnd      = "PK\x05\x06" // signature of a zip's end record
	zipEndSize  = 22           // without the comment, which launchers have none of
	maxLauncher = 16 << 20     // launchers are well below a megabyte
	maxPath     = 32767        // longest path Windows knows, in UTF-16 units
)

// exe finds the Python that the Windows launcher at path starts.
func (m machine) exe(path string) (launcher, error) {
	python, err := launcherPython(path)
	if err != nil {
		return launcher{}, fmt.Errorf("%q %w: %w", path, errUnreadable, err)
	}
	if python == "" {
		python = beside(path)
	}
	if python == "" {
		return launcher{}, &opaqueError{path}
	}
	if !filepath.IsAbs(python) {
		python = filepath.Join(filepath.Dir(path), python)
	}
	l, err := m.launch(path, python, nil)
	l.script = "" // the archive leads sys.path, and holds no metadata
	return l, err
}

// launcherPython returns the interpreter written into a launcher, "" for none.
func launcherPython(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Size() > maxLauncher {
		return "", nil
	}
	data, err := atomicfile.ReadUpTo(path, maxLauncher)
	if err != nil {
		return "", err
	}
	if p := trailerPython(data); p != "" {
		return p, nil
	}
	return resourcePython(data), nil
}

// trailerPython reads the shebang in front of the archive.
func trailerPython(data []byte) string {
	end := bytes.LastIndex(data, []byte(zipEnd))
	if end < 0 || end+zipEndSize > len(data) {
		return ""
	}
	size := int64(binary.LittleEndian.Uint32(data[end+12:]))
	offset := int64(binary.LittleEndian.Uint32(data[end+16:]))
	start := int64(end) - size - offset
	if start < 0 || start > int64(end) {
		return ""
	}
	before := data[:start]
	mark := bytes.LastIndex(before, []byte(shebang))
	if mark < 0 || len(before)-mark > 2*maxPath {
		return ""
	}
	line, _, _ := bytes.Cut(before[mark+len(shebang):], []byte("\n"))
	return unquote(string(line))
}

// unquote takes the interpreter out of a shebang line: quoted where the path
// has spaces, followed by options otherwise.
func unquote(line string) string {
	line = strings.TrimSpace(line)
	if rest, ok := strings.CutPrefix(line, `"`); ok {
		python, _, _ := strings.Cut(rest, `"`)
		return python
	}
	if i := strings.Index(line, " -"); i >= 0 {
		line = line[:i]
	}
	return line
}

// beside handles launchers that hold no path: setuptools puts the script next
// to the program, and a virtual environment its python.exe.
func beside(path string) string {
	stem := strings.TrimSuffix(path, filepath.Ext(path))
	if head, err := readHead(stem + "-script.py"); err == nil && bytes.HasPrefix(head, []byte(shebang)) {
		line, _, _ := bytes.Cut(head[len(shebang):], []byte("\n"))
		return unquote(string(line))
	}
	dir := filepath.Dir(path)
	if p := filepath.Join(dir, "python.exe"); isFile(p) {
		return p
	}
	return ""
}
