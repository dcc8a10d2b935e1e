package magnum

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"

	"github.com/gophercloud/gophercloud/v2/openstack/containerinfra/v1/certificates"
)

// CA returns the certificate authority of the cluster of that name or UUID, as
// PEM. Each certificate in it is parsed and may sign others; nothing else that
// Magnum sent comes through.
func (c *Client) CA(ctx context.Context, ref string) ([]byte, error) {
	path, err := lookup("certificates", "cluster", ref)
	if err != nil {
		return nil, err
	}
	var got certificates.Certificate
	if err := c.call(ctx, http.MethodGet, path, nil, &got); err != nil {
		return nil, c.certificateError(ctx, ref, err)
	}
	certs, err := parseCertificates(got.PEM)
	if err != nil {
		return nil, c.malformed(&Malformed{Reason: fmt.Sprintf("the CA of cluster %q is not a certificate", ref), Err: err})
	}
	for _, cert := range certs {
		if !cert.IsCA {
			return nil, c.malformed(&Malformed{Reason: fmt.Sprintf("the CA of cluster %q may not sign certificates", ref)})
		}
	}
	return encodePEM(certs), nil
}

// Sign has the cluster of that name or UUID sign a certificate request (PEM)
// and returns the certificate, as PEM. Magnum gives it a life of five years
// beginning a day ago and takes subject and extensions as they were asked for.
// Whether it is for the right key and chains to the CA is for the caller to
// check, who has both.
func (c *Client) Sign(ctx context.Context, ref string, csrPEM []byte) ([]byte, error) {
	if err := CheckRef("cluster", ref); err != nil {
		return nil, err
	}
	body, err := certificates.CreateOpts{ClusterUUID: ref, CSR: string(csrPEM)}.ToCertificateCreateMap()
	if err != nil {
		return nil, fmt.Errorf("asking for a certificate: %w", err)
	}
	var got certificates.Certificate
	if err := c.call(ctx, http.MethodPost, "certificates", body, &got); err != nil {
		return nil, c.certificateError(ctx, ref, err)
	}
	certs, err := parseCertificates(got.PEM)
	if err != nil {
		return nil, c.malformed(&Malformed{Reason: fmt.Sprintf("what cluster %q signed is not a certificate", ref), Err: err})
	}
	return encodePEM(certs), nil
}

// parseCertificates reads one or more certificates and nothing but those.
func parseCertificates(text string) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for rest := []byte(text); len(bytes.TrimSpace(rest)) > 0; {
		block, after := pem.Decode(rest)
		if block == nil {
			return nil, fmt.Errorf("no PEM block")
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("a PEM block is %q", shorten(block.Type))
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs, rest = append(certs, cert), after
	}
	if len(certs) == 0 {
		return nil, fmt.Errorf("it is empty")
	}
	return certs, nil
}

func encodePEM(certs []*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, cert := range certs {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	}
	return out.Bytes()
}
