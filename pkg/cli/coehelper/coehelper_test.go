package coehelper_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/coehelper"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"openstack-coe-helper": func() {
			streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
			os.Exit(coehelper.Run(context.Background(), os.Args[1:], streams))
		},
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("BIN", filepath.SplitList(env.Getenv("PATH"))[0]) // where testscript put the program
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"code": code},
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

// TestTree: every command says what it is for and shows a line that parses.
func TestTree(t *testing.T) {
	t.Parallel()
	catalog, err := plugin.Load()
	if err != nil {
		t.Fatal(err)
	}
	fresh := func() *cobra.Command {
		return coehelper.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: io.Discard}, catalog)
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s: short, long and example must all be there", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			words := exampleWords(line)
			if len(words) == 0 {
				continue
			}
			found, rest, err := fresh().Find(words[1:])
			if err == nil {
				err = found.ParseFlags(rest)
			}
			if err == nil {
				err = found.ValidateArgs(found.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: the example %q does not parse: %v", c.CommandPath(), strings.TrimSpace(line), err)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(fresh())
}

// exampleWords returns the command of an example's line, nil for a comment.
func exampleWords(line string) []string {
	line = strings.TrimSpace(line)
	line = strings.TrimSuffix(strings.TrimPrefix(line, "source <("), ")")
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	return strings.Fields(line)
}
