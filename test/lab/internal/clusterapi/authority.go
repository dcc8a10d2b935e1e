package clusterapi

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// life is how long certificates of a bed are valid.
const life = 24 * time.Hour

// authority is a CA whose key is at hand: the management cluster's own, or a
// cluster's as Magnum's driver handed it to Cluster API.
type authority struct {
	certificate []byte // PEM
	parsed      *x509.Certificate
	key         crypto.Signer
}

// newAuthority makes a CA.
func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	made := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "management"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		SubjectKeyId: []byte{1}, AuthorityKeyId: []byte{1}, // Python 3.13 insists on them
	}
	der, err := x509.CreateCertificate(rand.Reader, made, made, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: encode("CERTIFICATE", der), parsed: made, key: key}, nil
}

// readAuthority reads a CA out of the PEM of a secret.
func readAuthority(certificate, key []byte) (*authority, error) {
	block, _ := pem.Decode(certificate)
	secret, _ := pem.Decode(key)
	if block == nil || secret == nil {
		return nil, errors.New("the secret with the CA holds no PEM")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the CA: %w", err)
	}
	any, err := x509.ParsePKCS8PrivateKey(secret.Bytes)
	if err != nil {
		if any, err = x509.ParsePKCS1PrivateKey(secret.Bytes); err != nil {
			return nil, errors.New("the CA's key cannot be read") // the reason might quote it
		}
	}
	signer, ok := any.(crypto.Signer)
	if !ok {
		return nil, errors.New("the CA's key cannot sign")
	}
	return &authority{certificate: certificate, parsed: parsed, key: signer}, nil
}

// CA returns the CA's certificate as PEM.
func (a *authority) CA(context.Context) ([]byte, error) { return a.certificate, nil }

// Sign signs a request with all the extensions that it asks for; both are PEM.
func (a *authority) Sign(_ context.Context, csr []byte) ([]byte, error) {
	block, _ := pem.Decode(csr)
	if block == nil {
		return nil, errors.New("the certificate request is no PEM")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	return a.issue(&x509.Certificate{Subject: request.Subject, ExtraExtensions: request.Extensions}, request.PublicKey)
}

func (a *authority) issue(certificate *x509.Certificate, key crypto.PublicKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	certificate.SerialNumber, certificate.NotBefore, certificate.NotAfter = serial, now.Add(-time.Hour), now.Add(life)
	der, err := x509.CreateCertificate(rand.Reader, certificate, a.parsed, key, a.key)
	if err != nil {
		return nil, err
	}
	return encode("CERTIFICATE", der), nil
}

// administrator makes a key and a certificate that may do everything.
func (a *authority) administrator() (certificate, key []byte, err error) {
	made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(made)
	if err != nil {
		return nil, nil, err
	}
	certificate, err = a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "magnum", Organization: []string{"system:masters"}},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, made.Public())
	return certificate, encode("PRIVATE KEY", der), err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
