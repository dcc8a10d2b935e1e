package cloud_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

// childStore names, in a child process, the folder of the cache; the test binary
// then signs in instead of testing.
const childStore = "CLOUD_TEST_CHILD_STORE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childStore); dir != "" {
		os.Exit(child(dir))
	}
	testenv.Main(m, nil)
}

// child waits for its parent to let all children go at once, signs in and
// prints a fingerprint of the token's end.
func child(dir string) int {
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return 1
	}
	c, err := cloud.Resolve(cloud.Options{Getenv: os.Getenv, Dir: dir, Store: store.Open(dir)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s, err := c.Session(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.Token().ID[strings.LastIndexByte(s.Token().ID, '-'):])
	return 0
}

func TestManyProcessesMakeOneSignIn(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	dir := t.TempDir()
	env := []string{childStore + "=" + dir}
	for name, value := range k.openrc() {
		env = append(env, name+"="+value)
	}
	const processes = 20
	var start, done sync.WaitGroup
	start.Add(1)
	tokens := make([]string, processes)
	for i := range processes {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), env...)
		cmd.Stderr = os.Stderr
		gate, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done.Go(func() {
			start.Wait()
			fmt.Fprintln(gate)
			if err := cmd.Wait(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
			tokens[i] = out.String()
		})
	}
	start.Done()
	done.Wait()
	if n := k.count("POST"); n != 1 {
		t.Errorf("%d sign-ins, want one", n)
	}
	for i, token := range tokens {
		if token != tokens[0] {
			t.Errorf("process %d has token %q, the first has %q", i, token, tokens[0])
		}
	}
}
