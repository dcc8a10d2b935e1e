package kubeconfig

import (
	"encoding/base64"
	"slices"
)

// credentialKeys are the members of a user with which it signs in, as far as a
// login writes them. Those that a login does not want it takes out.
var credentialKeys = []string{"client-certificate-data", "client-key-data", "exec", "password", "token", "username"}

// extensions returns the list with which an entry is marked as ours.
func (r *record) extensions() []obj {
	return []obj{{{"extension", inline(r.value())}, {"name", extensionName}}}
}

// encode writes bytes as kubectl does.
func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// clusterBody returns what a login wants in the cluster. Keys are in the
// order kubectl writes them.
func (e Entry) clusterBody() obj {
	var o obj
	if len(e.CAData) > 0 {
		o = append(o, field{"certificate-authority-data", encode(e.CAData)})
	}
	if e.ProxyURL != "" {
		o = append(o, field{"proxy-url", e.ProxyURL})
	}
	o = append(o, field{"server", e.Server})
	if e.TLSServerName != "" {
		o = append(o, field{"tls-server-name", e.TLSServerName})
	}
	return o
}

func (e Entry) userBody() obj {
	var o obj
	if len(e.ClientCert) > 0 {
		o = append(o, field{"client-certificate-data", encode(e.ClientCert)})
	}
	if len(e.ClientKey) > 0 {
		o = append(o, field{"client-key-data", encode(e.ClientKey)})
	}
	if e.Exec != nil {
		o = append(o, field{"exec", e.Exec.body()})
	}
	for _, f := range []field{{"password", e.Password}, {"token", e.Token}, {"username", e.Username}} {
		if f.value != "" {
			o = append(o, f)
		}
	}
	return o
}

func (x *Exec) body() obj {
	version, mode := x.APIVersion, x.InteractiveMode
	if version == "" {
		version = "client.authentication.k8s.io/v1"
	}
	if mode == "" {
		mode = "IfAvailable"
	}
	o := obj{{"apiVersion", version}}
	if len(x.Args) > 0 {
		o = append(o, field{"args", x.Args})
	}
	o = append(o, field{"command", x.Command})
	if len(x.Env) > 0 {
		var env []obj
		for _, v := range x.Env {
			env = append(env, obj{{"name", v.Name}, {"value", v.Value}})
		}
		o = append(o, field{"env", env})
	}
	if x.InstallHint != "" {
		o = append(o, field{"installHint", x.InstallHint})
	}
	return append(o, field{"interactiveMode", mode}, field{"provideClusterInfo", x.ProvideClusterInfo})
}

// contextBody returns what a login wants in the context; cluster and user
// are the names as they are in the file.
func (e Entry) contextBody(cluster, user string) obj {
	o := obj{{"cluster", cluster}}
	if e.Namespace != "" {
		o = append(o, field{"namespace", e.Namespace})
	}
	return append(o, field{"user", user})
}

// withExtension adds the record where kubectl would write it.
func (o obj) withExtension(r *record) obj {
	f := field{"extensions", r.extensions()}
	i := slices.IndexFunc(o, func(g field) bool { return g.key > f.key })
	if i < 0 {
		return append(o, f)
	}
	return slices.Insert(slices.Clone(o), i, f)
}
