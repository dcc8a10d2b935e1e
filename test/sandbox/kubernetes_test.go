package sandbox_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// request makes a key and a CSR for it.
func request(t *testing.T, subject pkix.Name, extensions ...pkix.Extension) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject, ExtraExtensions: extensions}, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

func extension(t *testing.T, id asn1.ObjectIdentifier, value any) pkix.Extension {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: id, Value: der}
}

// certificate has a cluster sign a certificate for the client of its API.
func certificate(t *testing.T, s *sandbox.Sandbox, token, cluster string, subject pkix.Name, extensions ...pkix.Extension) tls.Certificate {
	t.Helper()
	key, csr := request(t, subject, extensions...)
	r := magnum(t, s, token, "POST", "/certificates", object{"cluster_uuid": cluster, "csr": csr}).wants(t, 201)
	block, _ := pem.Decode([]byte(r.body["pem"].(string)))
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key, Leaf: leaf}
}

// api is a client of a cluster's API that trusts the CA Magnum names.
func api(t *testing.T, s *sandbox.Sandbox, token, cluster string, certs ...tls.Certificate) (*http.Client, string) {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(magnum(t, s, token, "GET", "/certificates/"+cluster, nil).wants(t, 200).body["pem"].(string))) {
		t.Fatal("no CA")
	}
	conf := &tls.Config{RootCAs: pool}
	if len(certs) > 0 { // shown even to a server that names other CAs
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certs[0], nil }
	}
	transport := &http.Transport{TLSClientConfig: conf}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}, magnum(t, s, token, "GET", "/clusters/"+cluster, nil).body["api_address"].(string)
}

func TestSignedCertificates(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	token := signIn(t, s, "alice", "demo")
	usage := extension(t, asn1.ObjectIdentifier{2, 5, 29, 37}, []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 2}})
	leaf := certificate(t, s, token, "prod", pkix.Name{CommonName: "alice", Organization: []string{"system:masters"}}, usage).Leaf
	got := []any{leaf.Subject.CommonName, leaf.Subject.Organization, leaf.ExtKeyUsage, leaf.IsCA, len(leaf.Extensions),
		leaf.NotAfter.Equal(leaf.NotBefore.AddDate(5, 0, 0)), time.Since(leaf.NotBefore).Round(time.Hour)}
	want := []any{"alice", []string{"system:masters"}, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, false, 1, true, 24 * time.Hour}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	type basic struct {
		CA bool `asn1:"optional"`
	}
	for _, tt := range []struct {
		name   string
		ext    pkix.Extension
		status int
	}{
		{"a CA", extension(t, asn1.ObjectIdentifier{2, 5, 29, 19}, basic{true}), 400},
		{"expressly no CA", extension(t, asn1.ObjectIdentifier{2, 5, 29, 19}, basic{}), 201},
		{"something of its own", extension(t, asn1.ObjectIdentifier{1, 2, 3, 4}, 1), 400},
	} {
		_, csr := request(t, pkix.Name{CommonName: "x"}, tt.ext)
		r := magnum(t, s, token, "POST", "/certificates", object{"cluster_uuid": "prod", "csr": csr})
		if r.status != tt.status {
			t.Errorf("%s: %d %s", tt.name, r.status, r.text)
		}
	}
}

func TestWhoMayDoWhatInKubernetes(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	alice, carol := signIn(t, s, "alice", "demo"), signIn(t, s, "carol", "demo")
	abroad := signIn(t, s, "alice", "other")
	masters := certificate(t, s, alice, "prod", pkix.Name{CommonName: "alice", Organization: []string{"system:masters"}})
	nobody := certificate(t, s, alice, "prod", pkix.Name{CommonName: "eve", Organization: []string{"nothing"}})
	foreign := certificate(t, s, alice, "blue", pkix.Name{CommonName: "alice", Organization: []string{"system:masters"}})
	nameless := certificate(t, s, alice, "prod", pkix.Name{})
	const pods, ns, nodes = "/api/v1/namespaces/shop/pods", "/api/v1/namespaces", "/api/v1/nodes"
	for _, tt := range []struct {
		name         string
		certs        []tls.Certificate
		token        string
		method, path string
		status       int
		want         string
	}{
		{"masters", []tls.Certificate{masters}, "", "GET", ns, 200, `"shop"`},
		{"masters see nodes", []tls.Certificate{masters}, "", "GET", nodes, 200, "worker-0"},
		{"one object", []tls.Certificate{masters}, "", "GET", ns + "/shop", 200, `"kind":"Namespace"`},
		{"pods of a namespace", []tls.Certificate{masters}, "", "GET", pods, 200, "web-"},
		{"an unknown pod", []tls.Certificate{masters}, "", "GET", pods + "/nope", 404, `pods \"nope\" not found`},
		{"deployments", []tls.Certificate{masters}, "", "GET", "/apis/apps/v1/deployments", 200, `"DeploymentList"`},
		{"an unknown kind", []tls.Certificate{masters}, "", "GET", "/api/v1/secrets", 404, "could not find the requested resource"},
		{"nothing can be changed", []tls.Certificate{masters}, "", "DELETE", ns + "/shop", 405, "MethodNotAllowed"},
		{"a group without rights", []tls.Certificate{nobody}, "", "GET", ns, 403,
			`namespaces is forbidden: User \"eve\" cannot list resource \"namespaces\" in API group \"\" at the cluster scope`},
		{"who I am", []tls.Certificate{nobody}, "", "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", 201, `"eve"`},
		{"another cluster's certificate", []tls.Certificate{foreign}, "", "GET", ns, 401, `"Unauthorized"`},
		{"a certificate without a name", []tls.Certificate{nameless}, "", "GET", ns, 401, `"Unauthorized"`},
		{"a member's token", nil, alice, "GET", nodes, 200, "master-0"},
		{"a reader's token", nil, carol, "GET", pods, 200, "web-"},
		{"a reader sees no nodes", nil, carol, "GET", nodes, 403, `User \"carol\" cannot list resource \"nodes\"`},
		{"a reader changes nothing", nil, carol, "DELETE", pods + "/x", 403, `pods \"x\" is forbidden: User \"carol\" cannot delete`},
		{"another project's token", nil, abroad, "GET", ns, 403, "forbidden"},
		{"a token that is none", nil, "no", "GET", "/version", 401, `"Unauthorized"`},
		{"nobody asks for the version", nil, "", "GET", "/version", 200, "gitVersion"},
		{"nobody asks for more", nil, "", "GET", ns, 403, `system:anonymous`},
		{"nobody asks for the API", nil, "", "GET", "/api", 403, `cannot get path \"/api\"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, server := api(t, s, alice, "prod", tt.certs...)
			var header []string
			if tt.token != "" {
				header = []string{"Authorization", "Bearer " + tt.token}
			}
			askWith(t, client, tt.method, server+tt.path, nil, header...).wants(t, tt.status, tt.want)
		})
	}
}

func TestTablesForKubectl(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	alice := signIn(t, s, "alice", "demo")
	client, server := api(t, s, alice, "prod")
	r := askWith(t, client, "GET", server+"/api/v1/namespaces/shop/services", nil, "Authorization", "Bearer "+alice,
		"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json").wants(t, 200, `"kind":"Table"`)
	want := []any{"web", "ClusterIP", "10.254.12.7", "80/TCP", "47m"}
	if diff := cmp.Diff(want, r.at("rows", 0, "cells")); diff != "" {
		t.Error(diff)
	}
}

// A rotated CA makes worthless what the old one signed, the API server's own
// certificate included.
func TestRotatingTheCA(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	alice := signIn(t, s, "alice", "demo")
	masters := pkix.Name{CommonName: "alice", Organization: []string{"system:masters"}}
	before := certificate(t, s, alice, "prod", masters)
	client, server := api(t, s, alice, "prod", before)
	askWith(t, client, "GET", server+"/api/v1/namespaces", nil).wants(t, 200)
	client.CloseIdleConnections()

	magnum(t, s, signIn(t, s, "bob", "demo"), "PATCH", "/certificates/prod", nil).wants(t, 202)
	if _, err := client.Get(server + "/version"); err == nil {
		t.Error("the API server still has its old certificate")
	}
	client, _ = api(t, s, alice, "prod", before)
	askWith(t, client, "GET", server+"/api/v1/namespaces", nil).wants(t, 401)
	client, _ = api(t, s, alice, "prod", certificate(t, s, alice, "prod", masters))
	askWith(t, client, "GET", server+"/api/v1/namespaces", nil).wants(t, 200)
}
