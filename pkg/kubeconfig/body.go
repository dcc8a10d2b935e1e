package kubeconfig

import "slices"

// credentialKeys are the members of a user that say how it signs in; a login
// owns all of them that a login can write.
var credentialKeys = []string{"client-certificate-data", "client-key-data", "exec", "password", "token", "username"}

func (r *record) extensions() []obj {
	return []obj{{{"extension", inline(r.value())}, {"name", ExtensionName}}}
}

// clusterBody returns what a login wants the cluster to say. Keys are in the
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

// contextBody returns what a login wants the context to say; cluster and user
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

// update makes the members of an entry of ours say what want says, takes out
// those of drop that it does not want, and leaves all others alone.
func (e *editor) update(in *node, want obj, drop []string) {
	var missing obj
	for _, f := range want {
		m := in.get(e.src, f.key)
		switch {
		case m.key == nil:
			missing = append(missing, f)
		case e.says(m.value, f.value):
		case e.updateInner(m.value, f.value):
		case isNested(f.value) && !in.flow:
			drop = append(slices.Clone(drop), f.key)
			missing = append(missing, f)
		default:
			e.setValue(in, m, f.value)
		}
	}
	var gone []string
	for _, k := range drop {
		wanted := slices.ContainsFunc(want, func(f field) bool { return f.key == k })
		again := slices.ContainsFunc(missing, func(f field) bool { return f.key == k })
		if in.get(e.src, k).key != nil && (!wanted || again) {
			gone = append(gone, k)
		}
	}
	e.addMembers(in, missing)
	if len(gone) > 0 {
		e.dropMembers(in, gone...)
	}
}

func isNested(v any) bool {
	switch v.(type) {
	case string, bool, inline:
		return false
	}
	return true
}

// updateInner goes into a mapping that is there already; exec is the only one.
func (e *editor) updateInner(n *node, v any) bool {
	o, ok := v.(obj)
	if !ok || n.kind != mapping || n.first == nil {
		return false
	}
	e.update(n, o, []string{"args", "installHint"})
	return true
}

// says reports whether n has the value v already, so that its text can stay.
func (e *editor) says(n *node, v any) bool {
	switch v := v.(type) {
	case string:
		return n.kind == scalar && !n.tagged && n.text(e.src) == v && (n.style != plain || isPlainString(v))
	case bool:
		return n.kind == scalar && n.style == plain && n.raw(e.src) == flowText(v)
	case []string:
		if n.kind != sequence || len(n.items()) != len(v) {
			return false
		}
		for i, c := range n.items() {
			if !e.says(c, v[i]) {
				return false
			}
		}
		return true
	case []obj:
		if n.kind != sequence || len(n.items()) != len(v) {
			return false
		}
		for i, c := range n.items() {
			if !e.says(c, v[i]) {
				return false
			}
		}
		return true
	case obj:
		if n.kind != mapping || len(n.members()) != len(v) {
			return false
		}
		for _, f := range v {
			if m := n.get(e.src, f.key); m.key == nil || !e.says(m.value, f.value) {
				return false
			}
		}
		return true
	case inline:
		return e.says(n, obj(v))
	}
	return false
}

// setRecord makes the extension of an entry say what r says.
func (e *editor) setRecord(body *node, r *record) {
	if m := extension(e.src, body); m.key != nil {
		if want := inline(r.value()); !e.says(m.value, want) {
			e.setValue(body, m, want)
		}
		return
	}
	m := body.get(e.src, "extensions")
	if m.key == nil {
		e.addMembers(body, obj{{"extensions", r.extensions()}})
		return
	}
	e.addItems(body, m, r.extensions())
}
