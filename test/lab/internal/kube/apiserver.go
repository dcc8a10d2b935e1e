package kube

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// Authority is a cluster's CA as Magnum offers it.
type Authority interface {
	CA(ctx context.Context) (pem []byte, err error)
	Sign(ctx context.Context, csr []byte) (pem []byte, err error)
}

// APIServer is a kube-apiserver that plays one cluster: it trusts client
// certificates of that cluster's CA and shows a serving certificate signed by it.
type APIServer struct {
	Token string // of an administrator the cluster's CA has no say over; secret

	plane     *Plane
	name      string // unique; also the key prefix in etcd
	dir       string
	port      *proc.Port
	extra     []string // flags
	authority Authority
	process   *proc.Process
	client    *http.Client
}

// Serve starts an API server on port, with flags beside the usual ones, and
// returns when it is ready.
func (p *Plane) Serve(ctx context.Context, name string, port *proc.Port, authority Authority, flags ...string) (*APIServer, error) {
	token := make([]byte, 16)
	_, _ = rand.Read(token) // never fails, says crypto/rand
	a := &APIServer{
		Token: hex.EncodeToString(token), plane: p, name: name, port: port, authority: authority,
		dir: filepath.Join(p.Dir, name), extra: flags,
	}
	if err := a.prepare(); err != nil {
		return nil, fmt.Errorf("preparing the API server %q: %w", name, err)
	}
	return a, a.start(ctx)
}

// prepare writes what stays the same however often the CA is replaced.
func (a *APIServer) prepare() error {
	own, err := insideCertificate()
	if err != nil {
		return err
	}
	accounts, err := accountKeys()
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(own.other)
	a.client = a.plane.client(&tls.Config{RootCAs: roots, ServerName: inside})
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return err
	}
	files := map[string][]byte{
		"inside.key": own.key, "inside.crt": own.other, "accounts.key": accounts.key, "accounts.pub": accounts.other,
		"tokens.csv":        []byte(a.Token + ",lab,lab,system:masters\n"),
		"inside.kubeconfig": kubeconfig(server{url: a.URL(), token: a.Token, name: inside, ca: own.other}),
	}
	if a.plane.Webhook != "" {
		files["webhook.kubeconfig"] = kubeconfig(server{url: a.plane.Webhook})
	}
	return a.write(files)
}

// start starts the process with the CA that the cluster has now.
func (a *APIServer) start(ctx context.Context) error {
	request, err := servingRequest()
	if err != nil {
		return err
	}
	ca, err := a.authority.CA(ctx)
	if err != nil {
		return err
	}
	certificate, err := a.authority.Sign(ctx, request.other)
	if err != nil {
		return err
	}
	if err := a.write(map[string][]byte{"ca.crt": ca, "serving.crt": certificate, "serving.key": request.key}); err != nil {
		return err
	}
	if a.process, err = a.plane.Group.Start("kube-apiserver-"+a.name, exec.Command(a.plane.Tools.Path("kube-apiserver"), a.flags()...)); err != nil {
		return err
	}
	if err := proc.Ready(ctx, func(ctx context.Context) error {
		return healthy(ctx, a.client, a.URL()+"/readyz", a.Token)
	}, a.process); err != nil {
		return fmt.Errorf("starting the API server %q: %w", a.name, err)
	}
	return nil
}

// Restart stops the server and starts it again with the CA of this moment.
func (a *APIServer) Restart(ctx context.Context) error {
	a.Stop()
	return a.start(ctx)
}

// URL returns where the server is reached.
func (a *APIServer) URL() string { return "https://" + a.port.Addr() }

// Kubeconfig returns the path of an administrator's kubeconfig for the test
// bed's own work; the journeys under test make theirs.
func (a *APIServer) Kubeconfig() string { return filepath.Join(a.dir, "inside.kubeconfig") }

func (a *APIServer) flags() []string {
	file := func(name string) string { return filepath.Join(a.dir, name) }
	flags := []string{
		"--etcd-servers=" + a.plane.etcd(), "--etcd-prefix=/" + a.name,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
		fmt.Sprintf("--secure-port=%d", a.port.Number), "--permit-port-sharing",
		"--tls-cert-file=" + file("serving.crt"), "--tls-private-key-file=" + file("serving.key"),
		"--tls-sni-cert-key=" + file("inside.crt") + "," + file("inside.key") + ":" + inside,
		"--client-ca-file=" + file("ca.crt"), "--token-auth-file=" + file("tokens.csv"),
		"--service-account-key-file=" + file("accounts.pub"),
		"--service-account-signing-key-file=" + file("accounts.key"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-cluster-ip-range=10.0.0.0/16", "--authorization-mode=RBAC", "--allow-privileged=true",
	}
	if a.plane.Webhook != "" {
		flags = append(flags, "--authentication-token-webhook-config-file="+file("webhook.kubeconfig"),
			"--authentication-token-webhook-version=v1", "--authentication-token-webhook-cache-ttl=1s")
	}
	return append(flags, a.extra...)
}

// write writes files into the server's folder, readable for their owner only.
func (a *APIServer) write(files map[string][]byte) error {
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(a.dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Stop ends the server for good.
func (a *APIServer) Stop() {
	a.process.Stop(stopGrace)
	a.client.CloseIdleConnections()
}
