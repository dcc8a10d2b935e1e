package kubeconfig

import (
	"slices"

	"k8s.io/client-go/tools/clientcmd/api"
)

// wanted is an entry as a login wants it: an item of the file, or a new one.
type wanted struct {
	kind int
	name string
	old  *item // nil: new
	rec  *record
	body obj
	drop []string // members that go unless body has them
}

// loadedFrom reports whether cfg holds the entry as it was asked for.
func (w *wanted) loadedFrom(cfg *api.Config) bool {
	switch w.kind {
	case clusters:
		return w.clusterLoaded(cfg.Clusters[w.name])
	case contexts:
		return w.contextLoaded(cfg.Contexts[w.name])
	default:
		return w.userLoaded(cfg.AuthInfos[w.name])
	}
}

func (w *wanted) clusterLoaded(c *api.Cluster) bool {
	if c == nil || c.Extensions[extensionName] == nil {
		return false
	}
	have := map[string]any{
		"certificate-authority-data": encode(c.CertificateAuthorityData),
		"proxy-url":                  c.ProxyURL,
		"server":                     c.Server,
		"tls-server-name":            c.TLSServerName,
	}
	return w.body.isIn(have) && w.dropped(have)
}

func (w *wanted) contextLoaded(c *api.Context) bool {
	return c != nil && c.Extensions[extensionName] != nil &&
		w.body.isIn(map[string]any{"cluster": c.Cluster, "namespace": c.Namespace, "user": c.AuthInfo})
}

func (w *wanted) userLoaded(u *api.AuthInfo) bool {
	if u == nil || u.Extensions[extensionName] == nil {
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
	return w.body.isIn(have) && w.dropped(have)
}

// dropped reports whether the members that go are gone.
func (w *wanted) dropped(have map[string]any) bool {
	for _, k := range w.drop {
		wanted := slices.ContainsFunc(w.body, func(f field) bool { return f.key == k })
		if v := have[k]; !wanted && v != nil && v != "" {
			return false
		}
	}
	return true
}

// isIn reports whether every field of o has its value in have.
func (o obj) isIn(have map[string]any) bool {
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

// isExec reports whether every field of o has its value in x.
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
