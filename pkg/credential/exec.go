package credential

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientauth "k8s.io/client-go/pkg/apis/clientauthentication/v1"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// APIVersion is the version of the ExecCredential protocol that kubeconfig
// entries of ours ask for.
const APIVersion = "client.authentication.k8s.io/v1"

// Credential is what kubectl gets: a token, or a certificate with its key, and
// when to ask again.
type Credential struct {
	apiserver.Auth
	Expires time.Time
}

// Until makes the client ask again at t at the latest.
func (c *Credential) Until(t time.Time) {
	if c.Expires.IsZero() || t.Before(c.Expires) {
		c.Expires = t
	}
}

// ParseInfo reads the cluster that a client names in KUBERNETES_EXEC_INFO
// (ExecCredential, spec.cluster). It is nil when the client names none.
func ParseInfo(info string) (*clientauth.Cluster, error) {
	if info == "" {
		return nil, nil
	}
	var e clientauth.ExecCredential
	if err := json.Unmarshal([]byte(info), &e); err != nil {
		return nil, clierr.Errorf("the program that calls this one sets it, as kubectl does; look there, or log in to the cluster again",
			"reading KUBERNETES_EXEC_INFO: %w", err)
	}
	return e.Spec.Cluster, nil
}

// Write hands the credential to the client, as one line of JSON.
func (c *Credential) Write(w io.Writer) error {
	status := &clientauth.ExecCredentialStatus{
		Token:                 c.Token,
		ClientCertificateData: string(c.CertPEM),
		ClientKeyData:         string(c.KeyPEM),
	}
	if !c.Expires.IsZero() {
		status.ExpirationTimestamp = &metav1.Time{Time: c.Expires}
	}
	err := json.NewEncoder(w).Encode(clientauth.ExecCredential{
		TypeMeta: metav1.TypeMeta{APIVersion: APIVersion, Kind: "ExecCredential"},
		Status:   status,
	})
	if err != nil {
		return fmt.Errorf("writing the credential: %w", err)
	}
	return nil
}
