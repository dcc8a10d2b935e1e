package testenv

import (
	"os"
	"path/filepath"
)

// standard is where systems keep their programs. PATH is not asked: what is first
// on it may be anybody's.
var standard = [...]string{"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"}

// Fill links the named programs into dir, which can then be a PATH without an
// openstack, kubectl or python that the machine happens to have. Programs that the
// system does not have are left out: whoever needs one sees that it is missing.
func Fill(dir string, programs ...string) error {
	for _, name := range programs {
		for _, from := range standard {
			program := filepath.Join(from, name)
			if _, err := os.Stat(program); err != nil {
				continue
			}
			if err := os.Symlink(program, filepath.Join(dir, name)); err != nil {
				return err
			}
			break
		}
	}
	return nil
}
