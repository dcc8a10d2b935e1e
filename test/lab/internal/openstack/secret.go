package openstack

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
)

// secrets makes up a password for everybody, long enough to be found in any
// output that should not hold it.
func secrets() map[string]string {
	out := map[string]string{}
	for _, name := range []string{
		"admin", "alice", "bob", "carol", "magnum", "magnum_domain_admin", "appcred", "appcred-unrestricted",
	} {
		out[name] = name + "-" + hex.EncodeToString(random(12))
	}
	return out
}

// keys makes the repositories of keys that Keystone encrypts tokens (fernet)
// and stored credentials with; 0 is the next key, the highest number the current.
func keys(dir string) error {
	for _, repository := range []string{"fernet", "credential"} {
		for _, name := range []string{"0", "1"} {
			key := base64.URLEncoding.EncodeToString(random(32))
			if err := os.WriteFile(filepath.Join(dir, repository, name), []byte(key), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says crypto/rand
	return b
}
