package catalyst_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// A driver that nobody knows is asked only by somebody who is sure, and what is left
// after its refusal is said.
func TestRotateWithAnUnknownDriver(t *testing.T) {
	t.Parallel()
	cloud, err := sandbox.Start(sandbox.Options{Driver: sandbox.ClusterAPI, Intercept: hideDriver})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	env := cloud.Env("alice")
	home := t.TempDir()
	env["HOME"], env["KUBECONFIG"] = home, filepath.Join(home, "kubeconfig")
	run := func(wantCode int, args ...string) string {
		t.Helper()
		var errOut bytes.Buffer
		code := catalyst.Run(t.Context(), args, cli.Env{
			IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &bytes.Buffer{}, ErrOut: &errOut},
			Getenv:    func(k string) string { return env[k] }, Now: time.Now,
		})
		if code != wantCode {
			t.Fatalf("%v: exit code %d, want %d\n%s", args, code, wantCode, errOut.String())
		}
		return errOut.String()
	}
	run(0, "login", "prod", "--auth", "certificate")
	before, err := os.ReadFile(env["KUBECONFIG"])
	if err != nil {
		t.Fatal(err)
	}
	if said := run(2, "cluster", "rotate-ca", "prod"); !strings.Contains(said, "hint: add --yes when you are sure") {
		t.Errorf("without a terminal: %s", said)
	}
	said := run(1, "cluster", "rotate-ca", "prod", "--yes")
	for _, want := range []string{"'rotate_ca_certificate' is not supported by this driver", "and keeps a new CA all the same", "Magnum's CA is not the API server's", "'openstack-coe-helper support prod'"} {
		if !strings.Contains(said, want) {
			t.Errorf("after the refusal %q is missing: %s", want, said)
		}
	}
	after, err := os.ReadFile(env["KUBECONFIG"])
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the kubeconfig is not what it was: %v", err)
	}
}

var stackID = regexp.MustCompile(`"stack_id":"[^"]*"`)

// hideDriver makes the clusters of Cluster API look like those of Heat, made from
// templates that say nothing about their driver.
func hideDriver(service string, next http.Handler) http.Handler {
	if service != sandbox.Magnum {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := stackID.ReplaceAll(rec.Body.Bytes(), []byte(`"stack_id":"0b6d4d5e-9f33-4f0c-8f50-5a4e4a7c9b10"`))
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	})
}
