package kubeconfig

import (
	"fmt"
	"slices"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Read returns the contexts of a kubeconfig that somebody shared as entries,
// and the name of its current context where that is one of them. An Owner is
// filled in where the file was made by this program. What means nothing on
// another machine, and what would run a program, read a file or act as somebody
// else there, is an error that names it; what an Exec says is for the caller to
// judge.
func Read(data []byte) (entries []Entry, current string, err error) {
	d, err := openDocument(data)
	if err != nil {
		return nil, "", err
	}
	cfg, err := clientcmd.Load(data)
	if err != nil {
		return nil, "", fmt.Errorf("this does not load as a kubeconfig: %s", loadMessage(err))
	}
	for _, it := range d.sections[contexts].items {
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
	if slices.ContainsFunc(entries, func(e Entry) bool { return e.Context == cfg.CurrentContext }) {
		current = cfg.CurrentContext
	}
	return entries, current, nil
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
	e.CAData = c.CertificateAuthorityData
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

// shareable refuses what may not come from another machine.
func shareable(name string, c *api.Cluster, u *api.AuthInfo) error {
	for _, m := range []struct {
		what    string
		present bool
	}{
		{"certificate-authority, a path to a file", c.CertificateAuthority != ""},
		{"insecure-skip-tls-verify, which switches off TLS verification", c.InsecureSkipTLSVerify},
		{"client-certificate, a path to a file", u.ClientCertificate != ""},
		{"client-key, a path to a file", u.ClientKey != ""},
		{"tokenFile, a path to a file", u.TokenFile != ""},
		{"auth-provider, which kubectl no longer has", u.AuthProvider != nil},
		{"impersonation", u.Impersonate != "" || u.ImpersonateUID != "" || len(u.ImpersonateGroups) > 0 || len(u.ImpersonateUserExtra) > 0},
	} {
		if m.present {
			return clierr.Errorf("ask for a file with everything in it: kubectl config view --flatten --minify --raw",
				"context %q uses %s", name, m.what)
		}
	}
	return oneCredential(name, u)
}

// oneCredential refuses a user with no credential, half of one or several: where
// one is missing kubectl asks the person for a user name and a password.
func oneCredential(name string, u *api.AuthInfo) error {
	kinds := 0
	certificate := len(u.ClientCertificateData) > 0 && len(u.ClientKeyData) > 0
	for _, has := range []bool{u.Exec != nil, u.Token != "", certificate, u.Username != "" && u.Password != ""} {
		if has {
			kinds++
		}
	}
	half := (len(u.ClientCertificateData) > 0) != (len(u.ClientKeyData) > 0) || (u.Username != "") != (u.Password != "")
	if kinds == 1 && !half {
		return nil
	}
	return clierr.Errorf("ask for a file made with 'kubectl catalyst login CLUSTER --output-kubeconfig FILE'",
		"the user of context %q has not exactly one credential: exec, token, "+
			"client-certificate-data with client-key-data, or username with password", name)
}
