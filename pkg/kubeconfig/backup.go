package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// secretMembers are where a login that embeds its credential leaves it.
var secretMembers = []string{"client-certificate-data", "client-key-data", "password", "token", "username"}

// clearBackups takes the secrets of the logins that which chooses out of the
// backups: who has logged out expects that no copy of the credential is left.
func (f Files) clearBackups(ctx context.Context, which func(Owned) bool) error {
	if f.DryRun {
		return nil
	}
	var errs []error
	for _, path := range f.Paths {
		names, err := resolve(path)
		if err != nil {
			continue // Remove has said so
		}
		name := names[len(names)-1] + backupSuffix
		if _, err := os.Lstat(name); err != nil {
			continue
		}
		_, err = f.locked(ctx, []string{path}, func(*session) error {
			return f.clearBackup(name, func(o Owned) bool {
				o.Path = path
				return which(o)
			})
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// clearBackup rewrites one backup. One that cannot be is removed: it is worth
// less than the secret.
func (f Files) clearBackup(name string, which func(Owned) bool) error {
	old, err := read(name)
	if err == nil && old.data == nil {
		return nil
	}
	var data []byte
	if err == nil {
		data, err = withoutSecrets(old.data, which)
	}
	if err == nil && string(data) == string(old.data) {
		return nil
	}
	if err == nil {
		err = replaceBackup(name, data, old.info)
	}
	if err == nil {
		return nil
	}
	if gone := atomicfile.Remove(name); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return clierr.Errorf("delete it: "+removeCommand(name),
			"the backup %q may hold the credential of a login that is gone, and cannot be rewritten or removed: %w", name, cause(gone))
	}
	f.warn("removed the backup %q, which may have held the credential of a login that is gone and could not be rewritten: %v", name, cause(err))
	return nil
}

func replaceBackup(name string, data []byte, old fs.FileInfo) error {
	staged, err := atomicfile.Stage(name, data, old.Mode().Perm()&0o600)
	if err != nil {
		return err
	}
	defer staged.Discard()
	if err := keepOwner(staged.Name, old); err != nil {
		return err
	}
	return staged.Commit()
}

// withoutSecrets returns a kubeconfig without the secrets of the logins that which
// chooses. Data without such a secret is returned as it is.
func withoutSecrets(data []byte, which func(Owned) bool) ([]byte, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	e := &editor{doc: d}
	cleared := map[string]bool{}
	for _, o := range d.owned() {
		user := d.sec[users].byName[o.User]
		if user == nil || cleared[o.User] || !which(o) {
			continue
		}
		cleared[o.User] = true
		e.dropMembers(user.body, secretMembers...)
	}
	out, err := e.apply()
	if err != nil {
		return nil, err
	}
	if _, err := open(out); err != nil {
		return nil, fmt.Errorf("checking what was rewritten: %w", err)
	}
	return out, nil
}
