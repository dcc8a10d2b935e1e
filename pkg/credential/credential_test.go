package credential_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	clientauth "k8s.io/client-go/pkg/apis/clientauthentication/v1"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

const (
	clusterUUID = "0b6d4d5e-9f33-4f0c-8f50-5a4e4a7c9b10"
	year        = 365 * 24 * time.Hour
)

// authority is a cluster's CA that signs like Magnum: any subject, five years,
// backdated a day.
type authority struct {
	t     *testing.T
	key   *ecdsa.PrivateKey
	cert  *x509.Certificate
	now   func() time.Time
	signs atomic.Int32
	asked atomic.Int32
	fail  error
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "prod"},
		NotBefore: time.Now().Add(-20 * year), NotAfter: time.Now().Add(50 * year),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{t: t, key: key, cert: cert, now: time.Now}
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func (a *authority) CA(context.Context, string) ([]byte, error) {
	a.asked.Add(1)
	return a.pem(), a.fail
}

func (a *authority) Sign(_ context.Context, _ string, csrPEM []byte) ([]byte, error) {
	a.signs.Add(1)
	block, _ := pem.Decode(csrPEM)
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	return a.issue(csr.PublicKey, csr.Subject, nil)
}

func (a *authority) issue(pub any, subject pkix.Name, names []string) ([]byte, error) {
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: subject, DNSNames: names,
		NotBefore: a.now().Add(-24 * time.Hour), NotAfter: a.now().Add(5*year - 24*time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, pub, a.key)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), err
}

// serve runs an API server with a certificate from this CA.
func (a *authority) serve(h http.HandlerFunc) *httptest.Server {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	certPEM, err := a.issue(key.Public(), pkix.Name{CommonName: "kube-apiserver"}, []string{"api.example.com"})
	if err != nil {
		a.t.Fatal(err)
	}
	block, _ := pem.Decode(certPEM)
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{block.Bytes}, PrivateKey: key}}, ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	a.t.Cleanup(s.Close)
	return s
}

func versionHandler(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte(`{"gitVersion":"v1.36.3"}`))
}

// user is a signed-in user of OpenStack.
type user struct {
	a       *authority
	token   string
	expires time.Time
	renewed int
}

func (u *user) User() string                                       { return "alice" }
func (u *user) Token() (string, time.Time)                         { return u.token, u.expires }
func (u *user) Authority() (credential.Authority, error)           { return u.a, nil }
func (u *user) Project() string                                    { return "demo" }
func (u *user) Renew(context.Context) error                        { u.renewed++; u.token = "renewed"; return nil }
func (u *user) signIn(context.Context) (credential.Session, error) { return u, nil }

func newProvider(t *testing.T, mode credential.Mode, u *user) *credential.Provider {
	t.Helper()
	return &credential.Provider{
		Ref:     credential.Ref{Identity: "alice", ClusterUUID: clusterUUID, Mode: mode},
		Store:   store.Open(filepath.Join(t.TempDir(), "cache")),
		SignIn:  u.signIn,
		Now:     time.Now,
		Rotated: func(context.Context, []byte) error { t.Error("the CA was taken for rotated"); return nil },
	}
}

func offline(context.Context) (credential.Session, error) {
	return nil, errors.New("the cloud was asked")
}

func TestAcceptRefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	ours, other := newAuthority(t), newAuthority(t)
	key, err := credential.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := credential.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sign := func(a *authority, k *credential.Key) []byte {
		csr, err := k.Request("alice")
		if err != nil {
			t.Fatal(err)
		}
		pem, err := a.Sign(t.Context(), "", csr)
		if err != nil {
			t.Fatal(err)
		}
		return pem
	}
	now := time.Now()
	for _, c := range []struct {
		name string
		cert []byte
		ca   []byte
		now  time.Time
		want string // part of the error; "" for none
	}{
		{"good", sign(ours, key), ours.pem(), now, ""},
		{"another key", sign(ours, foreign), ours.pem(), now, "another key"},
		{"another CA", sign(other, key), ours.pem(), now, "does not chain"},
		{"expired", sign(ours, key), ours.pem(), now.Add(6 * year), "valid from"},
		{"not valid yet", sign(ours, key), ours.pem(), now.Add(-2 * year), "valid from"},
		{"not a certificate", []byte("<html>"), ours.pem(), now, "not a PEM certificate"},
		{"a CA that is none", sign(ours, key), []byte("<html>"), now, "CA is not a PEM certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := key.Accept(c.cert, c.ca, c.now)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tls.X509KeyPair(got.CertPEM, got.KeyPEM); err != nil {
					t.Errorf("certificate and key do not belong together: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Accept = %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestRequestAsksForWhatKubernetesNeeds(t *testing.T) {
	t.Parallel()
	key, err := credential.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	csrPEM, err := key.Request("alice")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(csrPEM)
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := csr.CheckSignature(); err != nil {
		t.Error(err)
	}
	if csr.Subject.CommonName != "alice" || len(csr.Subject.Organization) != 1 || csr.Subject.Organization[0] != "system:masters" {
		t.Errorf("subject is %v", csr.Subject)
	}
	if pub, ok := csr.PublicKey.(*ecdsa.PublicKey); !ok || pub.Curve != elliptic.P256() {
		t.Errorf("key is %T, not on P-256", csr.PublicKey)
	}
	if len(csr.Extensions) != 1 || csr.Extensions[0].Id.String() != "2.5.29.37" {
		t.Errorf("extensions are %v, want the extended key usage", csr.Extensions)
	}
}

func TestWarmCertificateAsksNobody(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	p := newProvider(t, credential.ModeCertificate, &user{a: a})
	first, err := p.Credential(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.SignIn = offline
	second, err := p.Credential(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.CertPEM, second.CertPEM) || !bytes.Equal(first.KeyPEM, second.KeyPEM) {
		t.Error("the cached certificate is another one")
	}
}

func TestCertificateIsRenewedAtFourFifthsOfItsLife(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	p := newProvider(t, credential.ModeCertificate, &user{a: a})
	issued := time.Now()
	if _, err := p.Credential(t.Context()); err != nil {
		t.Fatal(err)
	}
	fourFifths := issued.Add(-24 * time.Hour).Add(4 * year)
	for _, c := range []struct {
		name string
		now  time.Time
		want int32 // signatures so far
	}{{"before", fourFifths.Add(-time.Hour), 1}, {"after", fourFifths.Add(time.Hour), 2}} {
		p.Now = func() time.Time { return c.now }
		a.now = p.Now
		if _, err := p.Credential(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := a.signs.Load(); got != c.want {
			t.Errorf("%s four fifths: %d certificates were signed, want %d", c.name, got, c.want)
		}
	}
}

func TestCertificateIsRenewedWhenTheKubeconfigHasAnotherCA(t *testing.T) {
	t.Parallel()
	before, after := newAuthority(t), newAuthority(t)
	u := &user{a: before}
	p := newProvider(t, credential.ModeCertificate, u)
	if _, err := p.Credential(t.Context()); err != nil {
		t.Fatal(err)
	}
	u.a = after
	p.Cluster = &clientauth.Cluster{Server: "https://127.0.0.1:1", CertificateAuthorityData: after.pem()}
	if _, err := p.Credential(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after.signs.Load() != 1 {
		t.Error("the new CA was not asked to sign")
	}
}

func TestTwentyProcessesMakeOneCertificate(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	shared := newProvider(t, credential.ModeCertificate, &user{a: a})
	var wg sync.WaitGroup
	for range 20 {
		p := *shared // each has its own handle on the lock, as processes have
		wg.Go(func() {
			if _, err := p.Credential(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := a.signs.Load(); got != 1 {
		t.Errorf("%d certificates were signed, want 1", got)
	}
}

func TestTokenGoesOnlyToVerifiedServers(t *testing.T) {
	t.Parallel()
	right, wrong := newAuthority(t), newAuthority(t)
	u := &user{a: right, token: "secret", expires: time.Now().Add(time.Hour)}
	for _, c := range []struct {
		name    string
		cluster clientauth.Cluster
		want    string
	}{
		{"verification switched off", clientauth.Cluster{InsecureSkipTLSVerify: true}, "switches off TLS verification"},
		{"CA of somebody else", clientauth.Cluster{CertificateAuthorityData: wrong.pem()}, "is not the CA of cluster"},
		{"no CA", clientauth.Cluster{}, "names no CA"},
		{"a CA that is none", clientauth.Cluster{CertificateAuthorityData: []byte("x")}, "names no CA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, credential.ModeKeystone, u)
			c.cluster.Server = "https://192.0.2.1"
			p.Cluster = &c.cluster
			got, err := p.Credential(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error = %v, want one with %q", err, c.want)
			}
			if got != nil || strings.Contains(err.Error(), "secret") {
				t.Error("the token got out")
			}
		})
	}
}

// Without cluster info nobody knows where the token goes.
func TestTokenGoesNowhereUnnamed(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	p := newProvider(t, credential.ModeKeystone, &user{a: a, token: "secret", expires: time.Now().Add(time.Hour)})
	if c, err := p.Credential(t.Context()); err == nil || c != nil || !strings.Contains(err.Error(), "provideClusterInfo") {
		t.Errorf("%v", err)
	}
}

// A UUID that Magnum does not know is no permission to trust the kubeconfig.
func TestTokenDoesNotGoToAnUnknownCluster(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.fail = &magnum.NotFound{What: "cluster", Ref: clusterUUID}
	p := newProvider(t, credential.ModeKeystone, &user{a: a, token: "secret", expires: time.Now().Add(time.Hour)})
	p.Accepted = p.Store
	if err := credential.RememberAccepted(p.Store, clusterUUID, "", a.pem()); err != nil {
		t.Fatal(err)
	}
	p.Cluster = &clientauth.Cluster{Server: "https://192.0.2.1", CertificateAuthorityData: a.pem()}
	for range 2 {
		if c, err := p.Credential(t.Context()); err == nil || c != nil || !strings.Contains(err.Error(), "not found") {
			t.Errorf("%v", err)
		}
	}
}

// Whoever may not ask Magnum relies on the CA that they accepted at the login.
func TestViewerReliesOnTheAcceptedCA(t *testing.T) {
	t.Parallel()
	a, stranger := newAuthority(t), newAuthority(t)
	a.fail = &magnum.NotYours{Ref: clusterUUID}
	p := newProvider(t, credential.ModeKeystone, &user{a: a, token: "viewer", expires: time.Now().Add(time.Hour)})
	api := a.serve(versionHandler).URL
	at := func(ca []byte) *clientauth.Cluster {
		return &clientauth.Cluster{Server: api, TLSServerName: "api.example.com", CertificateAuthorityData: ca}
	}
	refused := func(ca []byte, why string) {
		t.Helper()
		p.Cluster = at(ca)
		if c, err := p.Credential(t.Context()); err == nil || c != nil || !strings.Contains(err.Error(), why) {
			t.Errorf("error = %v, want %q", err, why)
		}
	}
	p.Accepted = p.Store
	refused(a.pem(), "nobody has accepted it")
	if err := credential.RememberAccepted(p.Store, clusterUUID, "other", a.pem()); err != nil {
		t.Fatal(err)
	}
	refused(a.pem(), "another project")
	if err := credential.RememberAccepted(p.Store, clusterUUID, "demo", a.pem()); err != nil {
		t.Fatal(err)
	}
	p.Accepted = nil
	refused(a.pem(), "nobody has accepted it")
	p.Accepted = p.Store
	asked := a.asked.Load()
	p.Cluster = at(a.pem())
	for range 2 {
		c, err := p.Credential(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c.Token != "viewer" {
			t.Errorf("token is %q", c.Token)
		}
	}
	if got := a.asked.Load() - asked; got != 1 {
		t.Errorf("Magnum was asked for the CA %d times, want once", got)
	}
	refused(stranger.pem(), "not the one that was accepted")
}

// A Magnum that does not answer has not said that the user may not ask.
func TestUnverifiedCAIsNotTrustedWhileMagnumIsAway(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.fail = errors.New("connection refused")
	p := newProvider(t, credential.ModeKeystone, &user{a: a, token: "secret", expires: time.Now().Add(time.Hour)})
	p.Cluster = &clientauth.Cluster{Server: "https://192.0.2.1", CertificateAuthorityData: a.pem()}
	for range 2 {
		if c, err := p.Credential(t.Context()); err == nil || c != nil {
			t.Errorf("a token was handed out: %v", err)
		}
	}
	if got := a.asked.Load(); got != 2 {
		t.Errorf("Magnum was asked %d times, want each time", got)
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	var asked atomic.Int32
	api := a.serve(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Authorization") != "Bearer renewed" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		versionHandler(w, r)
	})
	u := &user{a: a, token: "revoked", expires: time.Now().Add(time.Hour)}
	p := newProvider(t, credential.ModeKeystone, u)
	p.Cluster = &clientauth.Cluster{Server: api.URL, TLSServerName: "api.example.com", CertificateAuthorityData: a.pem()}
	for range 3 {
		c, err := p.Credential(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c.Token != "renewed" {
			t.Errorf("token is %q", c.Token)
		}
	}
	if u.renewed != 1 || asked.Load() != 1 {
		t.Errorf("renewed %d times after %d checks, want once after one", u.renewed, asked.Load())
	}
}

func TestRotatedCAReachesTheKubeconfig(t *testing.T) {
	t.Parallel()
	for _, mode := range []credential.Mode{credential.ModeCertificate, credential.ModeKeystone} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			before, after := newAuthority(t), newAuthority(t)
			u := &user{a: before, token: "t", expires: time.Now().Add(time.Hour)}
			p := newProvider(t, mode, u)
			var written []byte
			p.Rotated = func(_ context.Context, ca []byte) error { written = ca; return nil }
			old := before.serve(versionHandler)
			p.Cluster = &clientauth.Cluster{Server: old.URL, TLSServerName: "api.example.com", CertificateAuthorityData: before.pem()}
			if _, err := p.Credential(t.Context()); err != nil {
				t.Fatal(err)
			}
			// The cluster rotates its CA, and its API server restarts with a new certificate.
			u.a = after
			p.Cluster.Server = after.serve(versionHandler).URL
			later := time.Now().Add(time.Hour / 2)
			p.Now = func() time.Time { return later }
			_, err := p.Credential(t.Context())
			if err == nil || !strings.Contains(err.Error(), "was rotated") {
				t.Fatalf("error = %v, want one that says what happened", err)
			}
			if !bytes.Equal(written, after.pem()) {
				t.Fatal("the kubeconfig did not get the new CA")
			}
			// kubectl runs again with what is in the kubeconfig now.
			p.Cluster.CertificateAuthorityData = written
			if _, err := p.Credential(t.Context()); err != nil {
				t.Errorf("the next kubectl fails: %v", err)
			}
		})
	}
}

func TestImpostorIsNotTakenForARotation(t *testing.T) {
	t.Parallel()
	a, impostor := newAuthority(t), newAuthority(t)
	p := newProvider(t, credential.ModeCertificate, &user{a: a})
	p.Cluster = &clientauth.Cluster{Server: impostor.serve(versionHandler).URL, TLSServerName: "api.example.com", CertificateAuthorityData: a.pem()}
	if _, err := p.Credential(t.Context()); err == nil || !strings.Contains(err.Error(), "Magnum's CA is not the API server's") {
		t.Errorf("error = %v", err)
	}
}

func TestUnreachableServerIsLeftToKubectl(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	p := newProvider(t, credential.ModeCertificate, &user{a: a})
	gone := a.serve(versionHandler)
	gone.Close()
	p.Cluster = &clientauth.Cluster{Server: gone.URL, CertificateAuthorityData: a.pem()}
	if _, err := p.Credential(t.Context()); err != nil {
		t.Errorf("the plugin fails where kubectl should: %v", err)
	}
}

// Where more is known about the way than kubectl can know, it is said.
func TestUnreachableServerIsExplained(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	p := newProvider(t, credential.ModeCertificate, &user{a: a})
	gone := a.serve(versionHandler)
	gone.Close()
	p.Cluster = &clientauth.Cluster{Server: gone.URL, CertificateAuthorityData: a.pem()}
	explained := errors.New("the bastion is down")
	p.Unreached = func(err error) error {
		var e *apiserver.Error
		if !errors.As(err, &e) || e.Kind != apiserver.Refused {
			t.Errorf("asked to explain %v", err)
		}
		return explained
	}
	if _, err := p.Credential(t.Context()); !errors.Is(err, explained) {
		t.Errorf("error = %v", err)
	}
	p.Unreached = func(error) error { return nil }
	if _, err := p.Credential(t.Context()); err != nil {
		t.Errorf("what cannot be explained is left to kubectl, but: %v", err)
	}
}

func TestUntilNeverMakesACredentialLast(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct{ had, until, want time.Time }{
		{time.Time{}, now, now}, {now.Add(time.Hour), now, now}, {now, now.Add(time.Hour), now},
	} {
		got := &credential.Credential{Expires: c.had}
		if got.Until(c.until); !got.Expires.Equal(c.want) {
			t.Errorf("%v until %v: %v, want %v", c.had, c.until, got.Expires, c.want)
		}
	}
}

func TestWriteIsAnExecCredential(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := &credential.Credential{Expires: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	c.Token = "abc"
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	status := got["status"].(map[string]any)
	if got["apiVersion"] != "client.authentication.k8s.io/v1" || got["kind"] != "ExecCredential" ||
		status["token"] != "abc" || status["expirationTimestamp"] != "2030-01-02T03:04:05Z" {
		t.Errorf("output is %s", out.String())
	}
}
