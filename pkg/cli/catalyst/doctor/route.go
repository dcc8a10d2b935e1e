package doctor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	clientauth "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	credentialcmd "github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// access is how doctor asks an API server: as kubectl does with a login, or
// straight, where there is none.
type access struct {
	at      apiserver.Endpoint
	as      apiserver.Auth
	known   bool         // as says who one is
	sure    bool         // Magnum has named the CA
	blocked error        // there is no address to go to, or the tunnel there is not up
	through *tunnel.Spec // the tunnel behind the proxy
	refused error        // the login gives no credential
	// mismatch is set where at has the CA of the login, because Magnum names one that
	// is not the API server's.
	mismatch error
}

// trust is the CA that an API server is verified with. Magnum has named it, or
// else a kubeconfig that somebody shared.
type trust struct {
	ca   []byte
	sure bool
}

// accessTo returns the access of a login, which may lead through a proxy or to an
// address that only this machine knows. The certificate is verified with the CA
// that Magnum names, whatever the kubeconfig holds.
func (e *examination) accessTo(ctx context.Context, s *session.Session, c *magnum.Cluster, by trust) access {
	if l, ok := e.login(c); ok {
		if w, ok := e.accessOfLogin(ctx, s, c, l, by); ok {
			return w
		}
	}
	u, err := c.APIServer()
	if err != nil {
		return access{blocked: err, at: apiserver.Endpoint{CA: by.ca}}
	}
	w := access{at: apiserver.Endpoint{Server: u.String(), CA: by.ca, Timeout: e.RequestTimeout}, sure: by.sure}
	w.useOwnToken(s, c)
	return w
}

// useOwnToken shows one's own token, where the cluster asks Keystone about it. It
// is good for all of the project, so it goes only to whom Magnum vouches for.
func (w *access) useOwnToken(s *session.Session, c *magnum.Cluster) {
	if c.KeystoneAuth() && w.sure {
		w.as.Token, w.known = s.Token().ID, true
	}
}

// login chooses among the logins to a cluster: the current context comes first.
func (e *examination) login(c *magnum.Cluster) (chosen kubeconfig.Owned, ok bool) {
	for _, l := range e.logins {
		if l.ClusterUUID == c.UUID && l.Context != "" && (!ok || l.Current && !chosen.Current) {
			chosen, ok = l, true
		}
	}
	return chosen, ok
}

// accessOfLogin reads the entry of a login as kubectl does; false for one that
// cannot be read so: the kubeconfig has a step of its own.
func (e *examination) accessOfLogin(ctx context.Context, s *session.Session, c *magnum.Cluster, l kubeconfig.Owned, by trust) (access, bool) {
	config, err := clientcmd.LoadFromFile(l.Path)
	if err != nil {
		return access{}, false
	}
	entry := config.Contexts[l.Context]
	if entry == nil || config.Clusters[entry.Cluster] == nil {
		return access{}, false
	}
	cluster := config.Clusters[entry.Cluster]
	w := access{at: apiserver.Endpoint{Server: cluster.Server, CA: by.ca, TLSServerName: cluster.TLSServerName, ProxyURL: cluster.ProxyURL,
		Timeout: e.RequestTimeout}, sure: by.sure}
	user := config.AuthInfos[entry.AuthInfo]
	w.through = route.TunnelOf(l)
	if w.blocked = e.Tunnels().BringUp(ctx, w.through); w.blocked != nil {
		return w, true
	}
	e.useBetterCA(ctx, c, l, &w)
	switch {
	case user == nil:
	case user.Exec != nil && user.Exec.Command == login.Program && len(user.Exec.Args) > 0:
		w.as, w.refused = e.execCredential(ctx, user.Exec, w.at)
		w.known = w.refused == nil
	case user.Token != "" || len(user.ClientCertificateData) > 0:
		w.as = apiserver.Auth{Token: user.Token, CertPEM: user.ClientCertificateData, KeyPEM: user.ClientKeyData}
		w.known = true
	default:
		w.useOwnToken(s, c)
	}
	return w, true
}

// execCredential gets the credential that kubectl would get from this program.
func (e *examination) execCredential(ctx context.Context, exec *clientcmdapi.ExecConfig, at apiserver.Endpoint) (apiserver.Auth, error) {
	info, err := json.Marshal(map[string]any{"apiVersion": credential.APIVersion, "kind": "ExecCredential", "spec": map[string]any{
		"interactive": false, "cluster": clientauth.Cluster{Server: at.Server, TLSServerName: at.TLSServerName, CertificateAuthorityData: at.CA, ProxyURL: at.ProxyURL}}})
	if err != nil {
		return apiserver.Auth{}, err
	}
	vars := map[string]string{cli.ExecInfo: string(info)}
	for _, v := range exec.Env {
		vars[v.Name] = v.Value
	}
	var out bytes.Buffer
	env := e.Env
	env.Out, env.Terminal = &out, nil
	env.Getenv = func(name string) string {
		if value, set := vars[name]; set {
			return value
		}
		return e.Env.Getenv(name)
	}
	cmd := credentialcmd.New(env)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(exec.Args[1:])
	cmd.SetOut(&out)
	cmd.SetErr(env.ErrOut)
	if err := cmd.ExecuteContext(ctx); err != nil {
		return apiserver.Auth{}, err
	}
	var got clientauth.ExecCredential
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Status == nil {
		return apiserver.Auth{}, clierr.Errorf("log in to the cluster again", "the login gives no credential")
	}
	return apiserver.Auth{Token: got.Status.Token, CertPEM: []byte(got.Status.ClientCertificateData), KeyPEM: []byte(got.Status.ClientKeyData)}, nil
}

// rest returns the access as client-go's configuration.
func (w *access) rest() *rest.Config {
	config := &rest.Config{Host: w.at.Server, BearerToken: w.as.Token, Timeout: w.at.Timeout, UserAgent: login.Program + "/" + cli.BuildVersion().Version,
		TLSClientConfig: rest.TLSClientConfig{CAData: w.at.CA, ServerName: w.at.TLSServerName, CertData: w.as.CertPEM, KeyData: w.as.KeyPEM}}
	if proxy, err := url.Parse(w.at.ProxyURL); w.at.ProxyURL != "" && err == nil {
		config.Proxy = http.ProxyURL(proxy)
	}
	return config
}

// detour returns how the access differs from the address that Magnum names; "" where
// it does not.
func (w *access) detour(c *magnum.Cluster) string {
	var parts []string
	if strings.TrimSuffix(w.at.Server, "/") != strings.TrimSuffix(c.APIAddress, "/") {
		parts = append(parts, "at "+w.at.Server)
	}
	if w.through != nil {
		parts = append(parts, "through the bastion "+w.through.Bastion.String())
	} else if proxy, err := url.Parse(w.at.ProxyURL); w.at.ProxyURL != "" {
		parts = append(parts, "through "+cmp.Or(redacted(proxy, err), "the proxy of the kubeconfig"))
	}
	if w.at.TLSServerName != "" {
		parts = append(parts, fmt.Sprintf("verified as %q", w.at.TLSServerName))
	}
	return strings.Join(parts, ", ")
}

func redacted(u *url.URL, err error) string {
	if err != nil {
		return ""
	}
	return u.Redacted()
}
