package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// stage is where the commands run: a folder and an environment of their own.
type stage struct {
	out io.Writer
	dir string // temporary
	env []string
}

func newStage(out io.Writer) (*stage, error) {
	if _, err := os.Stat("go.mod"); err != nil {
		return nil, errors.New("run this with 'make demo' in the folder of the project")
	}
	dir, err := os.MkdirTemp("", "catalyst-demo-")
	if err != nil {
		return nil, err
	}
	return &stage{out: out, dir: dir, env: os.Environ()}, nil
}

func (s *stage) close() error { return os.RemoveAll(s.dir) }

// furnish makes an account for the cloud and an environment that leads to it.
func (s *stage) furnish(c cloud) error {
	bin, err := filepath.Abs("bin")
	if err != nil {
		return err
	}
	clouds := filepath.Join(s.dir, "clouds.yaml")
	if err := os.WriteFile(clouds, c.clouds, 0o600); err != nil {
		return err
	}
	path := []string{bin}
	if c.kubectl != "" {
		path = append(path, filepath.Dir(c.kubectl))
	}
	path = append(path, os.Getenv("PATH"))
	own := map[string]string{
		"PATH": strings.Join(path, string(os.PathListSeparator)), "OS_CLIENT_CONFIG_FILE": clouds, "OS_CLOUD": "alice",
		"KUBECONFIG": filepath.Join(s.dir, "kubeconfig"), "HOME": s.dir, "USERPROFILE": s.dir,
		"XDG_CACHE_HOME": filepath.Join(s.dir, "cache"), "LOCALAPPDATA": filepath.Join(s.dir, "cache"),
		"XDG_CONFIG_HOME": filepath.Join(s.dir, "config"),
	}
	s.env = slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		_, replaced := own[strings.ToUpper(name)] // Windows says Path
		return replaced || strings.HasPrefix(name, "OS_")
	})
	for name, value := range own {
		s.env = append(s.env, name+"="+value)
	}
	return nil
}

func (s *stage) printHeading(text string) {
	if text != "" {
		fmt.Fprintf(s.out, "\n# %s\n", text)
	}
}

// run shows a command and what comes back.
func (s *stage) run(ctx context.Context, command ...string) error {
	fmt.Fprintln(s.out, "$", quote(command))
	cmd, err := s.command(ctx, command...)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = s.out, s.out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", quote(command), err)
	}
	return nil
}

// command prepares a program that is looked up where the stage's own are.
func (s *stage) command(ctx context.Context, command ...string) (*exec.Cmd, error) {
	program, err := s.find(command[0])
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, command[1:]...)
	cmd.Env = s.env
	if command[0] == "go" {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd, nil
}

func (s *stage) find(program string) (string, error) {
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	for _, pair := range s.env {
		name, list, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(name, "PATH") {
			continue
		}
		for _, dir := range filepath.SplitList(list) {
			if found, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
				return found, nil
			}
		}
	}
	return "", fmt.Errorf("%q: %w", program, exec.ErrNotFound)
}

// works reports whether a program is there and does what it is asked, unseen.
func (s *stage) works(ctx context.Context, command ...string) bool {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd, err := s.command(ctx, command...)
	return err == nil && cmd.Run() == nil
}

func quote(command []string) string {
	words := make([]string, len(command))
	for i, w := range command {
		words[i] = w
		if strings.ContainsAny(w, " '\"") {
			words[i] = fmt.Sprintf("%q", w)
		}
	}
	return strings.Join(words, " ")
}
