package sandbox

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// A certificate lives for five years, beginning a day ago.
const (
	lifeYears = 5
	backdated = 24 * time.Hour
)

// refusedExtension says so in Magnum's words.
type refusedExtension pkix.Extension

func (e refusedExtension) Error() string {
	return fmt.Sprintf("Extension '<Extension(oid=<ObjectIdentifier(oid=%s)>, critical=%t)>' not allowed", e.Id, e.Critical)
}

// authority is the CA of one cluster: an RSA key of 2048 bits and a certificate
// that may sign, but not make other CAs.
type authority struct {
	cert    *x509.Certificate
	key     *rsa.PrivateKey
	serving tls.Certificate // the API server's
}

// currentCA returns the CA, which is made when it is first needed: a key takes
// longer than the rest of a sandbox.
func (cl *cluster) currentCA(now time.Time) (*authority, error) {
	if cl.ca == nil {
		ca, err := newAuthority(cl.name, now)
		if err != nil {
			return nil, fmt.Errorf("making the CA of %q: %w", cl.name, err)
		}
		cl.ca = ca
	}
	return cl.ca, nil
}

func newAuthority(name string, now time.Time) (*authority, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	a := &authority{key: key}
	tmpl := certificateTemplate(now)
	tmpl.Subject = pkix.Name{CommonName: name}
	tmpl.IsCA, tmpl.BasicConstraintsValid, tmpl.MaxPathLenZero = true, true, true
	tmpl.KeyUsage = x509.KeyUsageCertSign
	if a.cert, err = a.issue(tmpl, tmpl, key.Public()); err != nil {
		return nil, err
	}
	return a, a.certifyServer(now)
}

// certifyServer makes the API server's own certificate.
func (a *authority) certifyServer(now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	tmpl := certificateTemplate(now)
	tmpl.Subject = pkix.Name{CommonName: "kubernetes"}
	tmpl.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default.svc"}
	tmpl.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	cert, err := a.issue(tmpl, a.cert, key.Public())
	if err != nil {
		return err
	}
	a.serving = tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
	return nil
}

func certificateTemplate(now time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // never fails
	from := now.Add(-backdated)
	return &x509.Certificate{SerialNumber: serial, NotBefore: from, NotAfter: from.AddDate(lifeYears, 0, 0)}
}

func (a *authority) issue(tmpl, parent *x509.Certificate, key crypto.PublicKey) (*x509.Certificate, error) {
	bare := *parent
	bare.SubjectKeyId = nil // Magnum's certificates do not name their issuer's key
	der, err := x509.CreateCertificate(rand.Reader, tmpl, &bare, key, a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// sign does what a CSR asks for: any key, any subject, and the extensions that
// Magnum lets through.
func (a *authority) sign(csr *x509.CertificateRequest, now time.Time) (string, error) {
	if err := csr.CheckSignature(); err != nil {
		return "", fmt.Errorf("CSR signature is not valid: %w", err)
	}
	tmpl := certificateTemplate(now)
	tmpl.RawSubject = csr.RawSubject
	for _, ext := range csr.Extensions {
		if !allowed(ext) {
			return "", refusedExtension(ext)
		}
		tmpl.ExtraExtensions = append(tmpl.ExtraExtensions, ext)
	}
	cert, err := a.issue(tmpl, a.cert, csr.PublicKey)
	if err != nil {
		return "", err
	}
	return encode(cert), nil
}

// allowed reports whether Magnum copies an extension: key usages and alternative
// names, and basic constraints unless they make a CA.
func allowed(ext pkix.Extension) bool {
	switch ext.Id.String() {
	case "2.5.29.15", "2.5.29.37", "2.5.29.17":
		return true
	case "2.5.29.19":
		var basic struct {
			CA      bool `asn1:"optional"`
			PathLen int  `asn1:"optional,default:-1"`
		}
		_, err := asn1.Unmarshal(ext.Value, &basic)
		return err == nil && !basic.CA
	}
	return false
}

func (a *authority) pem() string { return encode(a.cert) }

func encode(cert *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}
