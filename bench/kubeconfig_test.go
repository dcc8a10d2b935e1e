//go:build linux

package bench

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// crowd writes a kubeconfig of n contexts as kubectl does, each with a CA
// certificate of a usual size and an exec plugin: 2 kB a piece.
func crowd(n int) []byte {
	ca := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("-----BEGIN CERTIFICATE-----\n"), 40))
	var b bytes.Buffer
	b.WriteString("apiVersion: v1\nclusters:\n")
	for i := range n {
		fmt.Fprintf(&b, "- cluster:\n    certificate-authority-data: %s\n    server: https://10.%d.%d.7:6443\n  name: cluster-%d\n", ca, i/250, i%250, i)
	}
	b.WriteString("contexts:\n")
	for i := range n {
		fmt.Fprintf(&b, "- context:\n    cluster: cluster-%d\n    user: user-%d\n  name: context-%d\n", i, i, i)
	}
	b.WriteString("current-context: context-3\nkind: Config\nusers:\n")
	for i := range n {
		fmt.Fprintf(&b, "- name: user-%d\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      args:\n      - get-token\n      command: aws\n      env: null\n      interactiveMode: IfAvailable\n      provideClusterInfo: false\n", i)
	}
	return b.Bytes()
}

func manyEntry() kubeconfig.Entry {
	return kubeconfig.Entry{
		Context: "prod", Cluster: "prod", User: "prod", Server: "https://203.0.113.10:6443",
		Token: "example",
		Owner: kubeconfig.Owner{ClusterUUID: "0a9bb7f2-5c0f-4f43-9a0e-7d7a0f6a3b11", ClusterName: "prod"},
	}
}

// BenchmarkMerge5000 holds a login into a kubeconfig of 5,000 contexts, flushed
// to the disk and with a backup, against kubectl config set-context on the same
// file, each as a whole process. in-process is the merge and write alone.
func BenchmarkMerge5000(b *testing.B) {
	lab.RequireKubectl(b)
	kubectl, err := lab.RealKubectl(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	data := crowd(5000)
	shared := filepath.Join(b.TempDir(), "shared")
	alone, _, err := kubeconfig.Merge(nil, []kubeconfig.Entry{manyEntry()}, "prod")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(shared, alone, 0o600); err != nil {
		b.Fatal(err)
	}
	fresh := func() string {
		path := filepath.Join(b.TempDir(), "config")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			b.Fatal(err)
		}
		// A file that somebody wrote a moment ago would be looked after for a while.
		then := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, then, then); err != nil {
			b.Fatal(err)
		}
		return path
	}
	for b.Loop() {
		var ours, theirs, inside []usage
		for range runs {
			path := fresh()
			theirs = append(theirs, measure(b, command(b.Context(), kubectl, []string{"KUBECONFIG=" + path}, "config", "set-context", "prod", "--cluster=cluster-1")))
			path = fresh()
			ours = append(ours, measure(b, command(b.Context(), program(b, "kubectl-catalyst"), []string{"KUBECONFIG=" + path, "HOME=" + filepath.Dir(path)},
				"login", "--from-file", shared, "--no-check")))
			files := kubeconfig.Files{Paths: []string{fresh()}}
			began := time.Now()
			if _, _, err := files.Merge(b.Context(), []kubeconfig.Entry{manyEntry()}, "prod"); err != nil {
				b.Fatal(err)
			}
			inside = append(inside, usage{wall: time.Since(began)})
		}
		b.ReportMetric(median(ours, wall)/median(theirs, wall), "of-kubectl")
		b.ReportMetric(median(ours, wall)/1e6, "ms/login")
		b.ReportMetric(median(inside, wall)/1e6, "ms/merge")
		b.ReportMetric(median(theirs, wall)/1e6, "ms/kubectl")
		b.ReportMetric(float64(len(data))/(1<<20), "MiB")
	}
}
