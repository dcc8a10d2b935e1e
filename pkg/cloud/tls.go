package cloud

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// tlsFiles are the TLS settings of clouds.yaml: paths and a switch.
type tlsFiles struct {
	cacert, cert, key string
	insecure          bool
}

// newTLSFiles reads the settings of TLS, with the names of files made absolute.
func newTLSFiles(f finder, set settings) (tlsFiles, error) {
	var t tlsFiles
	for key, path := range map[string]*string{"cacert": &t.cacert, "cert": &t.cert, "key": &t.key} {
		if v := set[key]; v != "" {
			*path = f.expand(v)
		}
	}
	for key, means := range map[string]bool{"insecure": true, "verify": false} {
		v := set[key]
		if v == "" {
			continue
		}
		yes, ok := truth(v)
		if !ok {
			return t, clierr.Errorf(fmt.Sprintf("write true or false for %s", key), "%s is neither true nor false", key)
		}
		if key == "insecure" || set["insecure"] == "" {
			t.insecure = yes == means
		}
	}
	return t, nil
}

// truth reads the words for yes and no that YAML and the OS_ variables use.
func truth(word string) (yes, ok bool) {
	switch strings.ToLower(word) {
	case "true", "yes", "on", "y", "t", "1":
		return true, true
	case "false", "no", "off", "n", "f", "0":
		return false, true
	}
	return false, false
}

// config reads the files. A cacert replaces the system's certificates, as it
// does for every OpenStack client.
func (t tlsFiles) config() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.insecure}
	if t.cacert != "" {
		pem, err := readBounded(t.cacert)
		if err != nil {
			return nil, clierr.WithHint(fmt.Errorf("reading the CA certificates %q: %w", t.cacert, reason(err)), "check cacert in clouds.yaml or OS_CACERT")
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, clierr.Errorf("name a file of PEM certificates", "reading the CA certificates %q: there is no certificate in it", t.cacert)
		}
	}
	if t.cert != "" {
		pair, err := readKeyPair(t.cert, cmp.Or(t.key, t.cert))
		if err != nil {
			return nil, clierr.WithHint(fmt.Errorf("reading the client certificate %q: %w", t.cert, err), "check cert and key in clouds.yaml, or OS_CERT and OS_KEY")
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}

// readKeyPair reads a client certificate and its key, which may be one file.
func readKeyPair(cert, key string) (tls.Certificate, error) {
	certPEM, err := readBounded(cert)
	if err != nil {
		return tls.Certificate{}, err
	}
	keyPEM := certPEM
	if key != cert {
		if keyPEM, err = readBounded(key); err != nil {
			return tls.Certificate{}, fmt.Errorf("its key %q: %w", key, err)
		}
	}
	return tls.X509KeyPair(certPEM, keyPEM)
}
