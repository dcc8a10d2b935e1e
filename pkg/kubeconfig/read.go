package kubeconfig

import (
	"fmt"
	"slices"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Read returns the contexts of a kubeconfig that somebody shared as entries,
// and the name of its current context. An Owner is filled in where the file was
// made by this program. What an Entry cannot hold (paths to files,
// auth-provider, impersonation) is an error that names it.
func Read(data []byte) (entries []Entry, current string, err error) {
	d, err := open(data)
	if err != nil {
		return nil, "", err
	}
	cfg, err := clientcmd.Load(data)
	if err != nil {
		return nil, "", fmt.Errorf("this does not load as a kubeconfig: %s", loadMessage(err))
	}
	for _, it := range d.sec[contexts].items {
		e, err := readEntry(cfg, it.name)
		if err != nil {
			return nil, "", err
		}
		if it.rec != nil {
			e.Owner = it.rec.public()
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, "", clierr.Errorf("ask for one made with --output-kubeconfig", "the file holds no context")
	}
	return entries, cfg.CurrentContext, nil
}

func readEntry(cfg *api.Config, name string) (Entry, error) {
	ctx := cfg.Contexts[name]
	if ctx == nil {
		return Entry{}, fmt.Errorf("context %q is written in a way that is not supported", name)
	}
	e := Entry{Context: name, Cluster: ctx.Cluster, User: ctx.AuthInfo, Namespace: ctx.Namespace}
	c, u := cfg.Clusters[ctx.Cluster], cfg.AuthInfos[ctx.AuthInfo]
	switch {
	case c == nil:
		return e, fmt.Errorf("context %q names cluster %q, which the file does not have", name, ctx.Cluster)
	case u == nil:
		return e, fmt.Errorf("context %q names user %q, which the file does not have", name, ctx.AuthInfo)
	}
	if err := shareable(name, c, u); err != nil {
		return e, err
	}
	e.Server, e.TLSServerName, e.ProxyURL = c.Server, c.TLSServerName, c.ProxyURL
	e.CAData, e.Insecure = c.CertificateAuthorityData, c.InsecureSkipTLSVerify
	e.Token, e.ClientCert, e.ClientKey = u.Token, u.ClientCertificateData, u.ClientKeyData
	e.Username, e.Password = u.Username, u.Password
	if x := u.Exec; x != nil {
		e.Exec = &Exec{Command: x.Command, Args: slices.Clone(x.Args), InstallHint: x.InstallHint,
			ProvideClusterInfo: x.ProvideClusterInfo, APIVersion: x.APIVersion, InteractiveMode: string(x.InteractiveMode)}
		for _, v := range x.Env {
			e.Exec.Env = append(e.Exec.Env, EnvVar{v.Name, v.Value})
		}
	}
	return e, nil
}

// shareable refuses what means nothing on another machine or in an Entry.
func shareable(name string, c *api.Cluster, u *api.AuthInfo) error {
	var what string
	switch {
	case c.CertificateAuthority != "" && len(c.CertificateAuthorityData) == 0:
		what = "certificate-authority, a path to a file"
	case u.ClientCertificate != "" && len(u.ClientCertificateData) == 0:
		what = "client-certificate, a path to a file"
	case u.ClientKey != "" && len(u.ClientKeyData) == 0:
		what = "client-key, a path to a file"
	case u.TokenFile != "" && u.Token == "":
		what = "tokenFile, a path to a file"
	case u.AuthProvider != nil:
		what = "auth-provider, which kubectl no longer has"
	case u.Impersonate != "" || u.ImpersonateUID != "" || len(u.ImpersonateGroups) > 0 || len(u.ImpersonateUserExtra) > 0:
		what = "impersonation"
	default:
		return nil
	}
	return clierr.Errorf("ask for a file with everything in it: kubectl config view --flatten --minify --raw",
		"context %q uses %s", name, what)
}
