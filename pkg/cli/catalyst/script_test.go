package catalyst_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sshtest"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

func TestMain(m *testing.M) {
	testenv.Main(m, map[string]func(){
		"kubectl-catalyst": func() {
			env := cli.System()
			env.After = soon
			os.Exit(catalyst.Run(context.Background(), os.Args[1:], env))
		},
		"ssh": sshtest.Main,
		"kubectl": func() { // of a version that a script may choose
			fmt.Printf(`{"clientVersion": {"gitVersion": %q}}`, cmp.Or(os.Getenv("KUBECTL_VERSION"), "v1.36.3"))
		},
	}, "bash", "cat", "chmod", "cp", "mkdir", "mkfifo", "ln", "ls", "rm", "sleep", "touch")
}

// soon shortens the pause between two questions about a cluster.
func soon(d time.Duration) <-chan time.Time { return time.After(d / 100) }

// TestScripts runs whole commands as a user does, against a cloud in this
// process. Each script has a home, a clouds.yaml and a kubeconfig of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	cloud, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(e *testscript.Env) error { return setUp(e, cloud) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"noSecrets": noSecrets,
			"exitCode":  exitCode,
			"replace":   replace,
		},
	})
}

func setUp(e *testscript.Env, cloud *sandbox.Sandbox) error {
	home := filepath.Join(e.WorkDir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	clouds := filepath.Join(e.WorkDir, "clouds.yaml")
	if err := os.WriteFile(clouds, cloud.CloudsYAML(), 0o600); err != nil {
		return err
	}
	e.Setenv("HOME", home)
	e.Setenv("OS_CLIENT_CONFIG_FILE", clouds)
	e.Setenv("KUBECONFIG", filepath.Join(e.WorkDir, "kubeconfig"))
	e.Setenv("OS_CLOUD", "alice")
	e.Setenv("KEYSTONE", cloud.KeystoneURL)
	return nil
}

// noSecrets fails when what the last command wrote holds a password or token of
// the sandbox, or a private key.
func noSecrets(ts *testscript.TestScript, _ bool, _ []string) {
	for _, stream := range []string{"stdout", "stderr"} {
		text := ts.ReadFile(stream)
		for _, secret := range []string{"alice-pw", "appcred-secret", "PRIVATE KEY", "gAAAA"} {
			if strings.Contains(text, secret) {
				ts.Fatalf("%s holds a secret (%s)", stream, secret)
			}
		}
	}
}

// replace puts a text for what matches a regular expression in a file.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE REGEXP TEXT")
	}
	before := ts.ReadFile(args[0])
	after := regexp.MustCompile(args[1]).ReplaceAllString(before, args[2])
	if before == after {
		ts.Fatalf("%s has nothing like %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o600))
}

// exitCode runs a command that has to end with a certain exit code.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitCode N command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
