package hostile

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// heard is a request that reached a stranger.
type heard struct {
	Method, Path string
	Header       http.Header
	Body         string
}

// stranger is a server of an attacker's on 127.0.0.1 that remembers whatever it
// is sent. As a TLS server it shows a certificate of its own CA.
type stranger struct {
	URL string
	CA  []byte // PEM; nil without TLS

	mu    sync.Mutex
	heard []heard
}

// startStranger starts a plain HTTP server. answer may be nil: then everything is
// answered with an empty JSON object.
func startStranger(t *testing.T, answer http.HandlerFunc) *stranger {
	t.Helper()
	s := &stranger{}
	server := httptest.NewServer(s.remember(answer))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// startTLSStranger starts a server that could be a cluster's API server but is an
// attacker's.
func startTLSStranger(t *testing.T, answer http.HandlerFunc) *stranger {
	t.Helper()
	s := &stranger{}
	server := httptest.NewTLSServer(s.remember(answer))
	t.Cleanup(server.Close)
	s.URL = server.URL
	s.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return s
}

// fingerprint returns the SHA-256 of the stranger's certificate, as openssl
// prints it.
func (s *stranger) fingerprint() string {
	block, _ := pem.Decode(s.CA)
	sum := sha256.Sum256(block.Bytes)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

func (s *stranger) remember(answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		s.mu.Lock()
		s.heard = append(s.heard, heard{Method: r.Method, Path: r.RequestURI, Header: r.Header.Clone(), Body: string(body)})
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	})
}

// requests returns what was heard so far.
func (s *stranger) requests() []heard {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}

// secretMarks are in every secret of the embedded cloud's users: passwords,
// Keystone tokens, secrets of application credentials; and in keys.
var secretMarks = []string{"-pw", "gAAAA", "appcred-secret", "PRIVATE KEY", "Bearer"}

// secrets returns the requests that carried a secret in any of their parts, in
// words without the secret.
func (s *stranger) secrets() []string {
	var found []string
	for _, r := range s.requests() {
		whole := fmt.Sprintf("%s %s %v %s", r.Method, r.Path, r.Header, r.Body)
		for _, mark := range secretMarks {
			if strings.Contains(whole, mark) {
				found = append(found, fmt.Sprintf("%s %s holds %s…", r.Method, r.Path, mark))
			}
		}
	}
	return found
}

// wantNoSecret checks that no request carried a secret.
func (s *stranger) wantNoSecret(t *testing.T) {
	t.Helper()
	for _, found := range s.secrets() {
		t.Errorf("a secret reached the stranger: %s", found)
	}
}

// wantSilence checks that nothing at all reached the stranger.
func (s *stranger) wantSilence(t *testing.T) {
	t.Helper()
	for _, r := range s.requests() {
		t.Errorf("the stranger was asked: %s %s", r.Method, r.Path)
	}
}
