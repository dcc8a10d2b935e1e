package credential

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// maxCAs is more certificates than a cluster ever has: one, or two while its CA
// is being replaced.
const maxCAs = 16

// Fingerprint identifies a CA: the SHA-256 of its certificates in DER, as hex,
// so that line breaks in the PEM make no difference. It is "" for no CA.
func Fingerprint(caPEM []byte) string {
	h := sha256.New()
	n := 0
	for rest := caPEM; ; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		h.Write(block.Bytes)
	}
	if n == 0 {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ReadCA reads a CA that somebody sent and returns it written anew: nothing but
// certificates.
func ReadCA(caPEM []byte) ([]byte, error) {
	var out []byte
	for rest, n := caPEM, 0; ; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("the CA holds a %q beside certificates", clierr.Clean(block.Type))
		}
		if n == maxCAs {
			return nil, fmt.Errorf("the CA has more than %d certificates", maxCAs)
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return nil, fmt.Errorf("reading the CA: %w", err)
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
	}
	if out == nil {
		return nil, errors.New("the CA is not a PEM certificate")
	}
	return out, nil
}

// Fingerprints returns the SHA-256 of each certificate of a CA as openssl prints
// it: in upper case with colons.
func Fingerprints(caPEM []byte) []string {
	var all []string
	for rest := caPEM; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		sum := sha256.Sum256(block.Bytes)
		all = append(all, strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":"))
	}
}

// Pins are the fingerprints of the CAs that a person expects, as they typed
// them.
type Pins []string

// ParsePin returns a fingerprint as Fingerprints writes it. Colons and case make
// no difference, and what openssl prints before it may stand there.
func ParsePin(text string) (string, error) {
	plain := text[strings.LastIndexByte(text, '=')+1:] // "sha256 Fingerprint=AA:BB:…"
	plain = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(plain)), "sha256:")
	sum, err := hex.DecodeString(strings.ReplaceAll(plain, ":", ""))
	if err != nil || len(sum) != sha256.Size {
		return "", clierr.New(clierr.Usage, "give the 64 hexadecimal digits that 'kubectl catalyst login CLUSTER --output-kubeconfig FILE' prints, with colons or without",
			"%q is not a SHA-256 fingerprint", text)
	}
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":"), nil
}

// Check returns what is wrong with the CAs where pins are given: every
// certificate has to be pinned, because each of them can vouch for a server, and
// every pin has to be there.
func (p Pins) Check(cas ...[]byte) error {
	var wanted []string
	for _, text := range p {
		pin, err := ParsePin(text)
		if err != nil {
			return err
		}
		wanted = append(wanted, pin)
	}
	found := slices.Compact(slices.Sorted(slices.Values(Fingerprints(bytes.Join(cas, []byte("\n"))))))
	const hint = "do not use it; ask the sender for the fingerprint once more, by another way than the file came"
	for _, f := range found {
		if !slices.Contains(wanted, f) {
			return clierr.Errorf(hint, "the CA has the fingerprint %s, which --ca-fingerprint does not name", f)
		}
	}
	for _, w := range wanted {
		if !slices.Contains(found, w) {
			return clierr.Errorf(hint, "no CA has the fingerprint %s, which --ca-fingerprint names", w)
		}
	}
	return nil
}
