package plugin_test

import (
	"strings"
	"testing"

	pep440 "github.com/aquasecurity/go-pep440-version"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

func TestCatalogDescribesBothPrograms(t *testing.T) {
	t.Parallel()
	c, err := plugin.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{
		plugin.Catalyst: "kubectl-catalyst",
		plugin.Helper:   "openstack-coe-helper",
	} {
		p, err := c.Find(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Program != program {
			t.Errorf("%s: program %q, want %q", name, p.Program, program)
		}
		if p.ShortDescription == "" || strings.ContainsAny(p.ShortDescription, "\n") {
			t.Errorf("%s: the short description must be one line, got %q", name, p.ShortDescription)
		}
		if p.Description == "" {
			t.Errorf("%s: no description", name)
		}
	}
	if _, err := c.Find("nothing"); err == nil {
		t.Error("an unknown name was found")
	}
}

func TestMinimumsAreVersions(t *testing.T) {
	t.Parallel()
	c, err := plugin.Load()
	if err != nil {
		t.Fatal(err)
	}
	if c.Minimum.PythonMagnumclient != "2.12.0" {
		t.Errorf("minimum python-magnumclient %q; Catalyst Cloud's documentation asks for 2.12.0", c.Minimum.PythonMagnumclient)
	}
	for _, v := range []string{c.Minimum.PythonMagnumclient, c.Minimum.Kubectl} {
		if _, err := pep440.Parse(v); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
	if len(c.Platforms) == 0 {
		t.Error("no platforms")
	}
}
