package prereq

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

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

// unquote returns the interpreter of a shebang line: quoted where the path
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

// pythonBeside handles launchers that hold no path: setuptools puts the script next
// to the program, and a virtual environment its python.exe.
func pythonBeside(path string) string {
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

const (
	rcData       = 10               // resource type of raw data, winuser.h RT_RCDATA
	uvPythonPath = "UV_PYTHON_PATH" // name under which uv stores the interpreter
	resourceHigh = 1 << 31          // a name instead of a number; a folder instead of data
)

// resources is the resource section of a Windows program.
type resources struct {
	data []byte
	rva  uint32 // where data is loaded, relative to the image
}

// resourcePython returns the interpreter that uv's launcher keeps as a
// resource, "" when there is none.
func resourcePython(data []byte) string {
	f, err := pe.NewFile(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	s := f.Section(".rsrc")
	if s == nil {
		return ""
	}
	section, err := s.Data()
	if err != nil {
		return ""
	}
	r := resources{section, s.VirtualAddress}
	kind, ok := r.child(0, func(id uint32, name string) bool { return name == "" && id == rcData })
	if !ok {
		return ""
	}
	named, ok := r.child(kind, func(_ uint32, name string) bool { return name == uvPythonPath })
	if !ok {
		return ""
	}
	leaf, ok := r.child(named, func(uint32, string) bool { return true }) // any language
	if !ok {
		return ""
	}
	return string(r.leaf(leaf))
}

// child returns the offset, marker bits included, of the first entry of the
// folder at offset that matches.
func (r resources) child(offset uint32, match func(id uint32, name string) bool) (uint32, bool) {
	at := offset &^ resourceHigh
	head, ok := r.slice(at, 16)
	if !ok {
		return 0, false
	}
	count := uint32(binary.LittleEndian.Uint16(head[12:])) + uint32(binary.LittleEndian.Uint16(head[14:]))
	for i := range count {
		e, ok := r.slice(at+16+8*i, 8)
		if !ok {
			return 0, false
		}
		id, to := binary.LittleEndian.Uint32(e), binary.LittleEndian.Uint32(e[4:])
		var name string
		if id&resourceHigh != 0 {
			name = r.name(id &^ resourceHigh)
		}
		if match(id, name) {
			return to, true
		}
	}
	return 0, false
}

// name reads a counted UTF-16 string.
func (r resources) name(at uint32) string {
	head, ok := r.slice(at, 2)
	if !ok {
		return ""
	}
	n := uint32(binary.LittleEndian.Uint16(head))
	text, ok := r.slice(at+2, 2*n)
	if !ok {
		return ""
	}
	units := make([]uint16, n)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(text[2*i:])
	}
	return string(utf16.Decode(units))
}

// leaf returns the data that the entry at offset points to.
func (r resources) leaf(offset uint32) []byte {
	if offset&resourceHigh != 0 {
		return nil
	}
	e, ok := r.slice(offset, 16)
	if !ok {
		return nil
	}
	at, size := binary.LittleEndian.Uint32(e)-r.rva, binary.LittleEndian.Uint32(e[4:])
	if size > maxPath*4 {
		return nil
	}
	data, _ := r.slice(at, size)
	return data
}

func (r resources) slice(at, n uint32) ([]byte, bool) {
	if uint64(at)+uint64(n) > uint64(len(r.data)) {
		return nil, false
	}
	return r.data[at : at+n], true
}
