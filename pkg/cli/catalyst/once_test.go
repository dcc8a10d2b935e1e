package catalyst_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	clientauth "k8s.io/client-go/pkg/apis/clientauthentication/v1"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// Twenty kubectls at once find an empty cache: one of them signs in.
func TestTwentyCredentialsMakeOneSignIn(t *testing.T) {
	t.Parallel()
	cloud, err := sandbox.Start(sandbox.Options{Delay: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "kubectl-catalyst")); err != nil {
		t.Skipf("this system lets nobody make a link: %v", err)
	}
	info := execInfo(t, cloud, "prod")
	for _, mode := range []string{"keystone", "certificate"} {
		t.Run(mode, func(t *testing.T) {
			env := append(os.Environ(), "HOME="+t.TempDir(), "XDG_CACHE_HOME=", "KUBERNETES_EXEC_INFO="+info)
			for k, v := range cloud.Env("alice") {
				env = append(env, k+"="+v)
			}
			cloud.Forget()
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "kubectl-catalyst"), "credential", "--cluster", "prod", "--auth", mode)
					cmd.Env = env
					out, err := cmd.CombinedOutput()
					if err != nil || !strings.Contains(string(out), `"kind":"ExecCredential"`) {
						t.Errorf("%v: %s", err, out)
					}
				})
			}
			wg.Wait()
			if n := cloud.Count(sandbox.Keystone, "POST", "/v3/auth/tokens"); n != 1 {
				t.Errorf("%d sign-ins, want 1", n)
			}
			if n := cloud.Count(sandbox.Magnum, "POST", "/v1/certificates"); mode == "certificate" && n != 1 {
				t.Errorf("%d signatures, want 1", n)
			}
		})
	}
}

// execInfo is what kubectl tells the plugin of a cluster.
func execInfo(t *testing.T, cloud *sandbox.Sandbox, cluster string) string {
	t.Helper()
	code, stdout, stderr, _ := run(t, cloud, "alice", "login", cluster, "--auth", "keystone", "--output-kubeconfig", "-")
	if code != 0 {
		t.Fatal(stderr)
	}
	entries, _, err := kubeconfig.Read([]byte(stdout))
	if err != nil {
		t.Fatal(err)
	}
	info, err := json.Marshal(clientauth.ExecCredential{Spec: clientauth.ExecCredentialSpec{
		Cluster: &clientauth.Cluster{Server: entries[0].Server, CertificateAuthorityData: entries[0].CAData}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(info)
}

// In certificate mode the three requests to Magnum are under way together.
func TestClusterCAAndSignatureAreAskedForTogether(t *testing.T) {
	t.Parallel()
	cloud, err := sandbox.Start(sandbox.Options{Delay: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	if code, _, stderr, _ := run(t, cloud, "alice", "login", "prod", "--auth", "certificate"); code != 0 {
		t.Fatal(stderr)
	}
	if got := cloud.Peak(sandbox.Magnum); got != 3 {
		t.Errorf("at most %d requests at a time, want 3", got)
	}
}
