package apiserver

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

func caOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/version" || r.Header.Get("Authorization") != "Bearer abc" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"major":"1","minor":"35","gitVersion":"v1.35.6"}`))
	})
	got, err := Endpoint{Server: s.URL, CA: caOf(s)}.Client(Auth{Token: "abc"}).Version(t.Context())
	if err != nil || got != "v1.35.6" {
		t.Errorf("Version = %q, %v", got, err)
	}
}

func TestVersionSaysWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	other := x509Other(t)
	ok := serve(t, answer(http.StatusOK, `{"gitVersion":"v1.35.6"}`))
	closed := serve(t, answer(http.StatusOK, ""))
	closed.Close()
	plain := httptest.NewServer(answer(http.StatusOK, ""))
	t.Cleanup(plain.Close)
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") })
	moved := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/version", http.StatusTemporaryRedirect)
	})
	at := func(s *httptest.Server) Endpoint { return Endpoint{Server: s.URL, CA: caOf(ok)} }
	for _, c := range []struct {
		name string
		at   Endpoint
		want Kind
	}{
		{"another CA", Endpoint{Server: ok.URL, CA: other}, WrongCA},
		{"another name", Endpoint{Server: ok.URL, CA: caOf(ok), TLSServerName: "api.example.org"}, WrongName},
		{"port closed", at(closed), Refused},
		{"no TLS", Endpoint{Server: "https://" + plain.Listener.Addr().String(), CA: caOf(ok)}, NotKubernetes},
		{"401", at(serve(t, answer(http.StatusUnauthorized, ""))), Unauthorized},
		{"403", at(serve(t, answer(http.StatusForbidden, ""))), Forbidden},
		{"502", at(serve(t, answer(http.StatusBadGateway, "<html>"))), NotKubernetes},
		{"HTML", at(serve(t, answer(http.StatusOK, "<html>"))), NotKubernetes},
		{"truncated", at(serve(t, answer(http.StatusOK, `{"gitVersion":"v1.3`))), NotKubernetes},
		{"endless", at(serve(t, answer(http.StatusOK, strings.Repeat(" ", maxVersion+1)+`{"gitVersion":"v1"}`))), NotKubernetes},
		{"redirect", at(moved), NotKubernetes},
		{"http URL", Endpoint{Server: "http://127.0.0.1", CA: caOf(ok)}, BadConfig},
		{"no CA", Endpoint{Server: ok.URL}, BadConfig},
		{"name that does not resolve", Endpoint{Server: "https://api.invalid", CA: caOf(ok)}, NoName},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.at.Client(Auth{Token: "very-secret"}).Version(t.Context())
			var e *Error
			if !errors.As(err, &e) || e.Kind != c.want {
				t.Fatalf("error = %v, want kind %s", err, c.want)
			}
			if e.Hint() == "" || strings.Contains(err.Error(), "very-secret") {
				t.Errorf("hint %q, error %q", e.Hint(), err)
			}
		})
	}
}

func TestSilenceIsATimeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Endpoint{Server: s.URL, CA: caOf(s)}.Client(Auth{}).Version(ctx)
	var e *Error
	if !errors.As(err, &e) || e.Kind != Timeout {
		t.Errorf("error = %v, want a timeout", err)
	}
}

// No test may send anything to a private network, so the failure is made here.
func TestPrivateAddressIsNamed(t *testing.T) {
	t.Parallel()
	unanswered := func(addr string) error {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		return &url.Error{Op: "Get", URL: "https://" + addr, Err: &net.OpError{Op: "dial", Net: "tcp", Addr: tcp, Err: os.ErrDeadlineExceeded}}
	}
	for _, c := range []struct {
		addr, proxy string
		want        Kind
	}{
		{"10.0.0.5:6443", "", Private},
		{"100.64.3.1:6443", "", Private},
		{"[fd00::1]:6443", "", Private},
		{"203.0.113.5:6443", "", Timeout},
		{"10.0.0.5:6443", "socks5://127.0.0.1:1080", Timeout},
	} {
		var e *Error
		err := explain(t.Context(), Endpoint{Server: "https://api.example.com:6443", ProxyURL: c.proxy}, unanswered(c.addr))
		if !errors.As(err, &e) || e.Kind != c.want {
			t.Errorf("%s through %q: %v, want kind %s", c.addr, c.proxy, err, c.want)
		}
	}
}

// x509Other is a certificate that has nothing to do with any server here.
func x509Other(t *testing.T) []byte {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.StartTLS()
	defer s.Close()
	der := s.Certificate().Raw
	// httptest servers share one certificate: change a byte of the signature.
	der = append([]byte(nil), der...)
	der[len(der)-1] ^= 1
	if _, err := x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
