package kubeconfig_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// crowd writes a kubeconfig of n contexts as kubectl does, with CA
// certificates and exec plugins of a usual size.
func crowd(n int) []byte {
	ca := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("-----BEGIN CERTIFICATE-----\n"), 40))
	var b bytes.Buffer
	b.WriteString("apiVersion: v1\nclusters:\n")
	for i := range n {
		fmt.Fprintf(&b, "- cluster:\n    certificate-authority-data: %s\n    server: https://10.%d.%d.7:6443\n  name: cluster-%d\n", ca, i/250, i%250, i)
	}
	b.WriteString("contexts:\n")
	for i := range n {
		fmt.Fprintf(&b, "- context:\n    cluster: cluster-%d\n    namespace: team-%d\n    user: user-%d\n  name: context-%d\n", i, i%7, i, i)
	}
	b.WriteString("current-context: context-3\nkind: Config\npreferences: {}\nusers:\n")
	for i := range n {
		fmt.Fprintf(&b, "- name: user-%d\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      args:\n      - eks\n      - get-token\n      - --cluster-name\n      - c%d\n      command: aws\n      env:\n      - name: AWS_PROFILE\n        value: team\n      interactiveMode: IfAvailable\n      provideClusterInfo: false\n", i, i)
	}
	return b.Bytes()
}

func BenchmarkMerge5000(b *testing.B) {
	data := crowd(5000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := kubeconfig.Merge(data, []kubeconfig.Entry{entry("prod", "u-1")}, "prod"); err != nil {
			b.Fatal(err)
		}
	}
}
