package catalyst_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// TestClusterAPIScripts runs whole commands against a cloud whose clusters a driver of
// Cluster API makes: testdata/clusterapi on the older Magnum 20, testdata/clusterapi-new
// on Magnum 23. Their API servers do not ask Keystone, whatever the labels say.
func TestClusterAPIScripts(t *testing.T) {
	t.Parallel()
	for dir, version := range map[string]string{"testdata/clusterapi": "", "testdata/clusterapi-new": "1.14"} {
		cloud, err := sandbox.Start(sandbox.Options{Driver: sandbox.ClusterAPI, MaxVersion: version, Intercept: refuseTokens})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cloud.Close() })
		testscript.Run(t, testscript.Params{
			Dir: dir, RequireExplicitExec: true, RequireUniqueNames: true,
			Setup: func(e *testscript.Env) error { return setUp(e, cloud) },
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				"noSecrets": noSecrets,
				"exitCode":  exitCode,
				"replace":   replace,
				"askMagnum": func(ts *testscript.TestScript, _ bool, args []string) { askMagnum(ts, cloud, args) },
			},
		})
	}
}

// refuseTokens has API servers refuse every bearer token.
func refuseTokens(service string, next http.Handler) http.Handler {
	if service != sandbox.Kubernetes {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","code":401}`))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// askMagnum sends a request to Magnum as alice, as another client than this program
// would: askMagnum METHOD PATH STATUS.
func askMagnum(ts *testscript.TestScript, cloud *sandbox.Sandbox, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: askMagnum METHOD PATH STATUS")
	}
	account := cloud.Env("alice")
	body, err := json.Marshal(map[string]any{"auth": map[string]any{
		"identity": map[string]any{"methods": []string{"password"}, "password": map[string]any{"user": map[string]any{
			"name": account["OS_USERNAME"], "password": account["OS_PASSWORD"], "domain": map[string]string{"id": "default"}}}},
		"scope": map[string]any{"project": map[string]any{"name": account["OS_PROJECT_NAME"], "domain": map[string]string{"id": "default"}}},
	}})
	ts.Check(err)
	signIn, err := http.Post(cloud.KeystoneURL+"/auth/tokens", "application/json", bytes.NewReader(body))
	ts.Check(err)
	_ = signIn.Body.Close()
	req, err := http.NewRequest(args[0], cloud.MagnumURL+args[1], strings.NewReader(""))
	ts.Check(err)
	req.Header.Set("X-Auth-Token", signIn.Header.Get("X-Subject-Token"))
	req.Header.Set("OpenStack-API-Version", "container-infra latest")
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	_ = resp.Body.Close()
	if got := fmt.Sprint(resp.StatusCode); got != args[2] {
		ts.Fatalf("Magnum answered %s to %s %s, want %s", got, args[0], args[1], args[2])
	}
}
