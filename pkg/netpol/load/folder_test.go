package load_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// folder writes files, by path, and returns the folder that holds them.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func namespace(name string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n", name)
}

// namespaces returns the names of what was read.
func namespaces(in *load.Input) (names []string) {
	for i := range in.Objects.Namespaces {
		names = append(names, in.Objects.Namespaces[i].Meta.Name)
	}
	return names
}

// TestWhatIsNoObjectIsPassedOver: folders hold more than manifests, but what is
// meant to be one and broken stays an error.
func TestWhatIsNoObjectIsPassedOver(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file, text string
		refused    string // "" when it is passed over
	}{
		"values":                    {"values.yaml", "image: {tag: v1}\nkind_of: x\n", ""},
		"workflow":                  {"ci/build.yml", "name: build\non: [push]\njobs: {}\n", ""},
		"dashboard":                 {"dashboard.json", `{"panels": [], "title": "x"}`, ""},
		"JSON array":                {"expected.json", `[{"source": "a"}]`, ""},
		"patch":                     {"patch.yaml", "- op: replace\n  path: /spec/replicas\n  value: 3\n", ""},
		"scalar":                    {"VERSION.yaml", "1.2.3\n", ""},
		"provisioning":              {"datasource.yaml", "apiVersion: 1\ndatasources: []\n", ""},
		"chart's own file":          {"x/chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n", ""},
		"not YAML":                  {"notes.yaml", "a: b: c\n", ""},
		"long":                      {"lock.json", `{"packages": [` + strings.Repeat(`"a package",`, 300_000) + `1]}`, ""},
		"policy without kind":       {"p.yaml", strings.Replace(policy, "kind: NetworkPolicy\n", "", 1), "want the name of a kind"},
		"policy without both":       {"p.yaml", "metadata: {name: p}\nspec: {podSelector: {}}\n", "want the name of a kind"},
		"misspelt policy":           {"p.yaml", strings.Replace(policy, "spec:", "specs:", 1), `did you mean "spec"?`},
		"policy that is not YAML":   {"p.yaml", policy + "  a: b: c\n", "mapping values are not allowed"},
		"template":                  {"p.yaml", "{{- if .Values.x }}\n" + policy + "{{- end }}\n", "this is a template"},
		"long and meant to be read": {"p.yaml", policy + "# " + strings.Repeat("x", 4<<20), "longer than 3 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"a.yaml": namespace("a"), test.file: test.text})
			in, err := load.Files(t.Context(), []string{dir}, load.Options{Recursive: true})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"a"}, namespaces(in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			switch {
			case test.refused == "" && (len(in.Refused) > 0 || in.NoObjects != 1):
				t.Errorf("passed over %d documents, refused %v; want one passed over", in.NoObjects, in.Refused)
			case test.refused != "" && (in.NoObjects > 0 || len(in.Refused) != 1 || !strings.Contains(in.Refused[0].Error(), test.refused)):
				t.Errorf("passed over %d documents, refused %v; want one refused: %s", in.NoObjects, in.Refused, test.refused)
			}
			if in, err = load.Files(t.Context(), []string{filepath.Join(dir, filepath.FromSlash(test.file))}, load.Options{}); err != nil || len(in.Refused) != 1 {
				t.Errorf("named by itself: refused %v, error %v; want it refused", in.Refused, err)
			}
		})
	}
}

func TestWhatIsReadOfAFolder(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"a.yaml": namespace("a"), "values-dev.yaml": namespace("values"), "sub/b.yaml": namespace("b"), "sub/c/d.yaml": namespace("d"),
		".git/x.yaml": namespace("git"), ".github/workflows/y.yml": "on: push\n", "overlays/dev/e.yaml": namespace("dev"),
	})
	for name, test := range map[string]struct {
		exclude []string
		want    []string
		err     string
	}{
		"no dot folders":     {nil, []string{"a", "dev", "b", "d", "values"}, ""},
		"names":              {[]string{"values*.yaml", "c"}, []string{"a", "dev", "b"}, ""},
		"paths":              {[]string{"overlays/dev", "sub/*.yaml"}, []string{"a", "d", "values"}, ""},
		"everything":         {[]string{"*"}, nil, "--exclude leaves nothing"},
		"what is no pattern": {[]string{"[a"}, nil, "is not a pattern"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := load.Files(t.Context(), []string{dir}, load.Options{Recursive: true, Exclude: test.exclude})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, namespaces(in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestChartsAreNamed: with which values a chart is deployed its files do not say.
func TestChartsAreNamed(t *testing.T) {
	t.Parallel()
	chart := map[string]string{"charts/web/Chart.yaml": "apiVersion: v2\nname: web\n", "charts/web/values.yaml": "a: 1\n",
		"charts/web/templates/p.yaml": "{{ if .Values.a }}\n" + policy + "{{ end }}\n", "a.yaml": namespace("a")}
	dir := folder(t, chart)
	in, err := load.Files(t.Context(), []string{dir}, load.Options{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "charts", "web")
	want := []string{"folder " + at + " is a Helm chart, which is not rendered; read it with: helm template " + at + " | kubectl catalyst network-policy check -f -"}
	if diff := cmp.Diff(want, in.Incomplete()); diff != "" || len(in.Refused) > 0 || in.NoObjects > 0 {
		t.Errorf("refused %v, passed over %d (-want +got):\n%s", in.Refused, in.NoObjects, diff)
	}
	if _, err := load.Files(t.Context(), []string{at}, load.Options{}); err == nil || !strings.Contains(err.Error(), "is a Helm chart") {
		t.Errorf("error %v, want one that says it is a chart", err)
	}
}

// usesKubectl puts a real kubectl on PATH.
func usesKubectl(t *testing.T) {
	t.Helper()
	lab.RequireKubectl(t)
	kubectl, err := lab.RealKubectl(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(kubectl, filepath.Join(dir, "kubectl")); err != nil {
		t.Skip(err)
	}
	t.Setenv("PATH", dir)
}

const kustomizeHead = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"

// TestKustomizationsAreRendered: their files alone are not what is deployed.
func TestKustomizationsAreRendered(t *testing.T) {
	usesKubectl(t)
	dir := folder(t, map[string]string{
		"base/kustomization.yaml":          kustomizeHead + "resources: [ns.yaml, parts]\n",
		"base/ns.yaml":                     namespace("a"),
		"base/parts/kustomization.yaml":    kustomizeHead + "resources: [b.yaml]\n",
		"base/parts/b.yaml":                namespace("b"),
		"base/unused.yaml":                 namespace("unused"),
		"overlays/prod/kustomization.yaml": kustomizeHead + "resources: [../../base, prod.yaml]\npatches: [{path: patch.yaml, target: {kind: Namespace}}]\n",
		"overlays/prod/prod.yaml":          namespace("prod"),
		"overlays/prod/patch.yaml":         "- op: add\n  path: /metadata/labels\n  value: {a: https://example.org/x}\n",
		"component/kustomization.yaml":     "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [c.yaml]\n",
		"component/c.yaml":                 namespace("c"),
		"flux/kustomization.yaml":          "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps}\n",
		"flux/d.yaml":                      namespace("d"),
		"plain.yaml":                       namespace("plain"),
	})
	prod := filepath.Join(dir, "overlays", "prod")
	for name, test := range map[string]struct {
		path      string
		recursive bool
		want      []string
	}{
		"what nobody builds on": {dir, true, []string{"d", "a", "b", "prod", "plain"}},
		"a folder":              {prod, false, []string{"a", "b", "prod"}},
		"a base by name":        {filepath.Join(dir, "base"), false, []string{"a", "b"}},
		"the file itself":       {filepath.Join(prod, "kustomization.yaml"), false, []string{"a", "b", "prod"}},
		"a component by name":   {filepath.Join(dir, "component"), false, []string{"c"}},
		"another file of it":    {filepath.Join(dir, "base", "ns.yaml"), false, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := load.Files(t.Context(), []string{test.path}, load.Options{Recursive: test.recursive})
			if err != nil || len(in.Refused) > 0 {
				t.Fatal(err, in.Refused)
			}
			if diff := cmp.Diff(test.want, namespaces(in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for i := range in.Objects.Namespaces {
				file, line := load.ManifestFile(in.Objects.Namespaces[i].Origin.File, in.Objects.Namespaces[i].Origin.Line)
				if _, err := os.Stat(file); err != nil || line != 1 {
					t.Errorf("%s is said to be in %s, line %d", in.Objects.Namespaces[i].Meta.Name, file, line)
				}
			}
		})
	}
}

// TestKustomizationsRunAndFetchNothing: a file may be anybody's.
func TestKustomizationsRunAndFetchNothing(t *testing.T) {
	usesKubectl(t)
	asked := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	t.Cleanup(server.Close)
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"file on a server":   {map[string]string{"kustomization.yaml": "resources: [" + server.URL + "/x.yaml]\n"}, "fetches"},
		"repository":         {map[string]string{"kustomization.yaml": "resources: ['https://example.org/a/b.git?ref=v1']\n"}, "fetches"},
		"short repository":   {map[string]string{"kustomization.yaml": "resources: [github.com/a/b]\n"}, "fetches"},
		"ssh":                {map[string]string{"kustomization.yaml": "bases: ['git@example.org:a/b']\n"}, "fetches"},
		"local repository":   {map[string]string{"kustomization.yaml": "resources: ['file:///tmp/repo']\n"}, "fetches"},
		"key and file":       {map[string]string{"kustomization.yaml": "configMapGenerator: [{name: a, files: ['k=" + server.URL + "']}]\n"}, "fetches"},
		"below":              {map[string]string{"kustomization.yaml": "resources: [base]\n", "base/kustomization.yaml": "resources: [" + server.URL + "/x.yaml]\n"}, "fetches"},
		"patch on a server":  {map[string]string{"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: '" + server.URL + "/p.yaml'}]\n", "a.yaml": namespace("a")}, "fetches"},
		"generator's file":   {map[string]string{"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\nfiles: ['" + server.URL + "']\n"}, "generators with addresses"},
		"charts":             {map[string]string{"kustomization.yaml": "helmCharts: [{name: a, repo: x}]\n"}, "Helm charts"},
		"program":            {map[string]string{"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": "apiVersion: x/v1\nkind: Run\nmetadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: ./run.sh}'}}\n", "run.sh": "#!/bin/sh\ntouch ran\n"}, "plugin"},
		"file further up":    {map[string]string{"kustomization.yaml": "resources: [../../../../../../../../../../etc/hostname]\n"}, "kubectl kustomize"},
		"what is not there":  {map[string]string{"kustomization.yaml": "resources: [none.yaml]\n"}, "kubectl kustomize"},
		"what is no mapping": {map[string]string{"kustomization.yaml": "- a\n"}, "kubectl kustomize"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for file, text := range test.files {
				if filepath.Base(file) == "kustomization.yaml" && !strings.HasPrefix(text, "-") {
					text = kustomizeHead + text
				}
				files[file] = text
			}
			dir := folder(t, files)
			in, err := load.Files(t.Context(), []string{dir}, load.Options{})
			if err != nil || len(in.Refused) != 1 || !strings.Contains(in.Refused[0].Msg, test.want) {
				t.Errorf("error %v, refused %v; want it refused: %s", err, in.Refused, test.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
				t.Error("a program of the folder was run")
			}
		})
	}
	if len(asked) > 0 {
		t.Errorf("the server was asked for %s", <-asked)
	}
}

func TestKustomizationsNeedKubectl(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := folder(t, map[string]string{"kustomization.yaml": kustomizeHead + "resources: [a.yaml]\n", "a.yaml": namespace("a")})
	in, err := load.Files(t.Context(), []string{dir}, load.Options{})
	if err != nil || len(in.Refused) != 1 || !strings.Contains(in.Refused[0].Msg, "there is none on PATH; to render it yourself: kubectl kustomize "+dir) || len(namespaces(in)) > 0 {
		t.Errorf("error %v, refused %v, read %v", err, in.Refused, namespaces(in))
	}
}

// TestKustomizationsAreBounded: what renders without end is ended.
func TestKustomizationsAreBounded(t *testing.T) {
	yes, err := exec.LookPath("yes")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte("#!/bin/sh\nexec "+yes+" 'a: b'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	in, err := load.Files(t.Context(), []string{folder(t, map[string]string{"kustomization.yaml": kustomizeHead})}, load.Options{})
	if err != nil || len(in.Refused) != 1 || !strings.Contains(in.Refused[0].Msg, "wrote more than 64 MiB") {
		t.Errorf("error %v, refused %v", err, in.Refused)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["Authorization"])+len(r.Header["Cookie"])+len(r.Header["Referer"]) > 0 {
			t.Errorf("%s was sent %v", r.URL, r.Header)
		}
		switch r.URL.Path {
		case "/ns.yaml":
			fmt.Fprint(w, namespace("a"))
		case "/moved":
			http.Redirect(w, r, "/ns.yaml", http.StatusFound)
		case "/plain":
			http.Redirect(w, r, "http://127.0.0.1:1/ns.yaml", http.StatusFound)
		case "/circle":
			http.Redirect(w, r, server.URL+"/circle", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	for name, test := range map[string]struct{ address, err string }{
		"file":            {server.URL + "/ns.yaml", ""},
		"moved":           {server.URL + "/moved", ""},
		"moved to http":   {server.URL + "/plain", "without TLS"},
		"circle":          {server.URL + "/circle", "more than 10 redirects"},
		"not there":       {server.URL + "/none", "404 Not Found"},
		"without TLS":     {"http://example.org/a.yaml", "without TLS"},
		"with a password": {"https://me:secret@example.org/a.yaml", "password"},
		"no host":         {"https://", "is not an address"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := load.Files(t.Context(), []string{test.address}, load.Options{Transport: transport})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "secret") {
					t.Errorf("error %v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]kube.Namespace{{Meta: kube.Meta{Name: "a"}, Origin: kube.Origin{File: test.address, Line: 1}}}, in.Objects.Namespaces); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := load.Files(t.Context(), []string{server.URL + "/ns.yaml"}, load.Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error %v, want one about the certificate, which nobody knows", err)
	}
}
