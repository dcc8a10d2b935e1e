package krew_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/krew"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

const version = "v1.2.3"

func catalog(t *testing.T) plugin.Catalog {
	t.Helper()
	c, err := plugin.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sumOf stands for the SHA-256 of what is at an address.
func sumOf(address string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(address))) }

func address(c plugin.Catalog, archive string) string {
	return c.Homepage + "/releases/download/" + version + "/" + archive
}

func manifest(t *testing.T, c plugin.Catalog, p plugin.Plugin) []byte {
	t.Helper()
	sums := map[string]string{}
	for _, at := range c.Platforms {
		name := krew.ArchiveName(p.Program, version, at)
		sums[name] = sumOf(address(c, name))
	}
	text, err := krew.Manifest(c, p, version, sums)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What is in the root of the project is what plugins.yaml gives.
func TestTemplatesAreUpToDate(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	for _, p := range c.Plugins {
		want, err := krew.Template(c, p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", "..", "..", krew.TemplateName(p)))
		if err != nil {
			t.Errorf("%v: run 'go run ./hack/dist -templates'", err)
			continue
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s differs from plugins.yaml: run 'go run ./hack/dist -templates'\n%s", krew.TemplateName(p), diff)
		}
	}
}

// The bot makes of the template what a release holds as its manifest.
func TestTemplateAndManifestSayTheSame(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	for _, p := range c.Plugins {
		text, err := krew.Template(c, p)
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := yaml.UnmarshalStrict(manifest(t, c, p), &want); err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict([]byte(fill(t, string(text))), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: release (-) and bot (+) differ:\n%s", p.Name, diff)
		}
	}
}

// fill does what krew-release-bot does to a template.
func fill(t *testing.T, text string) string {
	t.Helper()
	values := map[string]string{"TagName": version}
	var execute func(name, text string) string
	execute = func(name, text string) string {
		tmpl, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{
			"addURIAndSha": func(url, tag string) string {
				if tag != version {
					t.Errorf("the bot is told %q for the version", tag)
				}
				url = execute("url", url)
				return "uri: " + url + "\n    sha256: " + sumOf(url)
			},
		}).Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := tmpl.Execute(&b, values); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	return execute("krew", text)
}

func TestManifest(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	for _, p := range c.Plugins {
		text := manifest(t, c, p)
		var m struct {
			Metadata struct{ Name string }
			Spec     struct {
				Version   string
				Platforms []struct {
					URI, SHA256, Bin string
					Selector         struct{ MatchLabels plugin.Platform }
				}
			}
		}
		if err := yaml.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		if m.Metadata.Name+".yaml" != krew.FileName(p) || m.Spec.Version != version {
			t.Errorf("%s: name %q, version %q", krew.FileName(p), m.Metadata.Name, m.Spec.Version)
		}
		var got []plugin.Platform
		for _, at := range m.Spec.Platforms {
			l := at.Selector.MatchLabels
			got = append(got, l)
			if !strings.Contains(string(text), `sha256: "`+at.SHA256+`"`) || at.SHA256 != sumOf(at.URI) {
				t.Errorf("%s, %v: sum %q is wrong or not quoted", p.Name, l, at.SHA256)
			}
			if wantExe := l.OS == "windows"; strings.HasSuffix(at.Bin, ".exe") != wantExe || strings.HasSuffix(at.URI, ".zip") != wantExe {
				t.Errorf("%s, %v: %s in %s", p.Name, l, at.Bin, at.URI)
			}
		}
		if diff := cmp.Diff(c.Platforms, got); diff != "" {
			t.Errorf("%s: platforms differ from plugins.yaml:\n%s", p.Name, diff)
		}
	}
	if text, err := krew.Manifest(c, c.Plugins[0], version, nil); err == nil {
		t.Errorf("a manifest without any archive:\n%s", text)
	}
}
