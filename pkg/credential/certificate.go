package credential

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// adminGroup is the group that Kubernetes binds to cluster-admin; Magnum's own
// client asks for it too. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
const adminGroup = "system:masters"

// Key is a fresh private key on its way to a certificate.
type Key struct{ priv *ecdsa.PrivateKey }

// Certificate is a client certificate together with its key, both PEM.
type Certificate struct {
	CertPEM, KeyPEM     []byte
	NotBefore, NotAfter time.Time
}

// renewAt is when a certificate is replaced: at four fifths of its life.
func (c *Certificate) renewAt() time.Time {
	return c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 5 * 4)
}

// NewKey makes a P-256 key.
func NewKey() (*Key, error) {
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a private key: %w", err)
	}
	return &Key{priv}, nil
}

// Request returns a PKCS #10 certificate request in PEM: common name user,
// organisation system:masters, extended key usage clientAuth (RFC 2986, RFC
// 5280 section 4.2.1.12).
func (k *Key) Request(user string) ([]byte, error) {
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 2}})
	if err != nil {
		return nil, fmt.Errorf("encoding the key usage: %w", err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject:         pkix.Name{CommonName: user, Organization: []string{adminGroup}},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Value: usage}},
	}, k.priv)
	if err != nil {
		return nil, fmt.Errorf("making a certificate request: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), nil
}

// Accept checks the certificate that came back and joins it with the key: it
// must be for this key, chain to the CA for client authentication, and be valid
// at now.
func (k *Key) Accept(certPEM, caPEM []byte, now time.Time) (*Certificate, error) {
	block, _ := pem.Decode(certPEM)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("the answer to the signing request is not a PEM certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the signed certificate: %w", err)
	}
	if !k.priv.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("the signed certificate is for another key than ours")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(caPEM) {
		return nil, errors.New("the cluster's CA is not a PEM certificate")
	}
	if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return nil, clierr.Errorf("check the clock of this machine",
			"the signed certificate is valid from %s to %s, and it is now %s",
			cert.NotBefore.Format(time.RFC3339), cert.NotAfter.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	if _, err := cert.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return nil, clierr.Errorf("the CA may be changing at this moment: try again in a minute",
			"the signed certificate does not chain to the cluster's CA: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(k.priv)
	if err != nil {
		return nil, fmt.Errorf("encoding the private key: %w", err)
	}
	return &Certificate{
		CertPEM:   pem.EncodeToMemory(block),
		KeyPEM:    pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}),
		NotBefore: cert.NotBefore, NotAfter: cert.NotAfter,
	}, nil
}
