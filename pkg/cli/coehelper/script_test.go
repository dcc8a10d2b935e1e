package coehelper_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/coehelper"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

func TestMain(m *testing.M) {
	testenv.Main(m, map[string]func(){
		"openstack-coe-helper": func() {
			os.Exit(coehelper.Run(context.Background(), os.Args[1:], cli.System()))
		},
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	cloud, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			clouds := filepath.Join(env.WorkDir, "sandbox.yaml")
			if err := os.WriteFile(clouds, cloud.CloudsYAML(), 0o600); err != nil {
				return err
			}
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("BIN", filepath.SplitList(env.Getenv("PATH"))[0]) // where testscript put the program
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code": code, "nosecrets": noSecrets, "bundle": bundle,
		},
	})
}

// code runs a program and asserts its exit code: code CODE PROGRAM ARGS…
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code CODE PROGRAM ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// noSecrets fails when what the last command wrote, or a file named, holds a
// password or token of the sandbox, or a private key.
func noSecrets(ts *testscript.TestScript, _ bool, files []string) {
	for _, name := range append(files, "stdout", "stderr") {
		for _, secret := range []string{"alice-pw", "PRIVATE KEY", "gAAAA"} {
			if strings.Contains(ts.ReadFile(name), secret) {
				ts.Fatalf("%s holds a secret (%s)", name, secret)
			}
		}
	}
}

// bundle checks that a file is an archive that only its owner can read, and
// unpacks it into the folder "bundle".
func bundle(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: bundle FILE.tar.gz")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode != 0o600 {
		ts.Fatalf("%s has mode %o", args[0], mode)
	}
	file, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	ts.Check(err)
	ts.Check(os.MkdirAll(ts.MkAbs("bundle"), 0o700))
	for files := tar.NewReader(zipped); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		ts.Check(err)
		text, err := io.ReadAll(files)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("bundle"), path.Base(h.Name)), text, 0o600))
	}
}
