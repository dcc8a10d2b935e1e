package load_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// content compares what objects say, apart from where they were read.
var content = cmp.Options{
	cmpopts.IgnoreTypes(kube.Origin{}),
	cmpopts.IgnoreFields(kube.NetworkPolicyIngressRule{}, "Line"), cmpopts.IgnoreFields(kube.NetworkPolicyEgressRule{}, "Line"),
	cmpopts.IgnoreFields(kube.AdminIngress{}, "Line"), cmpopts.IgnoreFields(kube.AdminEgress{}, "Line"),
	cmpopts.IgnoreFields(kube.ClusterIngress{}, "Line"), cmpopts.IgnoreFields(kube.ClusterEgress{}, "Line"),
	cmpopts.IgnoreFields(kube.CalicoRule{}, "Line"),
	cmpopts.EquateEmpty(),
}

// TestRandomObjectsAreReadAsTheyWereWritten: as JSON, as YAML of one document,
// and as YAML in kubectl's form of a list.
func TestRandomObjectsAreReadAsTheyWereWritten(t *testing.T) {
	for seed := range uint64(20) {
		kinds := netpolgen.Everything()
		kinds.Calico, kinds.Tiers = true, true
		want := netpolgen.Random(rand.New(rand.NewPCG(seed, 7)), kinds)
		var text bytes.Buffer
		written := load.Input{Objects: *want, Cluster: &load.Cluster{APIGroups: []string{}}}
		if err := written.WriteSnapshot(&text); err != nil {
			t.Fatal(err)
		}
		asYAML, err := yaml.JSONToYAML(text.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for form, data := range map[string][]byte{"snapshot.json": text.Bytes(), "snapshot.yaml": asYAML} {
			path := filepath.Join(t.TempDir(), form)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := load.Files(context.Background(), []string{path}, load.Options{})
			if err != nil || len(got.Refused) > 0 {
				t.Fatalf("seed %d: %v %v\n%s", seed, err, got.Refused, data)
			}
			if diff := cmp.Diff(*want, got.Objects, content); diff != "" {
				t.Fatalf("seed %d, %s (-written +read):\n%s", seed, form, diff)
			}
		}
	}
}
