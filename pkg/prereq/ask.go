package prereq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// question makes any Python that starts with its folder on PYTHONPATH write
// down who it is, and end before it runs what it was started for. It is plain
// enough for every Python since 2.7.
const question = `import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
answer = {
    "executable": sys.executable,
    "prefix": sys.prefix,
    "base": getattr(sys, "base_prefix", sys.prefix),
    "lib": "python%d.%d" % sys.version_info[:2],
    "path": [p for p in sys.path if os.path.abspath(p or ".") != here],
}
with open(os.path.join(here, "answer.part"), "w") as f:
    json.dump(answer, f)
os.rename(os.path.join(here, "answer.part"), os.path.join(here, "answer.json"))
os._exit(0)
`

type answer struct {
	Executable string   `json:"executable"`
	Prefix     string   `json:"prefix"`
	Base       string   `json:"base"`
	Lib        string   `json:"lib"`
	Path       []string `json:"path"`
}

// askPython runs the program at path, which hides its Python, far enough for that
// Python to say where it looks for packages.
func (m machine) askPython(ctx context.Context, path string) (python, []string, error) {
	dir, err := os.MkdirTemp("", "coe-helper-") // made 0700
	if err != nil {
		return python{}, nil, fmt.Errorf("making a temporary folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is the system's to clean
	if err := os.WriteFile(filepath.Join(dir, "sitecustomize.py"), []byte(question), 0o600); err != nil {
		return python{}, nil, fmt.Errorf("writing a temporary file: %w", err)
	}
	paths := dir
	if more := m.getenv("PYTHONPATH"); more != "" {
		paths += string(filepath.ListSeparator) + more
	}
	runErr := m.run(ctx, path, "PYTHONPATH="+paths, "PYTHONDONTWRITEBYTECODE=1")
	data, err := atomicfile.ReadUpTo(filepath.Join(dir, "answer.json"), maxFile)
	if err != nil {
		return python{}, nil, fmt.Errorf("%w, and running it did not tell%s", &opaqueError{path}, reasonSuffix(runErr))
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return python{}, nil, fmt.Errorf("reading what the Python behind %q said: %w", path, err)
	}
	return python{
		exe: a.Executable, prefix: a.Prefix, base: a.Base, lib: a.Lib, platlib: "lib",
		venv: a.Prefix != a.Base, windows: strings.HasSuffix(strings.ToLower(a.Executable), ".exe"),
	}, a.Path, nil
}

func reasonSuffix(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// run starts a program with its --version and waits for it within the limit.
func (m machine) run(ctx context.Context, path string, env ...string) error {
	limited, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	cmd := exec.CommandContext(limited, path, "--version")
	cmd.Env = append(slices.Clone(m.environ), env...)
	cmd.Dir = m.dir
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	err := cmd.Run()
	if errors.Is(limited.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("it took longer than %s", m.patience)
	}
	return err
}
