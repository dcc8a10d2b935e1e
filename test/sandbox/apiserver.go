package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
)

// kubernetesVersion is what the API servers claim to be.
const kubernetesVersion = "v1.36.3"

// apiServer is the Kubernetes API of one cluster: read-only, over TLS with a
// certificate signed by the cluster's CA.
type apiServer struct {
	cloud   *cloud
	cluster *cluster
	address string // host:port
	world   world
	server  *http.Server
	gate    *gate
	tokens  bool // asks Keystone whose a token is
}

// startAPIServer makes the server and its load balancer, which lets nobody in until
// it is open.
func (c *cloud) startAPIServer(cl *cluster, open bool) (*apiServer, error) {
	l, err := listen()
	if err != nil {
		return nil, err
	}
	a := &apiServer{cloud: c, cluster: cl, address: l.Addr().String(), gate: &gate{Listener: l}, tokens: cl.labels["lab_tokens"] != "unknown"}
	a.gate.open.Store(open)
	if a.world, err = newWorld(c.now()); err != nil {
		return nil, err
	}
	a.server = c.serve(Kubernetes, tls.NewListener(a.gate, &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: a.tlsConfig}), a.routes())
	return a, nil
}

// tlsConfig asks for a client certificate but does not insist: whoever comes
// without one may have a token, and a bad one is answered with 401 as by the
// real thing. It is asked for with each connection, since a CA can be rotated.
func (a *apiServer) tlsConfig(*tls.ClientHelloInfo) (*tls.Config, error) {
	ca, err := a.ca()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
		Certificates: []tls.Certificate{ca.serving},
		ClientAuth:   tls.RequestClientCert,
		ClientCAs:    ca.pool(),
	}, nil
}

func (a *apiServer) ca() (*authority, error) {
	a.cloud.mu.Lock()
	defer a.cloud.mu.Unlock()
	if own := a.cluster.serving; own != nil {
		return own, nil
	}
	return a.cluster.currentCA(a.cloud.now())
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a *apiServer) routes() http.Handler {
	mux := http.NewServeMux()
	for path, answer := range a.discovery() {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, answer) })
	}
	for _, path := range []string{"/healthz", "/livez", "/readyz"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	}
	mux.HandleFunc("POST /apis/authentication.k8s.io/v1/selfsubjectreviews", a.whoAmI)
	mux.HandleFunc("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews", a.mayI)
	for _, path := range groupPaths() {
		mux.HandleFunc(path+"/", func(w http.ResponseWriter, r *http.Request) { a.resources(w, r, path) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuseKubernetes(w, http.StatusNotFound, "", "") })
	return a.authenticated(mux)
}

// public are the paths that Kubernetes shows to anybody.
func public(path string) bool {
	return slices.Contains([]string{"/version", "/healthz", "/livez", "/readyz"}, path)
}

// discoverable are those it shows to whoever has signed in.
func discoverable(path string) bool {
	return public(path) || path == "/api" || path == "/apis" || strings.HasPrefix(path, "/openapi") ||
		strings.HasPrefix(path, "/apis/authentication.k8s.io") || strings.HasPrefix(path, "/apis/authorization.k8s.io") ||
		strings.HasPrefix(path, "/api") && strings.HasSuffix(path, "/v1")
}
