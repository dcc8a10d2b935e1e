package hostile

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// rewriting returns a cloud whose Magnum says something else about every cluster
// and template than it knows: change gets each object before it is sent.
func rewriting(t *testing.T, change func(object map[string]any)) *sandbox.Sandbox {
	t.Helper()
	return startCloud(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if service != sandbox.Magnum || r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/v1/cluster") {
				next.ServeHTTP(w, r)
				return
			}
			recorded := httptest.NewRecorder()
			next.ServeHTTP(recorded, r)
			var body map[string]any
			if recorded.Code != http.StatusOK || json.Unmarshal(recorded.Body.Bytes(), &body) != nil {
				w.WriteHeader(recorded.Code)
				_, _ = w.Write(recorded.Body.Bytes())
				return
			}
			changeObjects(body, change)
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body)
		})
	}})
}

// changeObjects changes an object, or each object of a listing.
func changeObjects(body map[string]any, change func(map[string]any)) {
	for _, list := range []string{"clusters", "clustertemplates", "nodegroups"} {
		if objects, ok := body[list].([]any); ok {
			for _, o := range objects {
				change(o.(map[string]any))
			}
			return
		}
	}
	change(body)
}

// set returns a change of one field of the cluster prod.
func set(field string, value any) func(map[string]any) {
	return func(o map[string]any) {
		if o["name"] == "prod" {
			o[field] = value
		}
	}
}

// TestClustersThatCannotBe refuses what would end up in a path, a file name or a
// kubeconfig: nothing is written for it.
func TestClustersThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, field string
		value       any
	}{
		{"address without TLS", "api_address", "http://127.0.0.1:6443"},
		{"address with a password", "api_address", "https://a:b@127.0.0.1:6443"},
		{"address with a newline", "api_address", "https://127.0.0.1:6443\nusers:"},
		{"address of a file", "api_address", "file:///etc/passwd"},
		{"address with a query", "api_address", "https://127.0.0.1:6443?x=1"},
		{"address with a fragment", "api_address", "https://127.0.0.1:6443#x"},
		{"address that is a number", "api_address", 6443},
		{"address that is a script", "api_address", "javascript:alert(1)"},
		{"uuid that is a path", "uuid", "../.."},
		{"uuid with an escape", "uuid", "0b6d4d5e-9f33-4f0c-8f50-5a4e4a7c9b1\x1b"},
		{"uuid that is a list", "uuid", []string{"a"}},
		{"name that is a path", "name", "../../x"},
		{"name with an escape", "name", "prod\x1b[31m"},
		{"name with a C1 control", "name", "prod\u009b31m"},
		{"name that turns around", "name", "prod\u202egnp.exe"},
		{"name with a newline", "name", "prod\nhint: forged"},
		{"name with a YAML tag", "name", "!!python/object:os.system"},
		{"name of 5,000 letters", "name", strings.Repeat("p", 5000)},
		{"labels that are a list", "labels", []string{"a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, rewriting(t, set(c.field, c.value)), "alice")
			r := alice.catalyst("login", "prod", "-v", "9")
			if r.code != 1 {
				t.Errorf("want exit code 1: %s", r)
			}
			r.wantCleanError(t)
			if _, err := os.Stat(alice.kubeconfig); err == nil {
				t.Error("a kubeconfig was written")
			}
		})
	}
}

// TestOddNamesAreQuoted takes names that are odd but possible, and finds them in
// the kubeconfig as they are.
func TestOddNamesAreQuoted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"-o", "рrod", "a b: {c}", "null", "0x1f", "'", `"`, "#", "%s%n", "$(id)", "`id`", "{{.Cluster}}"} {
		t.Run(strconv.Quote(name), func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, rewriting(t, set("name", name)), "alice")
			r := alice.catalyst("login", "prod", "--no-check")
			r.wantNothingHarmful(t)
			if r.code != 0 { // a name may be refused, but then in full
				r.wantCleanError(t)
				return
			}
			got := alice.kubectl("config", "get-contexts", "-o", "name")
			if strings.TrimSuffix(got.stdout, "\n") != name {
				t.Errorf("kubectl reads the context %q: %s", name, got)
			}
		})
	}
}

// evilText tries to set a terminal's title, clear it, colour it by a C1 control,
// forge a line and turn the direction of what follows.
const evilText = "\x1b]0;owned\a\x1b[2J\u009b31m\u202e\r\nhint: forged\u2066\x7f"

// TestTextOfACloudReachesNoTerminalRaw plants the text in every field that is
// free text, and reads it back through every command that shows such fields.
func TestTextOfACloudReachesNoTerminalRaw(t *testing.T) {
	t.Parallel()
	cloud := rewriting(t, func(o map[string]any) {
		if o["name"] != "prod" {
			return
		}
		for _, field := range []string{"status_reason", "coe_version", "container_version", "health_status", "stack_id",
			"keypair", "fixed_network", "flavor_id", "image_id", "server_type"} {
			o[field] = evilText + field
		}
		o["faults"] = map[string]any{"default-worker" + evilText: evilText}
		o["health_status_reason"] = map[string]any{"api" + evilText: evilText}
		o["labels"] = map[string]any{"kube_tag": "v1.36.3", "note" + evilText: evilText}
		o["node_addresses"] = []string{evilText}
		o["master_addresses"] = []string{evilText}
	})
	for _, command := range [][]string{
		{"kubectl-catalyst", "login", "prod"},
		{"kubectl-catalyst", "login", "prod", "-o", "json", "--dry-run"},
		{"kubectl-catalyst", "cluster", "list"},
		{"kubectl-catalyst", "cluster", "list", "-o", "wide"},
		{"kubectl-catalyst", "cluster", "list", "-o", "json"},
		{"kubectl-catalyst", "cluster", "list", "-o", "yaml"},
		{"kubectl-catalyst", "cluster", "list", "-o", "name"},
		{"kubectl-catalyst", "cluster", "show", "prod"},
		{"kubectl-catalyst", "cluster", "show", "prod", "-o", "json"},
		{"kubectl-catalyst", "cluster", "show", "prod", "-o", "yaml"},
		{"kubectl-catalyst", "cluster", "wait", "prod"},
		{"kubectl-catalyst", "template", "list"},
		{"kubectl-catalyst", "template", "list", "-o", "json"},
		{"kubectl-catalyst", "doctor", "prod"},
		{"kubectl-catalyst", "doctor", "prod", "-o", "json"},
		{"kubectl-catalyst", "__complete", "login", ""},
		{"openstack-coe-helper", "support", "prod"},
		{"openstack-coe-helper", "support", "prod", "-o", "json"},
	} {
		t.Run(strings.Join(command, " "), func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			r := alice.run(command[0], command[1:]...)
			if strings.Contains(r.stderr, "unknown") {
				t.Fatalf("no such command: %s", r)
			}
			r.wantNothingHarmful(t)
			for line := range strings.Lines(r.stdout + r.stderr) {
				if strings.HasPrefix(line, "hint: forged") {
					t.Errorf("a line was forged: %s", r)
				}
			}
		})
	}
}

// TestRawTextStaysTheSameData shows that escaping in JSON loses nothing.
func TestRawTextStaysTheSameData(t *testing.T) {
	t.Parallel()
	alice := newVictim(t, rewriting(t, set("status_reason", evilText)), "alice")
	r := alice.mustCatalyst("cluster", "show", "prod", "-o", "json")
	var shown map[string]any
	if err := json.NewDecoder(bytes.NewBufferString(r.stdout)).Decode(&shown); err != nil {
		t.Fatalf("%v: %s", err, r)
	}
	if got := shown["status_reason"]; got != evilText {
		t.Errorf("got %q, want %q", got, evilText)
	}
}
