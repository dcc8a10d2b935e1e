package release

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// bom is the part of CycloneDX that is looked at here.
type bom struct {
	BOMFormat, SpecVersion, SerialNumber string
	Metadata                             struct {
		Timestamp string
		Component struct{ Name, Version string }
	}
	Components []struct {
		Name, Version, PURL string
		Licenses            []struct{ Expression string }
	}
	Dependencies []struct {
		Ref       string
		DependsOn []string
	}
}

func sbomIsComplete(t *testing.T, r *releases) {
	for _, p := range r.catalog.Plugins {
		for _, at := range []plugin.Platform{here(), other()} {
			archive := archiveName(p, first, at)
			data, err := os.ReadFile(filepath.Join(r.first, archive))
			if err != nil {
				t.Fatal(err)
			}
			info, err := buildinfo.Read(bytes.NewReader(unpack(t, archive, data)[executable(p.Program, at)]))
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"stdlib@" + strings.TrimPrefix(runtime.Version(), "go")}
			for _, m := range info.Deps {
				want = append(want, m.Path+"@"+m.Version)
			}
			name := strings.TrimSuffix(strings.TrimSuffix(archive, ".tar.gz"), ".zip") + ".cdx.json"
			if data, err = os.ReadFile(filepath.Join(r.first, name)); err != nil {
				t.Fatal(err)
			}
			checkBOM(t, name, data, p, want)
		}
	}
}

// checkBOM compares an SBOM to the modules that are linked.
func checkBOM(t *testing.T, name string, data []byte, p plugin.Plugin, want []string) {
	t.Helper()
	var b bom
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	if b.BOMFormat != "CycloneDX" || b.SpecVersion != "1.6" || b.Metadata.Timestamp != committed ||
		b.Metadata.Component.Name != p.Program || b.Metadata.Component.Version != first ||
		!regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(b.SerialNumber) {
		t.Errorf("%s is about something else: %+v", name, b.Metadata)
	}
	var got []string
	known := map[string]bool{}
	for _, c := range b.Components {
		got = append(got, c.Name+"@"+c.Version)
		known[c.PURL] = true
		if c.PURL != "pkg:golang/"+strings.ToLower(c.Name)+"@"+strings.ReplaceAll(c.Version, "+", "%2B") {
			t.Errorf("%s: %s has the purl %q", name, c.Name, c.PURL)
		}
		if len(c.Licenses) != 1 || c.Licenses[0].Expression == "" {
			t.Errorf("%s: %s has no licence", name, c.Name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: linked (-) and listed (+) differ:\n%s", name, diff)
	}
	reached := map[string]bool{}
	for _, d := range b.Dependencies {
		for _, on := range d.DependsOn {
			if !known[on] && !reached[on] {
				t.Errorf("%s: %s depends on %s, which is not listed", name, d.Ref, on)
			}
			reached[on] = true
		}
	}
	for purl := range known {
		if !reached[purl] {
			t.Errorf("%s: nothing depends on %s", name, purl)
		}
	}
}
