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
func Autoscaler(c *magnum.Cluster, f *Facts, now time.Time) Step {
	const name, label = "autoscaler", "auto_scaling_enabled"
	if !asked(c, label) {
		return notAsked(name, label)
	}
	least, most, err := cluster.Bounds(c.Labels)
	if err != nil {
		return join(name, finding{Wrong, err.Error(), "ask the cloud's support to mend the labels, or create the cluster with --autoscale MIN:MAX"})
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
	return join(name, finding{OK, limits(least, most), ""}, running, status)
}

func limits(least, most int) string {
	bound := func(n int, none string) string {
		if n < 0 {
			return none
		}
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("asked for, from %s to %s nodes", bound(least, "any number"), bound(most, "any number"))
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
	for _, name := range []string{"storage class", "Cinder CSI", "cloud controller", "network policies", "autoscaler", "auto-healer"} {
		all = append(all, Step{Name: name, Verdict: Unknown, Found: "not looked at: " + why})
	}
	return all
}
