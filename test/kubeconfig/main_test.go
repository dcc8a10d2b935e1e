// Package kubeconfig proves on real processes that no kubeconfig is damaged:
// with the real kubectl beside it, killed at every step, on full disks and
// through every odd kind of file.
package kubeconfig

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

// roleVariable makes the test program act as one of its helpers.
const roleVariable = "KUBECONFIG_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(act(role, os.Args[1:]))
	}
	testenv.Main(m, nil, "go") // which finds the kubectl of the tests
}

// act runs a helper: a login or logout as a process of its own.
func act(role string, args []string) int {
	var err error
	fmt.Println("begin") // the moment from which tests count
	mark()
	switch role {
	case "login":
		err = login(args[0], args[1:]...)
	case "logout":
		err = logout(args[0])
	case "inside": // as a test in a child process, see faults_linux_test.go
		err = inside(args)
	default:
		err = fmt.Errorf("no role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// helper prepares this program in a role. It has no runtime worth speaking of,
// so that its system calls are those of the write.
func helper(ctx context.Context, role string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	return cmd
}

// files is the kubeconfig at path, with patience for a loaded machine.
func files(path string) kubeconfig.Files {
	return kubeconfig.Files{
		Paths: []string{path}, Explicit: true, Wait: 5 * time.Minute,
		Warn: func(s string) { fmt.Fprintln(os.Stderr, "warning:", s) },
	}
}

func login(path string, names ...string) error {
	var entries []kubeconfig.Entry
	for _, name := range names {
		entries = append(entries, entry(name))
	}
	_, _, err := files(path).Merge(context.Background(), entries, names[0])
	return err
}

func logout(path string) error {
	_, _, err := files(path).Remove(context.Background(), func(kubeconfig.Owned) bool { return true })
	return err
}

// entry is a login to the cluster called name.
func entry(name string) kubeconfig.Entry {
	return kubeconfig.Entry{
		Context: name, Cluster: name, User: name + "-alice", Server: "https://203.0.113.10:6443",
		CAData: []byte("-----BEGIN CERTIFICATE-----\nexample\n-----END CERTIFICATE-----\n"),
		Exec:   &kubeconfig.Exec{Command: "kubectl-catalyst", Args: []string{"credential", "--cluster=" + name}},
		Owner:  kubeconfig.Owner{ClusterUUID: "uuid-of-" + name, ClusterName: name, User: "alice", Auth: "keystone"},
	}
}

// original is a file with something to lose.
const original = `# mine
apiVersion: v1
kind: Config
clusters:
- name: old # with a comment
  cluster: {server: "https://192.0.2.1:6443"}
contexts:
- name: old
  context: {cluster: old, user: old}
current-context: old
users:
- name: old
  user:
    token: example
`

// write makes a file that was there before anything began.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	age(t, path)
}

// age makes a file look old: while others are busy with a file, a login takes
// time to look after what it wrote.
func age(t *testing.T, path string) {
	t.Helper()
	then := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, then, then); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var realKubectl = sync.OnceValues(func() (string, error) {
	return lab.RealKubectl(context.Background())
})

// kubectl runs the real kubectl on a kubeconfig.
func kubectl(t *testing.T, path string, args ...string) ([]byte, error) {
	t.Helper()
	lab.RequireKubectl(t)
	program, err := realKubectl()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, append([]string{"--kubeconfig=" + path}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG=", "KUBERC=off")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("kubectl %q: %w: %s", args, err, complaints.Bytes())
	}
	return out.Bytes(), nil
}
