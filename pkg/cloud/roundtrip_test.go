package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

// endless sends a body of size bytes.
func endless(w http.ResponseWriter, size int) {
	w.Header().Set("Content-Type", "application/json")
	chunk := []byte(strings.Repeat(" ", 1<<20))
	for sent := 0; sent < size; sent += len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func hijack(w http.ResponseWriter, text string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, text)
	conn.Close()
}

func TestBadAnswersOfKeystone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		code   int
		says   string
	}{
		{"wrong password", func(w http.ResponseWriter, _ *http.Request) { answer(w, 401, `{"error":{"code":401,"message":"no"}}`) }, clierr.SignIn, "refused (401)"},
		{"truncated JSON", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, `{"token": {"us`) }, clierr.Failure, "not the JSON"},
		{"empty", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, ``) }, clierr.Failure, "not the JSON"},
		{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, clierr.Failure, "204"},
		{"no token in it", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, `{"token":{}}`) }, clierr.Failure, "without a token"},
		{"JSON of another shape", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, `{"token":{"expires_at":[1]}}`) }, clierr.Failure, "signing in at"},
		{"HTML", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>please log in to the hotel</html>") }, clierr.Failure, "web page"},
		{"HTML 404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); fmt.Fprint(w, "<html>") }, clierr.Failure, "web page"},
		{"502", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(502)
			fmt.Fprint(w, "<html>bad gateway</html>")
		}, clierr.Failure, "502 Bad Gateway"},
		{"500 in JSON", func(w http.ResponseWriter, _ *http.Request) { answer(w, 500, `{"error":{"message":"boom"}}`) }, clierr.Failure, "500"},
		{"password expired", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 401, `{"error":{"message":"The password is expired."}}`)
		}, clierr.SignIn, "password is expired"},
		{"429", func(w http.ResponseWriter, _ *http.Request) { answer(w, 429, `{"error":{"message":"slow down"}}`) }, clierr.Failure, "slow down"},
		{"400", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 400, `{"error":{"message":"domain\nis missing"}}`)
		}, clierr.SignIn, "domain is missing"},
		{"reset", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "") }, clierr.Failure, "cannot be reached"},
		{"body breaks off", func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"token\"")
		}, clierr.Failure, "breaks off"},
		{"not HTTP", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "SSH-2.0-OpenSSH\r\n") }, clierr.Failure, "cannot be reached"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) { endless(w, 1<<30) }, clierr.Failure, "16 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newKeystone(t, func(k *keystone) { k.intrude = tt.answer })
			_, err := trySignIn(t, k.options(t, k.openrc()))
			if clierr.Code(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("error = %v (code %d), want code %d and %q", err, clierr.Code(err), tt.code, tt.says)
			}
			host := strings.TrimPrefix(k.URL, "http://")
			if !strings.Contains(err.Error(), host) || clierr.Hint(err) == "" {
				t.Errorf("error %q (hint %q) does not name the server or the next step", err, clierr.Hint(err))
			}
			if strings.Contains(err.Error(), "not found") || strings.Contains(err.Error(), "hush") || strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("error %q", err)
			}
		})
	}
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(silent.Close)
	t.Cleanup(func() { close(release) }) // before Close, which waits for the handler
	c, err := cloud.Resolve(cloud.Options{Getenv: lookup(map[string]string{
		"OS_AUTH_URL": silent.URL + "/v3", "OS_USERNAME": "a", "OS_PASSWORD": "b", "OS_PROJECT_ID": "c",
	})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Session(ctx)
	var silence *cloud.UnreachableError
	if !errors.As(err, &silence) || !strings.Contains(err.Error(), "does not answer in time") {
		t.Errorf("error = %v", err)
	}
}

func TestUnscopedToken(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	_, err := trySignIn(t, k.options(t, k.openrc("OS_PROJECT_NAME", "")))
	if clierr.Code(err) != clierr.SignIn || !strings.Contains(clierr.Hint(err), "OS_PROJECT_NAME") {
		t.Errorf("error = %v (hint %q)", err, clierr.Hint(err))
	}
}

func TestApplicationCredentialGone(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	_, err := trySignIn(t, k.options(t, k.openrc("OS_APPLICATION_CREDENTIAL_ID", "gone", "OS_APPLICATION_CREDENTIAL_SECRET", credSecret)))
	if clierr.Code(err) != clierr.SignIn || !strings.Contains(err.Error(), "does not exist or has expired") {
		t.Errorf("error = %v", err)
	}
}
