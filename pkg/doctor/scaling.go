package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// lastUpdated is where cluster-autoscaler notes when it wrote its status, as Go
// prints a time.
const (
	lastUpdated       = "cluster-autoscaler.kubernetes.io/last-updated"
	lastUpdatedLayout = "2006-01-02 15:04:05 -0700 MST"
)

// silence is after how long a status is that of an autoscaler that has stopped;
// it writes one every ten seconds.
const silence = 10 * time.Minute

// machine is the annotation of a node that Cluster API made.
const machine = "cluster.x-k8s.io/machine"

// asked reports whether a label of a cluster is on.
func asked(c *magnum.Cluster, label string) bool {
	return slices.Contains([]string{"true", "1", "yes", "on"}, strings.ToLower(strings.TrimSpace(c.Labels[label])))
}

// notAsked is the step of what the labels leave off.
func notAsked(name, label string) Step {
	return Step{Name: name, Verdict: OK, Found: "not asked for (label " + label + ")"}
}

// Autoscaler judges whether the number of nodes follows the load where the
// labels ask for that.
func Autoscaler(c *magnum.Cluster, groups []magnum.NodeGroup, f *Facts, now time.Time) Step {
	const name, label = "autoscaler", "auto_scaling_enabled"
	if !asked(c, label) {
		return notAsked(name, label)
	}
	ranges, err := limits(c, groups)
	if err != nil {
		return join(name, finding{Wrong, err.Error(), "ask the cloud's support to mend the labels, or create the cluster with --autoscale MIN-MAX"})
	}
	status, seen := f.scalerStatus(now)
	without := absent("cluster-autoscaler")
	switch {
	case seen: // it runs outside, and its status says how
		without = finding{}
	case f.outside():
		without = finding{Warning, "there is no cluster-autoscaler in the cluster, and one outside has left no status in kube-system",
			"ask the cloud's support whether one runs"}
	}
	running := f.running("autoscaler", without, "cluster-autoscaler")
	if seen && running.verdict == Unknown {
		running = finding{} // its status, which is new, says that it does
	}
	return join(name, finding{OK, ranges, ""}, running, status)
}

// limits names the range that the autoscaler keeps to in each group of workers: the
// group's own, or that of the labels where the group has none.
func limits(c *magnum.Cluster, groups []magnum.NodeGroup) (string, error) {
	if len(groups) == 0 {
		groups = []magnum.NodeGroup{{Name: "default-worker", IsDefault: true}}
	}
	bound := func(n int) string {
		if n < 0 {
			return "any number"
		}
		return fmt.Sprint(n)
	}
	var all []string
	for _, g := range groups {
		if g.Role == "master" || !g.IsDefault && g.MaxNodeCount == nil {
			continue
		}
		r, err := cluster.ScalingRange(c, &g)
		if err != nil {
			return "", err
		}
		text := fmt.Sprintf("from %s to %s nodes", bound(r.Least), bound(r.Most))
		if !g.IsDefault || len(all) > 0 {
			text = fmt.Sprintf("%s in %s", text, g.Name)
		}
		all = append(all, text)
	}
	return "asked for, " + strings.Join(all, ", "), nil
}

// Nodes compares the number of machines that Magnum counts with that of the nodes in
// the cluster. They differ while machines come and go, and where the autoscaler works
// outside of Magnum.
func Nodes(c *magnum.Cluster, f *Facts) Step {
	s := Step{Name: "nodes", Verdict: OK, Found: fmt.Sprintf("%d, as Magnum counts", len(f.Nodes.Items))}
	counted := c.MasterCount + c.NodeCount
	switch {
	case len(f.Nodes.Unread) > 0:
		return join(s.Name, unread(f.Nodes.Unread))
	case len(f.Nodes.Items) == counted:
		return s
	}
	s.Found = fmt.Sprintf("the cluster has %d, Magnum counts %d (%d masters, %d nodes)", len(f.Nodes.Items), counted, c.MasterCount, c.NodeCount)
	if asked(c, "auto_scaling_enabled") || c.Busy() {
		return s // which is as it should be
	}
	s.Verdict, s.Fix = Warning, "see 'kubectl get nodes' and 'kubectl catalyst cluster nodegroup list "+c.Name+"': a machine that has not joined, or one that Magnum does not know"
	return s
}

// scalerStatus judges what cluster-autoscaler has last said of itself; seen
// reports whether it has said anything that can be dated.
func (f *Facts) scalerStatus(now time.Time) (part finding, seen bool) {
	if len(f.Autoscaler.Items) == 0 {
		if len(f.Autoscaler.Unread) > 0 {
			part = finding{OK, "could not read " + strings.Join(f.Autoscaler.Unread, ", "), ""}
		}
		return part, false
	}
	m := f.Autoscaler.Items[0]
	at, err := time.Parse(lastUpdatedLayout, m.Meta.Annotations[lastUpdated])
	if err != nil {
		return finding{OK, "its status does not say how old it is", ""}, false
	}
	const advice = "see 'kubectl -n kube-system get configmap cluster-autoscaler-status -o yaml'"
	age := now.Sub(at).Round(time.Second)
	switch {
	case age > silence:
		return finding{Wrong, fmt.Sprintf("its last status is %s old", age), "it has stopped: ask the cloud's support, or " + advice}, true
	case unhealthy(m.Data["status"]):
		return finding{Warning, "it says that the cluster is not healthy, and then adds no nodes", advice}, true
	}
	return finding{OK, fmt.Sprintf("its last status is %s old", max(age, 0)), ""}, true
}

// unhealthy reads the first health in a status, which is that of the cluster:
// "Health:      Healthy (…)" as it was written until 1.29, "health:" with
// "status: Healthy" further down since.
func unhealthy(status string) bool {
	_, rest, found := strings.Cut(strings.ToLower(status), "health:")
	if !found {
		return false
	}
	i := strings.Index(rest, "healthy")
	return i >= 2 && rest[i-2:i] == "un"
}

// outside reports whether the machines are made by Cluster API, whose autoscaler
// and health checks run outside the cluster.
func (f *Facts) outside() bool {
	return slices.ContainsFunc(f.Nodes.Items, func(n Node) bool { return n.Meta.Annotations[machine] != "" })
}

// AutoHealer judges whether broken nodes are replaced where the labels ask for
// that.
func AutoHealer(c *magnum.Cluster, f *Facts) Step {
	const name, label = "auto-healer", "auto_healing_enabled"
	if !asked(c, label) {
		return notAsked(name, label)
	}
	without := absent("magnum-auto-healer")
	if f.outside() {
		without = finding{Unknown, "the cloud heals nodes from outside the cluster, and nothing in the cluster reports whether it does",
			"health_status in 'kubectl catalyst cluster show " + c.Name + "' is what the cloud sees"}
	}
	return join(name, finding{OK, "asked for", ""}, f.running("auto-healer", without, "auto-healer"))
}

// Unseen are the steps inside a cluster that nobody could look at, and why.
func Unseen(why string) []Step {
	var all []Step
	for _, name := range []string{"nodes", "storage class", "Cinder CSI", "cloud controller", "network policies", "autoscaler", "auto-healer"} {
		all = append(all, Step{Name: name, Verdict: Unknown, Found: "not looked at: " + why})
	}
	return all
}
