package probe_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// during probes what is denied in the market, which takes a while, and calls f
// while both of the probe's pods run.
func (c *cluster) during(t *testing.T, f func(*exec.Cmd)) ended {
	t.Helper()
	cmd := c.command(t, "market/ReplicaSet/stall", "market/ReplicaSet/store", "--port", "5432", "--listen", "--timeout", "5s")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	eventually(t, "the probe's pods run", func() bool {
		select {
		case err := <-over:
			t.Fatalf("the probe ended early: %v\n%s%s", err, out.String(), errs.String())
		default:
		}
		running := c.get(t, "{.items[?(@.status.phase=='Running')].metadata.name}", "pods", "-n", "market", "-l", "catalyst.cloud/probe")
		return len(strings.Fields(running)) == 2
	})
	f(cmd)
	<-over
	return ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// The pods that stand in for two workloads have the labels that their controllers
// and Services select, and are not taken for theirs. Whatever interrupts the probe,
// nothing of it stays.
func TestProbePodsAreNobodyElses(t *testing.T) {
	t.Parallel()
	c := calico.up(t)
	data, err := os.ReadFile("testdata/market.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.apply(t, string(data))
	for _, rs := range []string{"stall", "store"} {
		eventually(t, "the pod of ReplicaSet "+rs+" is ready", func() bool {
			return c.get(t, "{.status.readyReplicas}", "replicaset", rs, "-n", "market") == "1"
		})
	}
	eventually(t, "evictions are allowed", func() bool { return evictions(t, c) == "1" })
	t.Run("controllers and services", func(t *testing.T) {
		// On a busy machine a probe can end before the controllers have looked.
		eventually(t, "the controllers notice the pods of a probe: the disruption budget refuses evictions, and both Services list them", func() (noticed bool) {
			r := c.during(t, func(*exec.Cmd) { noticed = notTaken(t, c) })
			if r.code != 3 || !strings.Contains(r.stdout, "denied") {
				t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			nothingLeft(t, c)
			return noticed
		})
		eventually(t, "evictions are allowed again", func() bool { return evictions(t, c) == "1" })
	})
	t.Run("Ctrl-C", func(t *testing.T) {
		r := c.during(t, func(cmd *exec.Cmd) { send(t, cmd, os.Interrupt) })
		if r.code != 1 || !strings.Contains(r.stderr, "error: interrupted") || r.stdout != "" {
			t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		nothingLeft(t, c)
	})
	t.Run("killed, then cleaned", func(t *testing.T) {
		c.during(t, func(cmd *exec.Cmd) { send(t, cmd, os.Kill) })
		for args, want := range map[string]string{"--clean -n market": "may be in use", "--clean -n market --all --dry-run": "would be removed"} {
			r := c.probe(t, strings.Fields(args)...)
			if r.code != 0 || strings.Count(r.stdout, want) != 3 {
				t.Errorf("%s: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
			}
		}
		if r := c.probe(t, "--clean"); r.code != 0 || strings.Count(r.stdout, " market ") < 3 {
			t.Errorf("the whole cluster: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		if r := c.probe(t, "--clean", "-n", "market", "--all"); r.code != 0 || strings.Count(r.stdout, "removed") != 3 {
			t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		eventually(t, "the pods are gone", func() bool { return c.left(t, "market") == "" })
	})
	t.Run("killed, and the owner deleted", func(t *testing.T) {
		c.during(t, func(cmd *exec.Cmd) { send(t, cmd, os.Kill) })
		if out, err := c.kubectl(t.Context(), nil, "delete", "configmaps", "-n", "market", "-l", "catalyst.cloud/probe"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		eventually(t, "Kubernetes has collected the pods", func() bool { return c.left(t, "market") == "" })
	})
}

func send(t *testing.T, cmd *exec.Cmd, signal os.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(signal); err != nil {
		t.Error(err)
	}
}

// evictions is how many the disruption budget of the stall allows.
func evictions(t *testing.T, c *cluster) string {
	t.Helper()
	return c.get(t, "{.status.disruptionsAllowed}", "poddisruptionbudget", "stall", "-n", "market")
}

// nothingLeft is about what is there at once, not after a while.
func nothingLeft(t *testing.T, c *cluster) {
	t.Helper()
	if left := c.left(t, "market"); left != "" {
		t.Errorf("left: %s", left)
	}
}

// notTaken watches whom a probe's pods belong to until the probe removes them. It
// reports whether the cluster's controllers have noticed them by then: otherwise
// the test shows nothing.
func notTaken(t *testing.T, c *cluster) (noticed bool) {
	t.Helper()
	const ours = "ConfigMap ConfigMap "
	known, guarded := map[string]bool{}, false
	for owners := ours; owners == ours; {
		owners = c.get(t, "{range .items[*]}{.metadata.ownerReferences[*].kind} {end}", "pods", "-n", "market", "-l", "catalyst.cloud/probe")
		if !strings.HasPrefix(ours, owners) {
			t.Fatalf("owners: %q", owners)
		}
		guarded = guarded || evictions(t, c) == "0"
		for _, name := range []string{"stall", "store"} {
			if n := c.get(t, "{.status.replicas}/{.spec.replicas}", "replicaset", name, "-n", "market"); n != "1/1" {
				t.Fatalf("ReplicaSet %s counts %q pods", name, n)
			}
			ends := c.get(t, `{range .items[*].endpoints[*]}{.targetRef.name}={.conditions.ready} {end}`,
				"endpointslices", "-n", "market", "-l", "kubernetes.io/service-name="+name)
			for _, e := range strings.Fields(ends) {
				pod, ready, _ := strings.Cut(e, "=")
				ours := strings.HasPrefix(pod, "catalyst-probe-")
				if ours == (ready == "true") {
					t.Fatalf("Service %s: %q", name, ends)
				}
				known[name] = known[name] || ours
			}
		}
	}
	t.Logf("evictions were refused: %t; Services that know the probe's pods: %v", guarded, known)
	return guarded && known["stall"] && known["store"]
}

// What keeps a probe from working is told with what to do, and leaves nothing.
func TestProbeSaysWhatKeepsItFromWorking(t *testing.T) {
	t.Parallel()
	c := calico.up(t)
	c.apply(t, `
apiVersion: v1
kind: Namespace
metadata: {name: narrow}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: small, namespace: narrow}
spec: {hard: {pods: "1"}}
---
apiVersion: v1
kind: Pod
metadata: {name: only, namespace: narrow, labels: {app: only}}
spec: {nodeName: node-1, containers: [{name: c, image: c}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: peers}
---
apiVersion: v1
kind: Pod
metadata: {name: peer-0, namespace: peers, labels: {app: peer}}
spec: {nodeName: node-1, containers: [{name: c, image: c}]}
---
apiVersion: v1
kind: Service
metadata: {name: peers, namespace: peers}
spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: peer}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pending, namespace: peers, labels: {app: other}}
spec: {containers: [{name: c, image: c}]}
`)
	for _, pod := range []string{"narrow only", "peers peer-0"} {
		ns, name, _ := strings.Cut(pod, " ")
		eventually(t, pod+" runs", func() bool { return c.get(t, "{.status.phase}", "pod", name, "-n", ns) == "Running" })
	}
	// What the controller writes, too, once it has looked at everything.
	counted := `{"status":{"hard":{"pods":"1"},"used":{"pods":"1"}}}`
	if out, err := c.kubectl(t.Context(), nil, "patch", "resourcequota", "small", "-n", "narrow", "--subresource=status", "-p", counted); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Run("each", func(t *testing.T) { refusals(t, c) })
	if left := c.left(t, "narrow", "peers"); left != "" {
		t.Errorf("left: %s", left)
	}
}

func refusals(t *testing.T, c *cluster) {
	db := []string{"data/Deployment/db", "--port", "5432"}
	for _, q := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"an image that cannot be had", append([]string{"shop/Deployment/web", "--image", "example.org/missing:1"}, db...), 1,
			[]string{`node "node-1" cannot start probe Pod shop/catalyst-probe-`, "ImagePullBackOff", "hint: name an image that the nodes can pull with --image"}},
		{"a quota", append([]string{"narrow/only"}, db...), 1, []string{"exceeded quota: small", "hint: a probe needs"}},
		{"a Service that publishes everything", append([]string{"peers/peer-0"}, db...), 1,
			[]string{`service "peers/peers" sends its clients to pods that are not ready`, "hint: probe other workloads, or accept that"}},
		{"a pod without a node", append([]string{"peers/pending"}, db...), 1, []string{`"peers/pending" runs on no node yet`}},
		{"no such pod", append([]string{"shop/nobody"}, db...), 1, []string{`pod "shop/nobody" is not there`}},
		{"an address as source", append([]string{"192.0.2.1"}, db...), 2, []string{`nothing can be sent from address "192.0.2.1"`}},
		{"an address to stand in for", []string{"shop/Deployment/web", "192.0.2.1", "--port", "80", "--listen"}, 2, []string{"leave --listen out"}},
		{"somebody without rights", append([]string{"shop/Deployment/web", "--as", "reader", "--as-group", "readers"}, db...), 1,
			[]string{"a probe needs what you may not do: create pods in namespace shop, delete pods in namespace shop, create configmaps in namespace shop, delete configmaps in namespace shop", "k8s_developer"}},
	} {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			r := c.probe(t, q.args...)
			for _, s := range append(q.says, "error: ") {
				if r.code != q.code || !strings.Contains(r.stderr, s) || r.stdout != "" {
					t.Errorf("exit code %d, stderr lacks %q:\n%s%s", r.code, s, r.stdout, r.stderr)
				}
			}
		})
	}
	t.Run("accepted", func(t *testing.T) {
		t.Parallel()
		if r := c.probe(t, append([]string{"peers/peer-0", "--accept-traffic"}, db...)...); r.code != 3 {
			t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
}

// The rights that the documentation names are enough.
func TestDeveloperMayProbe(t *testing.T) {
	t.Parallel()
	c := calico.up(t)
	r := c.probe(t, "shop/Deployment/web", "data/Deployment/db", "--port", "5432", "--listen", "--as", "developer", "--as-group", "developers")
	if r.code != 0 || !strings.Contains(r.stdout, "the probe's own server at ") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	r = c.probe(t, "--canary", "--as", "developer", "--as-group", "developers")
	if r.code != 1 || !strings.Contains(r.stderr, "create namespaces, delete namespaces") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// A dry run shows what would be made, as the API server would take it, and makes
// nothing.
func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	c := calico.up(t)
	for _, args := range []string{
		"shop/Deployment/web data/Deployment/db --port 5432 --listen --dry-run",
		"--canary --dry-run",
	} {
		r := c.probe(t, strings.Fields(args)...)
		if r.code != 0 || !strings.Contains(r.stdout, "kind: Pod\n") || !strings.Contains(r.stdout, "readinessGates:") {
			t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		_, id, _ := strings.Cut(r.stdout, "catalyst.cloud/probe: ")
		id, _, _ = strings.Cut(id, "\n")
		if left := c.get(t, "{.items[*].metadata.name}", "pods,configmaps,namespaces", "-A", "-l", "catalyst.cloud/probe="+id); left != "" {
			t.Errorf("made: %s", left)
		}
		if strings.Contains(args, "canary") {
			continue // its namespace is not there to take the rest
		}
		if out, err := c.kubectl(t.Context(), []byte(r.stdout), "create", "--dry-run=server", "--validate=strict", "-f", "-"); err != nil {
			t.Errorf("the API server would not take it: %v: %s", err, out)
		}
	}
}
