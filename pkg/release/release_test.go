package release_test

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"v1.35.6": "v1.35.6", "1.35.6": "v1.35.6", "v1.35": "v1.35", "1.9": "v1.9", "v1.27.8-rancher2": "v1.27.8",
		"v1.36.0+k3s1": "v1.36.0", "": "", "v1": "", "latest": "", "v1.35.x": "", "v1.35.6.1": "", "kubernetes-v1.35.6": "",
		"v99999999999999999999.1": "", "v1.-5": "",
	} {
		v, ok := release.Parse(text)
		if ok != (want != "") || ok && v.String() != want {
			t.Errorf("%q: %v, %v", text, v, ok)
		}
	}
	for name, want := range map[string]string{
		"kubernetes-v1.35.6-20260710": "v1.35.6", "kubernetes-v1.11.2-prod-20181008": "v1.11.2", "v1.30.0": "v1.30.0",
		"kubernetes-untagged": "", "mine": "", "v1.35": "", "dev1.35.6": "",
	} {
		v, ok := release.InName(name)
		if ok != (want != "") || ok && v.String() != want {
			t.Errorf("%q: %v, %v", name, v, ok)
		}
	}
}

func version(t *testing.T, s string) release.Version {
	t.Helper()
	v, ok := release.Parse(s)
	if !ok {
		t.Fatal(s)
	}
	return v
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		prefix, version string
		want            bool
	}{
		{"v1.35", "v1.35.6", true}, {"v1.3", "v1.35.6", false}, {"v1.35.6", "v1.35.6", true}, {"v1.35.6", "v1.35.60", false},
		{"v2.35", "v1.35.6", false},
	} {
		if got := version(t, c.prefix).Covers(version(t, c.version)); got != c.want {
			t.Errorf("%s covers %s: %v", c.prefix, c.version, got)
		}
	}
}

func TestSkew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kubectl, server, why string }{
		{"v1.36.3", "v1.36.3", ""}, {"v1.36.3", "v1.35.0", ""}, {"v1.34.9", "v1.35.0", ""}, {"v1.36.0", "v1.34.9", "2 minor versions newer"},
		{"v1.30.0", "v1.35.0", "5 minor versions older"}, {"v2.0.0", "v1.99.0", "major"},
	} {
		if got := release.Skew(version(t, c.kubectl), version(t, c.server)); (got == "") != (c.why == "") || !strings.Contains(got, c.why) {
			t.Errorf("%s with %s: %q", c.kubectl, c.server, got)
		}
	}
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, why string }{
		{"v1.34.2", "v1.35.6", ""}, {"v1.35.2", "v1.35.6", ""}, {"v1.28.0", "v1.29.0", ""}, {"v1.35.6", "v1.35.6", "already"},
		{"v1.35.6", "v1.35.5", "older"}, {"v1.35.6", "v1.34.9", "older"}, {"v1.33.1", "v1.35.6", "only v1.34 is next"},
		{"v1.27.8", "v1.28.0", "newer than v1.27"}, {"v1.11.2", "v1.12.0", "cannot be upgraded"}, {"v1.35.6", "v2.0.0", "only v1.36"},
	} {
		if got := release.Upgrade(version(t, c.from), version(t, c.to)); (got == "") != (c.why == "") || !strings.Contains(got, c.why) {
			t.Errorf("%s to %s: %q", c.from, c.to, got)
		}
	}
}
