package magnum_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// certificate makes a self-signed one.
func certificate(t *testing.T, ca bool) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: ca, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func pemAnswer(text string) string {
	data, _ := json.Marshal(map[string]string{"cluster_uuid": prodUUID, "pem": text})
	return string(data)
}

func newTLS(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(always(200, prodJSON))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestCA(t *testing.T) {
	t.Parallel()
	ca := certificate(t, true)
	for _, tt := range []struct{ name, pem, want string }{
		{"one", ca, ""},
		{"two", ca + ca, ""},
		{"not a CA", certificate(t, false), "may not sign certificates"},
		{"empty", "", "it is empty"},
		{"text", "None", "no PEM block"},
		{"text behind it", ca + "\nand more", "no PEM block"},
		{"a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", `"PRIVATE KEY"`},
		{"not DER", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not a certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, c := serve(t, always(200, pemAnswer(tt.pem)))
			got, err := c.CA(t.Context(), "prod")
			if tt.want != "" {
				wants(t, err, tt.want, `"prod"`)
				_ = is[*magnum.Malformed](t, err)
				return
			}
			if err != nil || string(got) != tt.pem {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	cert := certificate(t, false)
	var sent map[string]string
	_, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		w.WriteHeader(201)
		_, _ = io.WriteString(w, pemAnswer(cert))
	})
	got, err := c.Sign(t.Context(), "prod", []byte("the csr"))
	if err != nil || string(got) != cert {
		t.Errorf("got %q, %v", got, err)
	}
	if diff := cmp.Diff(map[string]string{"cluster_uuid": "prod", "csr": "the csr"}, sent); diff != "" {
		t.Error(diff)
	}

	_, c = serve(t, always(201, pemAnswer("None")))
	_, err = c.Sign(t.Context(), "prod", []byte("csr"))
	wants(t, err, `what cluster "prod" signed is not a certificate`)
}
