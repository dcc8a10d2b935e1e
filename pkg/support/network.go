package support

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// networkReport holds what this machine sees of the API server.
type networkReport struct {
	Address   string             `json:"address"`
	Private   bool               `json:"private"` // not reachable from the internet
	Addresses []string           `json:"addresses"`
	Lookup    string             `json:"lookup"` // "ok", or why not
	Connect   string             `json:"connect"`
	TLS       string             `json:"tls"`
	Proxy     bool               `json:"proxy"` // HTTPS_PROXY is set: kubectl goes another way
	CA        string             `json:"ca"`    // of the cluster, from Magnum: "ok", or why it could not be had
	Chain     []shownCertificate `json:"certificates,omitempty"`
}

// shownCertificate is the public part of a certificate.
type shownCertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Names     []string  `json:"names,omitempty"`
	SHA256    string    `json:"sha256"`
}

const (
	ok          = "ok"
	skipped     = "not tried"
	networkTime = 5 * time.Second
)

// inspectServer resolves the host of address, connects to it and shakes hands, with ca
// as the only authority when there is one.
func inspectServer(ctx context.Context, address string, ca []byte, now time.Time) networkReport {
	n := networkReport{Address: address, Addresses: []string{}, Lookup: skipped, Connect: skipped, TLS: skipped, CA: ok}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		n.Lookup = "the address is not a URL with a host"
		return n
	}
	ctx, cancel := context.WithTimeout(ctx, networkTime)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		n.Lookup = err.Error()
		return n
	}
	n.Lookup = ok
	for _, a := range found {
		n.Addresses = append(n.Addresses, a.Unmap().String())
		n.Private = n.Private || inside(a.Unmap())
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port(u)))
	if err != nil {
		n.Connect = err.Error()
		return n
	}
	defer conn.Close()
	n.Connect = ok
	if u.Scheme != "https" {
		n.TLS = "the address is not https: TLS is switched off for this cluster"
		return n
	}
	n.TLS, n.Chain = handshake(ctx, conn, u.Hostname(), ca, now)
	return n
}

func inside(a netip.Addr) bool { return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() }

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// handshake returns the certificates that the server shows even when they cannot be
// trusted: a ticket is about servers where something is wrong.
func handshake(ctx context.Context, conn net.Conn, host string, ca []byte, now time.Time) (string, []shownCertificate) {
	roots := x509.NewCertPool()
	known := roots.AppendCertsFromPEM(ca)
	c := tls.Client(conn, &tls.Config{
		RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12, Time: func() time.Time { return now },
	})
	err := c.HandshakeContext(ctx)
	shown := c.ConnectionState().PeerCertificates
	verdict := ok
	var distrust *tls.CertificateVerificationError
	switch {
	case errors.As(err, &distrust):
		shown, verdict = distrust.UnverifiedCertificates, distrust.Err.Error()
		if !known {
			verdict = "encrypted, but not verified: the cluster's CA could not be had"
		}
	case err != nil:
		return err.Error(), nil
	}
	var list []shownCertificate
	for _, cert := range shown {
		list = append(list, describe(cert))
	}
	return verdict, list
}

func describe(cert *x509.Certificate) shownCertificate {
	sum := sha256.Sum256(cert.Raw)
	d := shownCertificate{
		Subject: cert.Subject.String(), Issuer: cert.Issuer.String(),
		NotBefore: cert.NotBefore.UTC(), NotAfter: cert.NotAfter.UTC(),
		Names: cert.DNSNames, SHA256: hex.EncodeToString(sum[:]),
	}
	for _, ip := range cert.IPAddresses {
		d.Names = append(d.Names, ip.String())
	}
	return d
}

// proxied reports whether kubectl would go through a proxy, which inspectServer
// does not.
func proxied(environ []string) bool {
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if strings.EqualFold(name, "HTTPS_PROXY") && value != "" {
			return true
		}
	}
	return false
}
