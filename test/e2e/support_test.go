package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// trouble is what a cluster with a problem holds: a pod of a managed namespace
// that is not ready, and a warning whose message says too much.
const trouble = `apiVersion: v1
kind: ServiceAccount
metadata: {name: support-test, namespace: kube-system}
---
apiVersion: v1
kind: Pod
metadata: {name: support-test, namespace: kube-system}
spec:
  serviceAccountName: support-test
  automountServiceAccountToken: false
  nodeSelector: {support-test: no-such-node} # it stays Pending
  containers: [{name: c, image: registry.example.com/c:v1}]
---
apiVersion: v1
kind: Event
metadata: {name: support-test, namespace: kube-system}
involvedObject: {kind: Pod, namespace: kube-system, name: support-test}
type: Warning
reason: FailedMount
message: "password=hunter2-of-the-event mail to someone@example.org"
lastTimestamp: "2126-01-01T00:00:00Z" # newer than all others: a bundle has the newest
`

// supporter is alice with the real kubectl in front on PATH.
func supporter(t *testing.T) *person {
	t.Helper()
	p := somebody(t, "alice")
	p.set("PATH", filepath.Dir(p.bed.Kubectl())+string(os.PathListSeparator)+filepath.Dir(p.path("kubectl-catalyst"))+
		string(os.PathListSeparator)+os.Getenv("PATH"))
	return p
}

func TestSupportPrintsWhatTheRealClientPrints(t *testing.T) {
	t.Parallel()
	p := supporter(t)
	real, err := p.bed.OpenStack(t.Context(), "alice", t.TempDir(), "coe", "cluster", "show", "-f", "json", "prod")
	if err != nil {
		t.Fatal(err)
	}
	var bundle struct {
		Cluster json.RawMessage
		Check   struct {
			Clock struct {
				Reason   string
				OK       bool
				Keystone string
			}
		}
		Network struct {
			Connect, TLS, CA string
			Certificates     []struct{ Names []string }
		}
		NodeGroups []map[string]any
		Template   map[string]any
	}
	if err := json.Unmarshal([]byte(p.must("openstack-coe-helper", "support", "prod", "-o", "json").stdout), &bundle); err != nil {
		t.Fatal(err)
	}
	ours, theirs := fields(t, bundle.Cluster), fields(t, real)
	if len(theirs) < 30 {
		t.Fatalf("the real client prints only %d fields", len(theirs))
	}
	var order []string
	for _, f := range ours[:min(len(ours), len(theirs))] {
		order = append(order, f.name)
	}
	for i, f := range theirs {
		if order[i] != f.name {
			t.Fatalf("field %d is %q, the real client's %q", i, order[i], f.name)
		}
		if d := cmp.Diff(f.value, ours[i].value); d != "" {
			t.Errorf("%s: %s", f.name, d)
		}
	}
	if n := bundle.Network; n.Connect != "ok" || n.TLS != "ok" || n.CA != "ok" || len(n.Certificates) == 0 {
		t.Errorf("network: %+v", n)
	}
	if c := bundle.Check.Clock; !c.OK || c.Keystone == "" {
		t.Errorf("clock: %+v", c)
	}
	if len(bundle.NodeGroups) != 2 || bundle.NodeGroups[0]["node_addresses"] == nil || bundle.Template["name"] == nil {
		t.Errorf("node groups %v, template %v", bundle.NodeGroups, bundle.Template)
	}
}

type field struct {
	name  string
	value any
}

// fields reads a JSON object in its order.
func fields(t *testing.T, data []byte) []field {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	var list []field
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		f := field{name: name.(string)}
		if err := d.Decode(&f.value); err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// keystoneToken matches the tokens that the real Keystone issues.
var keystoneToken = regexp.MustCompile(`gAAAA[\w-]{20,}`)

// TestSupportBundleIsSafeToSend makes a cluster and a namespace that hold what
// must not get out, and looks for all of it in the file.
func TestSupportBundleIsSafeToSend(t *testing.T) {
	t.Parallel()
	p := supporter(t)
	if _, err := p.bed.OpenStack(t.Context(), "alice", t.TempDir(), "coe", "cluster", "create", "leaky", "--cluster-template", "kubernetes-v1.36.3",
		"--merge-labels", "--labels", "grafana_admin_passwd=hunter2-of-the-label,contact=somebody@example.net"); err != nil {
		t.Fatal(err)
	}
	p.catalyst("login", "prod")
	admin, err := p.bed.AdminKubeconfig(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	p.kubectl("--kubeconfig", admin, "apply", "-f", p.file("trouble.yaml", []byte(trouble)))

	secrets := append(p.bed.Secrets(), "PRIVATE KEY", "hunter2", "@example", "client-key-data")
	secrets = append(secrets, keystoneToken.FindAllString(p.cached(), -1)...)
	for _, cluster := range []string{"prod", "leaky"} {
		file := filepath.Join(p.home, cluster+".tar.gz")
		p.must("openstack-coe-helper", "support", cluster, "--kubernetes", "--output", file)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", cluster, info.Mode().Perm())
		}
		files := unpack(t, file)
		for name, text := range files {
			for i, s := range secrets {
				if strings.Contains(text, s) {
					t.Errorf("%s of %s holds secret %d", name, cluster, i)
				}
			}
			if keystoneToken.MatchString(text) {
				t.Errorf("%s of %s holds a token", name, cluster)
			}
		}
		if cluster == "leaky" {
			for _, want := range []string{"[secret removed]", "[e-mail address removed]"} {
				if !strings.Contains(files["cluster.json"], want) {
					t.Errorf("nothing was taken out of the cluster's labels: no %s", want)
				}
			}
			continue
		}
		for _, want := range []string{`"support-test"`, `"FailedMount"`, "password=[secret removed] mail to [e-mail address removed]"} {
			if !strings.Contains(files["kubernetes.json"], want) {
				t.Errorf("kubernetes.json lacks %s:\n%s", want, files["kubernetes.json"])
			}
		}
	}
}

// cached is all that this person's programs keep.
func (p *person) cached() string {
	p.t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(p.home, ".cache"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return all.String()
}

// unpack returns the files of a bundle by their names in it.
func unpack(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for archive := tar.NewReader(zipped); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(h.Name)] = string(text)
	}
}
