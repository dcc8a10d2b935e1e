// Package gotool builds test tools from Go modules of their own into the test
// cache, so that go.mod of the project lists only what ships.
package gotool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
)

// module is the one that the test bed belongs to; those of the tools lie in
// folders of it.
const module = "github.com/catalyst-cloud/kubectl-catalyst"

// Folder returns where the module of tools at path, below the root of the
// project, lies on this machine.
func Folder(ctx context.Context, path string) (string, error) {
	root, err := Run(ctx, ".", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return "", fmt.Errorf("finding the sources of the test tools: %w", err)
	}
	return filepath.Join(root, filepath.FromSlash(path)), nil
}

// Build returns the folder in the cache with the programs that packages of the
// module at path make; they are built first if need be. name says what they are
// and their version; say is told before a build.
func Build(ctx context.Context, say func(string), name, path string, packages ...string) (string, error) {
	dir, err := Folder(ctx, path)
	if err != nil {
		return "", err
	}
	recipe := [][]byte{[]byte(runtime.Version()), []byte(strings.Join(packages, "\n"))}
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return "", fmt.Errorf("reading the sources of the test tools: %w", err)
		}
		recipe = append(recipe, data)
	}
	return cache.Make(ctx, name+"-"+cache.Key(recipe...), func(to string) error {
		say("building " + name + " into the test cache (once)")
		_, err := Run(ctx, dir, append([]string{"build", "-o", to + string(os.PathSeparator)}, packages...)...)
		return err
	})
}

// Run runs the go command in dir and returns its trimmed standard output.
func Run(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, complaints.Bytes())
	}
	return strings.TrimSpace(out.String()), nil
}
