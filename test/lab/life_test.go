//go:build linux

package lab_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// ownerVariable makes this test program play the owner of a bed, to be killed.
const ownerVariable = "LAB_TEST_OWNER"

func TestMain(m *testing.M) {
	if os.Getenv(ownerVariable) == "" {
		os.Exit(m.Run())
	}
	if _, err := lab.Start(context.Background(), lab.Options{Kube: true}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("up")
	select {}
}

func TestNothingOutlivesItsOwner(t *testing.T) {
	t.Parallel()
	lab.Require(t)
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), ownerVariable+"=1", "TMPDIR="+t.TempDir())
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := bufio.NewReader(out).ReadString('\n')
	family := descendants(t, owner.Process.Pid)
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // reports the kill
	if said != "up\n" {
		t.Fatalf("the owner says %q", said)
	}
	if len(family) < 8 {
		t.Errorf("a bed is more than %d processes: %v", len(family), family)
	}
	gone(t, family)
}

func TestBedsSideBySide(t *testing.T) {
	t.Parallel()
	ctx, one := start(t, lab.Options{})
	_, two := start(t, lab.Options{})
	token, err := one.Token(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if code := get(t, one.MagnumURL+"/clusters/prod", token); code != http.StatusOK {
		t.Errorf("the first bed answers %d", code)
	}
	if code := get(t, two.MagnumURL+"/clusters/prod", token); code != http.StatusUnauthorized {
		t.Errorf("the second bed answers %d to the first one's token", code)
	}

	if err := one.RevokeToken(ctx, token); err != nil {
		t.Fatal(err)
	}
	if code := get(t, one.MagnumURL+"/clusters/prod", token); code != http.StatusUnauthorized {
		t.Errorf("after its revocation the token gets %d", code)
	}

	for _, s := range one.Secrets() {
		if strings.Contains(one.Logs(), s) {
			t.Error("the logs hold a secret")
		}
	}
	one.Close()
	if _, err := http.Get(one.KeystoneURL); err == nil {
		t.Error("a closed bed still answers")
	}
	if code := get(t, two.KeystoneURL, ""); code != http.StatusOK {
		t.Errorf("closing one bed harmed the other: %d", code)
	}
}

func get(t *testing.T, url, token string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// process tells one from a later one with the same pid.
type process struct {
	pid     int
	started string
	name    string
}

// processes returns all running ones by their parents' pids.
func processes(t *testing.T) map[int][]process {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	all := map[int][]process{}
	for _, path := range stats {
		data, err := os.ReadFile(path)
		open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
		if err != nil || open < 0 || end < open {
			continue // it ended meanwhile
		}
		f := strings.Fields(string(data[end+1:])) // proc(5): state is field 3, parent 4, start time 22
		if f[0] == "Z" {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(f[1])
		all[parent] = append(all[parent], process{pid, f[19], string(data[open+1 : end])})
	}
	return all
}

func descendants(t *testing.T, pid int) []process {
	t.Helper()
	all := processes(t)
	var found []process
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		for _, p := range all[queue[0]] {
			found, queue = append(found, p), append(queue, p.pid)
		}
	}
	return found
}

// gone waits until none of the processes is left.
func gone(t *testing.T, family []process) {
	t.Helper()
	var left []process
	t.Cleanup(func() {
		for _, p := range left {
			t.Errorf("still running: %v", p)
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
		}
	})
	patience.Until(t, "the bed's processes end", func() bool {
		left = nil
		for _, ps := range processes(t) {
			for _, p := range ps {
				if slices.Contains(family, p) {
					left = append(left, p)
				}
			}
		}
		return len(left) == 0
	})
}
