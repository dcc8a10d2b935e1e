package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// manyPods is how many pods a large cluster of Catalyst's has.
const manyPods = 5000

// Five thousand pods: all of them are read.
func TestNetworkPoliciesOfFiveThousandPods(t *testing.T) {
	t.Parallel()
	p := shopkeeper(t)
	p.kubectl("apply", "-f", material(t, "netpol-many.yaml"))
	const at = 8
	var wg sync.WaitGroup
	for part := range at {
		file := p.file(fmt.Sprintf("pods-%d.json", part), podList(part*manyPods/at, (part+1)*manyPods/at))
		wg.Go(func() { p.run(p.bed.Kubectl(), "create", "-f", file) })
	}
	wg.Wait()
	patience.Until(t, "all pods run", func() bool {
		out := p.kubectl("get", "--raw", "/api/v1/namespaces/np-many/pods?fieldSelector=status.phase!%3DRunning&limit=1")
		return strings.Contains(out, `"items":[]`)
	})
	out := p.catalyst("network-policy", "map", "--by", "namespace", "-o", "json", "-n", "np-many").stdout
	var m struct {
		Complete    bool
		Connections []struct{ Source, Destination string }
	}
	if err := json.Unmarshal([]byte(out), &m); err != nil || len(m.Connections) != 0 {
		t.Errorf("the map of pods that are closed off is %s (%v)", out, err)
	}
	c := p.check("-n", "np-many")
	if others := fmt.Sprintf("and %d more", manyPods-3); !strings.Contains(fmt.Sprint(c.Findings), others) {
		t.Errorf("check does not say %q: %+v", others, c.Findings)
	}
}

// podList is pods with numbers from first up to, not including, end.
func podList(first, end int) []byte {
	var items []map[string]any
	for i := first; i < end; i++ {
		items = append(items, map[string]any{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": map[string]any{"name": fmt.Sprintf("p-%d", i), "namespace": "np-many", "labels": map[string]string{"app": fmt.Sprintf("app-%d", i%40)}},
			"spec": map[string]any{"nodeName": fmt.Sprintf("node-%d", i%3), "automountServiceAccountToken": false,
				"containers": []map[string]any{{"name": "c", "image": "c", "ports": []map[string]any{{"name": "http", "containerPort": 8080}}}}},
		})
	}
	data, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	if err != nil {
		return nil
	}
	return data
}
