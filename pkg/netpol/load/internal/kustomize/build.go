package kustomize

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Bounds of one rendering.
const (
	maxTime   = time.Minute
	maxOutput = 64 << 20
	maxErrors = 16 << 10
)

// Build returns what `kubectl kustomize` makes of the folder. kubectl itself runs
// no plugin and renders no chart unless a flag says so, and loads nothing from
// outside of the folder but other kustomizations. What it would fetch is refused
// before it starts; should something be overlooked, it finds neither git nor a
// way to the network.
func (r *Root) Build(ctx context.Context, kubectl string) ([]byte, error) {
	if err := r.checkLocal(make(map[string]bool)); err != nil {
		return nil, err
	}
	// A relative path could be taken for the address of a repository.
	dir, err := filepath.Abs(r.Dir)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	out, said := &bounded{max: maxOutput}, &bounded{max: maxErrors, drop: true}
	cmd := exec.CommandContext(limited, kubectl, "kustomize", dir)
	cmd.Stdout, cmd.Stderr = out, said
	cmd.WaitDelay = time.Second
	cmd.Env = environment()
	err = cmd.Run()
	switch {
	case err == nil:
		return out.buffer.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("kubectl kustomize took longer than %s", maxTime)
	case out.exceeded:
		return nil, fmt.Errorf("kubectl kustomize wrote more than %d MiB", maxOutput>>20)
	}
	if line := lastLine(said.buffer.String()); line != "" {
		return nil, fmt.Errorf("kubectl kustomize: %s", line)
	}
	return nil, fmt.Errorf("kubectl kustomize: %w", err)
}

// environment has no PATH, so that no git is found, a proxy that nobody can reach,
// and none of the user's settings for kubectl. What systems need to start a
// program at all, and to keep temporary files, stays.
func environment() []string {
	const nowhere = "http://127.0.0.1:0"
	env := []string{"PATH=", "KUBERC=off", "KUBECTL_KUBERC=false", "NO_PROXY=", "no_proxy=",
		"HTTP_PROXY=" + nowhere, "HTTPS_PROXY=" + nowhere, "http_proxy=" + nowhere, "https_proxy=" + nowhere}
	for _, name := range []string{"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TMPDIR", "TEMP", "TMP"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// errTooMuch ends a program that writes more than anybody would apply.
var errTooMuch = errors.New("too much output")

// bounded is a buffer that refuses what goes beyond its bound, or drops it.
// It has no other method: a copy would fill the buffer past the bound through
// ReadFrom.
type bounded struct {
	buffer   bytes.Buffer
	max      int
	drop     bool
	exceeded bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.max - b.buffer.Len(); len(p) > room {
		b.exceeded = true
		if !b.drop {
			return 0, errTooMuch
		}
		_, _ = b.buffer.Write(p[:max(room, 0)]) // of a buffer in memory
		return len(p), nil
	}
	return b.buffer.Write(p)
}

// lastLine returns the last line of what a program said: kubectl warns first.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimPrefix(strings.TrimSpace(lines[len(lines)-1]), "error: ")
}
