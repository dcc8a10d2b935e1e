package hostile

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// TestEndlessFiles holds S23: a file that never ends is refused after a bound,
// whoever names it.
func TestEndlessFiles(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for name, vars := range map[string]map[string]string{
		"CA certificates":    {"OS_CACERT": "/dev/zero"},
		"client certificate": {"OS_CERT": "/dev/zero"},
		"client key":         {"OS_CERT": "clouds.yaml", "OS_KEY": "/dev/zero"},
		"clouds.yaml":        {"OS_CLIENT_CONFIG_FILE": "/dev/zero"},
		"secure.yaml":        {"OS_CLIENT_SECURE_FILE": "/dev/zero"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			alice.write("work/clouds.yaml", []byte("clouds: {}\n"))
			for key, value := range vars {
				alice.vars[key] = value
			}
			r := alice.catalyst("cluster", "list")
			if r.code != 1 || !strings.Contains(r.stderr, "larger than") || !strings.Contains(r.stderr, "/dev/zero") {
				t.Errorf("want the file refused: %s", r)
			}
		})
	}
	for name, path := range map[string]string{
		"kubeconfig":            "--kubeconfig=/dev/zero",
		"file of a colleague":   "--from-file=/dev/zero",
		"kubeconfig to replace": "--output-kubeconfig=/dev/zero",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			args := []string{"login", path}
			if name != "file of a colleague" {
				args = append(args, "prod")
			}
			if r := alice.catalyst(args...); r.code != 1 || !strings.Contains(r.stderr, "/dev/zero") {
				t.Errorf("want the file refused: %s", r)
			}
		})
	}
}
