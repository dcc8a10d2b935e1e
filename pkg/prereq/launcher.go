package prereq

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// launcher is what a file called openstack makes the system start.
type launcher struct {
	python string   // the interpreter, absolute
	flags  string   // its single-letter options put together, such as "Es"
	script string   // what Python is given; its folder leads sys.path
	snap   string   // the snap's own folder, "" outside one
	via    []string // files gone through before script
}

// brokenError is an openstack that cannot start at all.
type brokenError struct{ path, interpreter string }

func (e *brokenError) Error() string {
	return fmt.Sprintf("%q asks for the interpreter %q, which does not exist", e.path, e.interpreter)
}

// opaqueError is a program that does not show which Python it starts. Only
// running it can tell.
type opaqueError struct{ path string }

func (e *opaqueError) Error() string {
	return fmt.Sprintf("%q does not show which Python it starts", e.path)
}

// errUnreadable marks a launcher that the current user may not read.
var errUnreadable = errors.New("cannot be read")

const (
	headSize  = 4096 // enough for a shebang and for pip's shell preamble
	maxShims  = 8    // a shim that leads to a shim that leads to itself
	shebang   = "#!"
	exeMarker = "MZ"
)

// interpreterName is what a Python is called: python, python3.11, python3.13t,
// pypy3, pythonw.exe.
var interpreterName = regexp.MustCompile(`(?i)^(python|pypy)w?[0-9.]*t?(\.exe)?$`)

// follow finds the Python behind the file at path.
func (m machine) follow(path string) (launcher, error) {
	var via []string
	for range maxShims {
		if dir := snapDir(path); dir != "" {
			l, err := m.snap(path, dir)
			l.via = append(via, l.via...)
			return l, err
		}
		head, err := readHead(path)
		if err != nil {
			return launcher{}, fmt.Errorf("%q %w: %w", path, errUnreadable, err)
		}
		if next, ok, err := m.pyenv(path, head); err != nil {
			return launcher{}, err
		} else if ok {
			via = append(via, path)
			path = next
			continue
		}
		l, err := m.start(path, head)
		l.via = append(via, l.via...)
		return l, err
	}
	return launcher{}, &opaqueError{path}
}

// start reads how the file at path, which begins with head, is started.
func (m machine) start(path string, head []byte) (launcher, error) {
	if bytes.HasPrefix(head, []byte(exeMarker)) {
		return m.exe(path)
	}
	if !bytes.HasPrefix(head, []byte(shebang)) {
		return launcher{}, &opaqueError{path}
	}
	line, rest, _ := bytes.Cut(head[len(shebang):], []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return launcher{}, &opaqueError{path}
	}
	if base(words[0]) == "sh" {
		if python, ok := preamble(path, rest); ok {
			return m.launch(path, python, nil)
		}
	}
	if base(words[0]) == "env" {
		return m.env(path, words[1:])
	}
	// A path may hold spaces on Windows, and there alone.
	if whole := strings.Trim(strings.TrimSpace(string(line)), `"`); isFile(whole) {
		words = []string{whole}
	}
	return m.launch(path, words[0], words[1:])
}

// launch checks that python is one and can be started.
func (m machine) launch(path, python string, args []string) (launcher, error) {
	if !interpreterName.MatchString(base(python)) {
		if !isFile(python) {
			return launcher{}, &brokenError{path, python}
		}
		return launcher{}, &opaqueError{path}
	}
	if !filepath.IsAbs(python) {
		python = filepath.Join(m.dir, python)
	}
	if !executable(python) {
		return launcher{}, &brokenError{path, python}
	}
	flags, ok := letters(args)
	if !ok {
		return launcher{}, &opaqueError{path}
	}
	l := launcher{python: python, flags: flags, script: path}
	head, _ := readHead(python) // a program need not be readable to be run
	next, isShim, err := m.pyenv(python, head)
	switch {
	case err != nil:
		return launcher{}, err
	case isShim:
		l.via, l.python = []string{python}, next
	case bytes.HasPrefix(head, []byte(shebang)):
		return launcher{}, &opaqueError{path} // a script that calls itself python
	}
	return l, nil
}

// base is the last element of a path of either system: a Windows launcher names
// its interpreter in Windows' way.
func base(path string) string {
	if i := strings.LastIndexAny(path, `/\`); i >= 0 {
		return path[i+1:]
	}
	return path
}

func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, headSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head[:n], nil
}
