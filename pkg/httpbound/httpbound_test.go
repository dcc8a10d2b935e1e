package httpbound_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// get reads all that a server answers within the limits.
func get(t *testing.T, limits httpbound.Limits, answer http.HandlerFunc) (string, error) {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	plain := &http.Transport{}
	t.Cleanup(plain.CloseIdleConnections)
	resp, err := httpbound.Transport(plain, limits).RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// drips sends a byte at a time until the client has had enough.
func drips(w http.ResponseWriter, r *http.Request) {
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
		if _, err := io.WriteString(w, "x"); err != nil || r.Context().Err() != nil {
			tick.Stop()
			return
		}
		_ = http.NewResponseController(w).Flush()
	}
}

func TestSlowServersEnd(t *testing.T) {
	t.Parallel()
	short := 50 * time.Millisecond
	for name, answer := range map[string]http.HandlerFunc{"hangs": hangs, "drips": drips} {
		for limits, want := range map[httpbound.Limits]string{
			{Total: short}:                   "the answer was not complete within 50ms (--request-timeout)",
			{Stall: short}:                   "the answer made no progress for 50ms",
			{Total: short, Stall: time.Hour}: "the answer was not complete within 50ms (--request-timeout)",
		} {
			t.Run(fmt.Sprint(name, limits), func(t *testing.T) {
				t.Parallel()
				_, err := get(t, limits, answer)
				var slow *httpbound.SlowError
				if !errors.As(err, &slow) || err.Error() != want || !slow.Timeout() || slow.Hint() == "" {
					t.Errorf("error: %v, want %q", err, want)
				}
			})
		}
	}
}

// A long answer that makes progress may take longer than a stall, and so may a
// reader.
func TestProgressAndSlowReadersAreLeftAlone(t *testing.T) {
	t.Parallel()
	piece := strings.Repeat("x", 64<<10)
	step := make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 4 {
			<-step
			_, _ = io.WriteString(w, piece)
			_ = http.NewResponseController(w).Flush()
		}
	}))
	t.Cleanup(s.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	const stall = 5 * time.Second
	plain := &http.Transport{}
	t.Cleanup(plain.CloseIdleConnections)
	step <- struct{}{}
	resp, err := httpbound.Transport(plain, httpbound.Limits{Stall: stall}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, len(piece))
	for i := range 4 {
		if i > 0 {
			step <- struct{}{}
		}
		if _, err := io.ReadFull(resp.Body, buf); err != nil {
			t.Fatal(err)
		}
		<-time.After(stall / 3) // the reader is busy with what it got
	}
	if _, err := resp.Body.Read(buf); !errors.Is(err, io.EOF) {
		t.Errorf("the end of the answer: %v", err)
	}
}

func TestLargeAnswersEnd(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.Repeat("x", 101):              "the answer is larger than 0 MiB",
		strings.Repeat("{},", 30):             "the answer has more than 50 values",
		"[" + strings.Repeat("1,", 24) + "1]": "",
	} {
		_, err := io.ReadAll(httpbound.Body(strings.NewReader(text), 100, 50))
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && got != want {
			t.Errorf("%.10q…: error %v, want %q", text, err, want)
		}
	}
}

func TestListsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	type step struct {
		token   string
		objects int
	}
	many := make([]step, 2000)
	for i := range many {
		many[i] = step{fmt.Sprint(i), 1}
	}
	for name, c := range map[string]struct {
		steps []step
		says  string
	}{
		"an end":     {[]step{{"a", 500}, {"b", 500}, {"", 0}}, ""},
		"a circle":   {[]step{{"a", 500}, {"b", 500}, {"a", 500}}, "where it was before"},
		"no objects": {[]step{{"a", 500}, {"b", 0}}, "a page without objects"},
		"long token": {[]step{{strings.Repeat("x", 20_000), 500}}, "longer than 16 KiB"},
		"many pages": {many, "more than 2000 pages"},
	} {
		pages := httpbound.Pages{Path: "/x"}
		var err error
		for _, s := range c.steps {
			if _, err = pages.Continues(s.token, s.objects); err != nil {
				break
			}
		}
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: error %v, want %q", name, err, c.says)
		}
	}
}
