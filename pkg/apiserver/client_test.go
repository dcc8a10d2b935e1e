package apiserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
)

func client(t *testing.T, h http.HandlerFunc) *apiserver.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := apiserver.New(&rest.Config{Host: s.URL + "/prefix"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestObjectSendsAndReads(t *testing.T) {
	t.Parallel()
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got := strings.Join([]string{r.Method, r.URL.String(), r.Header.Get("Accept"), r.Header.Get("Content-Type"), string(body)}, " ")
		if want := `POST /prefix/api/v1/pods?dryRun=All application/json application/json {"kind":"Pod"}`; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		w.Header().Set("Date", "Fri, 20 Nov 2026 18:00:00 GMT")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"kind":"Pod","other":1}`)
	})
	var out struct{ Kind string }
	now, err := c.Object(t.Context(), apiserver.Request{Method: http.MethodPost, Path: "/api/v1/pods",
		Query: url.Values{"dryRun": {"All"}}, Body: map[string]string{"kind": "Pod"}}, &out)
	if err != nil || out.Kind != "Pod" || !now.Equal(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v at %v, %v", out, now, err)
	}
}

func TestAnswersThatAreNotSuccesses(t *testing.T) {
	t.Parallel()
	for body, message := range map[string]string{
		`{"kind":"Status","code":409,"reason":"AlreadyExists","message":"pods \"x\" already exists"}`: `pods "x" already exists`,
		`<html>`: "the API server answered HTTP 409",
		``:       "the API server answered HTTP 409",
	} {
		c := client(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, body)
		})
		_, err := c.Object(t.Context(), apiserver.Request{Path: "/x"}, nil)
		if err == nil || err.Error() != message || !apiserver.Is(err, apiserver.Missing, apiserver.Conflict) || apiserver.Is(err, apiserver.Missing) {
			t.Errorf("error: %v", err)
		}
	}
}

// A busy server is asked again with the same body; one that stays busy is not
// asked for ever, and nobody waits who has gone away.
func TestBusyServersAreAskedAgain(t *testing.T) {
	t.Parallel()
	asked := 0
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); string(body) != `"body"` {
			t.Errorf("body %q", body)
		}
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	})
	if _, err := c.Object(t.Context(), apiserver.Request{Method: http.MethodPost, Path: "/x", Body: "body"}, nil); err != nil || asked != 2 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	busy := client(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
		cancel(gone)
	})
	if _, err := busy.Do(ctx, apiserver.Request{Path: "/x"}); !errors.Is(err, gone) {
		t.Errorf("error: %v", err)
	}
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	c, err := apiserver.New(&rest.Config{Host: "http://127.0.0.1:1", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), apiserver.Request{Path: "/x"})
	if err == nil || !strings.HasPrefix(err.Error(), "asking the API server at 127.0.0.1:1: ") || c.Server() != "http://127.0.0.1:1" {
		t.Errorf("error: %v, server %q", err, c.Server())
	}
}
