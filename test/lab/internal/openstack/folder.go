package openstack

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed files/py files/zed files/epoxy files/keystone.conf files/magnum.conf
var files embed.FS

// settings are what the two configuration files depend on.
type settings struct {
	KeystoneURL     string // without /v3
	TokenSeconds    int    // life of a token
	BcryptRounds    int    // log2 of the cost of checking a password
	MagnumPassword  string
	TrusteePassword string
	Epoxy           bool
}

// layout makes the folders of a run and puts the Python parts into it.
func (r Release) layout(dir string) error {
	for _, d := range []string{"db", "fernet", "credential", "etc/policy.d", "log", "tmp", "state", "work"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return err
		}
	}
	for _, folder := range []string{"py", r.name()} {
		parts, err := fs.Sub(files, "files/"+folder)
		if err != nil {
			return err
		}
		if err := os.CopyFS(filepath.Join(dir, "py"), parts); err != nil {
			return err
		}
	}
	return nil
}

// configure writes the configuration of both services.
func configure(dir string, s settings) error {
	for _, name := range []string{"keystone.conf", "magnum.conf"} {
		t, err := template.ParseFS(files, "files/"+name)
		if err != nil {
			return err
		}
		out, err := os.OpenFile(filepath.Join(dir, "etc", name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if err := t.Execute(out, s); err != nil {
			out.Close()
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if err := out.Close(); err != nil {
			return err
		}
	}
	// Empty on purpose: both services then apply their built-in policies.
	return os.WriteFile(filepath.Join(dir, "etc", "policy.yaml"), nil, 0o600)
}
