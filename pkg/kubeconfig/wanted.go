package kubeconfig

import (
	"slices"

	"k8s.io/client-go/tools/clientcmd/api"
)

// loaded reports whether cfg holds the target as it was asked for.
func (t *target) loaded(cfg *api.Config) bool {
	switch t.kind {
	case clusters:
		return t.clusterLoaded(cfg.Clusters[t.name])
	case contexts:
		return t.contextLoaded(cfg.Contexts[t.name])
	default:
		return t.userLoaded(cfg.AuthInfos[t.name])
	}
}

func (t *target) clusterLoaded(c *api.Cluster) bool {
	if c == nil || c.Extensions[ExtensionName] == nil {
		return false
	}
	have := map[string]any{
		"certificate-authority-data": encode(c.CertificateAuthorityData),
		"proxy-url":                  c.ProxyURL,
		"server":                     c.Server,
		"tls-server-name":            c.TLSServerName,
	}
	return t.want.in(have) && t.dropped(have)
}

func (t *target) contextLoaded(c *api.Context) bool {
	return c != nil && c.Extensions[ExtensionName] != nil &&
		t.want.in(map[string]any{"cluster": c.Cluster, "namespace": c.Namespace, "user": c.AuthInfo})
}

func (t *target) userLoaded(u *api.AuthInfo) bool {
	if u == nil || u.Extensions[ExtensionName] == nil {
		return false
	}
	have := map[string]any{
		"client-certificate-data": encode(u.ClientCertificateData),
		"client-key-data":         encode(u.ClientKeyData),
		"password":                u.Password,
		"token":                   u.Token,
		"username":                u.Username,
	}
	if u.Exec != nil {
		have["exec"] = u.Exec
	}
	return t.want.in(have) && t.dropped(have)
}

// dropped reports that the members a login owns but does not want are gone.
func (t *target) dropped(have map[string]any) bool {
	for _, k := range t.drop {
		wanted := slices.ContainsFunc(t.want, func(f field) bool { return f.key == k })
		if v := have[k]; !wanted && v != nil && v != "" {
			return false
		}
	}
	return true
}

// in reports whether every field of o has its value in have.
func (o obj) in(have map[string]any) bool {
	for _, f := range o {
		switch v := f.value.(type) {
		case obj:
			x, ok := have[f.key].(*api.ExecConfig)
			if !ok || !v.isExec(x) {
				return false
			}
		default:
			if have[f.key] != v {
				return false
			}
		}
	}
	return true
}

func (o obj) isExec(x *api.ExecConfig) bool {
	for _, f := range o {
		var same bool
		switch v := f.value.(type) {
		case []string:
			same = slices.Equal(v, x.Args)
		case []obj:
			same = slices.EqualFunc(v, x.Env, func(o obj, e api.ExecEnvVar) bool {
				return o[0].value == e.Name && o[1].value == e.Value
			})
		default:
			same = map[string]any{
				"apiVersion":         x.APIVersion,
				"command":            x.Command,
				"installHint":        x.InstallHint,
				"interactiveMode":    string(x.InteractiveMode),
				"provideClusterInfo": x.ProvideClusterInfo,
			}[f.key] == v
		}
		if !same {
			return false
		}
	}
	return true
}
