package wheel

import "testing"

func TestPythonVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"v1.2.3": "1.2.3", "v1.2.3-rc.1": "1.2.3rc1", "v1.2.3-alpha2": "1.2.3a2", "v10.0.0-beta.12": "10.0.0b12",
		"v0.0.0-20260102030405-0123456789ab":         "0.0.0.dev20260102030405+g0123456789ab",
		"v1.2.4-0.20260102030405-0123456789ab+dirty": "1.2.4.dev20260102030405+g0123456789ab.dirty",
		"v1.2.3-rc.1.0.20260102030405-0123456789ab":  "1.2.3.dev20260102030405+g0123456789ab",
		"": "", "(devel)": "", "1.2.3": "", "v1.2": "", "v1.2.3-nightly": "", "v1.2.3+build": "",
	} {
		got, err := pythonVersion(version)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", version, got, err, want)
		}
	}
}
