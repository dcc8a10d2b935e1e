package catalyst_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// servers are two machines of the cluster prod, a bastion beside them, and one
// that has nothing to do with it.
const servers = `{"servers": [
	{"name": "prod-master-0", "addresses": {"prod-net": [{"addr": "10.0.1.5"}]}},
	{"name": "prod-node-0", "addresses": {"prod-net": [{"addr": "10.0.2.5"}, {"addr": "103.254.1.1"}]}},
	{"name": "jump", "addresses": {"prod-net": [{"addr": "10.0.2.99"}], "other": [{"addr": "10.9.0.1"}]}},
	{"name": "elsewhere", "addresses": {"other": [{"addr": "10.9.0.2"}]}}]}`

func TestDeleteNamesABastion(t *testing.T) {
	t.Parallel()
	cloud, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	nova := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/servers/detail" || r.Header.Get("X-Auth-Token") == "" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, servers)
	}))
	t.Cleanup(nova.Close)
	env := cloud.Env("alice")
	home := t.TempDir()
	env["HOME"], env["KUBECONFIG"], env["OS_COMPUTE_ENDPOINT_OVERRIDE"] = home, filepath.Join(home, "kubeconfig"), nova.URL
	var out, errOut bytes.Buffer
	code := catalyst.Run(t.Context(), []string{"cluster", "delete", "prod", "--yes"}, cli.Env{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Getenv:    func(k string) string { return env[k] },
		Now:       time.Now,
	})
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	if stderr := errOut.String(); !strings.Contains(stderr, `server "jump" is in the network`) || strings.Count(stderr, "is in the network of the cluster and keeps") != 1 {
		t.Error(stderr)
	}
}
