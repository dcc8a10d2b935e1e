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
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// module is the one that the test bed belongs to; those of the tools lie in
// folders of it.
const module = "github.com/catalyst-cloud/kubectl-catalyst"

// Tool is some programs that are built from Go sources.
type Tool struct {
	Name    string // of its entry in the test cache, without spaces
	Version string // of what is built, for people
	// Module is the folder, below the root of the project and with slashes, of the
	// module that requires the sources; "" for a package that is named with its
	// own version, as "go install" takes it.
	Module   string
	Packages []string
	Ldflags  string
	// Finish adds what belongs to the programs; nil adds nothing. module is the
	// module's folder on this machine.
	Finish func(ctx context.Context, module, to string) error
}

// Find returns the folder with the programs, which must have been prepared.
func (t Tool) Find(ctx context.Context) (string, error) {
	entry, err := t.Entry(ctx)
	if err != nil {
		return "", err
	}
	return cache.Find(entry)
}

// Unavailable returns why the tool cannot be built on this machine, or nil.
func (t Tool) Unavailable() error {
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("it needs the go command: %w", err)
	}
	return nil
}

// Entry returns the name of the tool's entry in the test cache. Tools of other
// sources, or built in another way, have other names.
func (t Tool) Entry(ctx context.Context) (string, error) {
	recipe := [][]byte{[]byte(runtime.Version()), []byte(t.Ldflags), []byte(strings.Join(t.Packages, "\n"))}
	if t.Module != "" {
		dir, err := folder(ctx, t.Module)
		if err != nil {
			return "", err
		}
		files := []string{filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.sum")}
		for _, pattern := range []string{"*.go", "*/*.go"} {
			sources, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				return "", err
			}
			files = append(files, sources...)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("reading the sources of the test tools: %w", err)
			}
			recipe = append(recipe, data)
		}
	}
	return strings.Trim(t.Name+"-"+t.Version, "-") + "-" + cache.Key(recipe...), nil
}

// MakePart builds the tool into the test cache, unless it is there and whole.
func (t Tool) MakePart(ctx context.Context, say func(string)) (made bool, err error) {
	entry, err := t.Entry(ctx)
	if err != nil {
		return false, err
	}
	return cache.Make(ctx, entry, say, func(to string) error {
		say(strings.TrimSpace("compiling " + t.Name + " " + t.Version))
		return t.build(ctx, to)
	})
}

func (t Tool) build(ctx context.Context, to string) error {
	if t.Module == "" {
		_, err := run(ctx, to, []string{static, "GOBIN=" + to}, append([]string{"install", "-ldflags", t.Ldflags}, t.Packages...)...)
		return err
	}
	dir, err := folder(ctx, t.Module)
	if err != nil {
		return err
	}
	args := []string{"build", "-ldflags", t.Ldflags, "-o", to + string(os.PathSeparator)}
	if _, err := Run(ctx, dir, append(args, t.Packages...)...); err != nil || t.Finish == nil {
		return err
	}
	return t.Finish(ctx, dir, to)
}

// folder returns where the module of tools at path, below the root of the
// project, lies on this machine.
func folder(ctx context.Context, path string) (string, error) {
	root, err := Run(ctx, ".", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return "", fmt.Errorf("finding the sources of the test tools: %w", err)
	}
	return filepath.Join(root, filepath.FromSlash(path)), nil
}

// Compiled is Go code that is compiled ahead of its use, into Go's own build
// cache: what tests build must not wait for the compiler in their own time.
type Compiled struct {
	Module string // its folder below the root of the project, with slashes
	Builds []Build
}

// Build is how code is compiled. Go keeps what was compiled in another way apart.
type Build struct {
	Env      []string // besides that of this process
	Flags    []string // of go list
	Packages string   // patterns, with spaces between them
}

// Entry returns "": Go's build cache is not ours, and looks after itself.
func (c Compiled) Entry(context.Context) (string, error) { return "", nil }

// Unavailable returns why nothing can be compiled on this machine, or nil.
func (c Compiled) Unavailable() error { return Tool{}.Unavailable() }

// MakePart compiles. It takes seconds when nothing has changed.
func (c Compiled) MakePart(ctx context.Context, _ func(string)) (made bool, err error) {
	dir, err := folder(ctx, c.Module)
	if err != nil {
		return false, err
	}
	for _, b := range c.Builds {
		// Nothing is linked: Go does not keep what go build and go test link.
		args := append(append([]string{"list", "-deps", "-export", "-f", ""}, b.Flags...), strings.Fields(b.Packages)...)
		if _, err := run(ctx, dir, b.Env, args...); err != nil {
			return false, err
		}
	}
	return true, nil
}

// static builds programs that need nothing of the machine they run on.
const static = "CGO_ENABLED=0"

// Run runs the go command in dir and returns its trimmed standard output.
func Run(ctx context.Context, dir string, args ...string) (string, error) {
	return run(ctx, dir, []string{static}, args...)
}

// RunWith runs the go command in the root of the project with these variables
// besides those of this process.
func RunWith(ctx context.Context, env []string, args ...string) (string, error) {
	dir, err := folder(ctx, "")
	if err != nil {
		return "", err
	}
	return run(ctx, dir, env, args...)
}

func run(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOWORK=off"), env...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := proc.RunTethered(cmd); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, complaints.Bytes())
	}
	return strings.TrimSpace(out.String()), nil
}
