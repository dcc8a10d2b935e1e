package cloud

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCandidates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		goos string
		env  map[string]string
		want []string
	}{
		{"linux", map[string]string{"HOME": "/home/a"}, []string{"/home/a/.config/openstack", "/etc/xdg/openstack", "/etc/openstack"}},
		{
			"linux", map[string]string{"HOME": "/home/a", "XDG_CONFIG_HOME": "/x", "XDG_CONFIG_DIRS": "/d1" + string(filepath.ListSeparator) + "/d2"},
			[]string{"/x/openstack", "/home/a/.config/openstack", "/d1/openstack", "/d2/openstack", "/etc/xdg/openstack", "/etc/openstack"},
		},
		{"linux", nil, []string{"/etc/xdg/openstack", "/etc/openstack"}},
		{
			"darwin", map[string]string{"HOME": "/Users/a"},
			[]string{"/Users/a/Library/Application Support/openstack", "/Users/a/.config/openstack", "/Library/Application Support/openstack", "/etc/openstack"},
		},
		{
			"windows", map[string]string{"USERPROFILE": "/u", "LOCALAPPDATA": "/l", "APPDATA": "/r", "PROGRAMDATA": "/p"},
			[]string{"/l/OpenStack/openstack", "/r/openstack", "/u/.config/openstack", "/p/OpenStack/openstack"},
		},
	}
	for _, tt := range tests {
		f := finder{goos: tt.goos, getenv: func(name string) string { return tt.env[name] }}
		var dirs []string
		for _, file := range f.candidates("clouds") {
			dirs = append(dirs, filepath.ToSlash(filepath.Dir(file)))
		}
		if diff := cmp.Diff(tt.want, slices.Compact(dirs)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", tt.goos, tt.env, diff)
		}
	}
}
