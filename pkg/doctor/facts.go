package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Facts is what an API server shows of the machinery that a cloud runs in a
// cluster. The JSON names are those of the Kubernetes API.
type Facts struct {
	Nodes      List[Node]
	Classes    List[StorageClass]
	Drivers    List[Object] // CSIDrivers
	CSINodes   List[CSINode]
	Workloads  List[Workload]  // of the namespaces that the cloud manages
	Autoscaler List[ConfigMap] // cluster-autoscaler-status, or none
}

// List is what was read of one kind, and what could not be, each with the
// reason. While Unread is empty, what is not in Items is not there.
type List[T any] struct {
	Items  []T
	Unread []string
}

// Meta is the part of an object's metadata that is read.
type Meta struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Annotations map[string]string `json:"annotations"`
	Created     time.Time         `json:"creationTimestamp"`
}

// Object is any object of which only the name counts.
type Object struct {
	Meta Meta `json:"metadata"`
}

// Node is a machine of the cluster.
type Node struct {
	Meta Meta `json:"metadata"`
	Spec struct {
		ProviderID string `json:"providerID"`
		Taints     []struct {
			Key string `json:"key"`
		} `json:"taints"`
	} `json:"spec"`
}

// StorageClass is a kind of volume that claims can ask for.
type StorageClass struct {
	Meta        Meta   `json:"metadata"`
	Provisioner string `json:"provisioner"`
}

// CSINode lists which storage drivers have registered on a node.
type CSINode struct {
	Meta Meta `json:"metadata"`
	Spec struct {
		Drivers []struct {
			Name string `json:"name"`
		} `json:"drivers"`
	} `json:"spec"`
}

// Workload is a DaemonSet, Deployment or StatefulSet.
type Workload struct {
	Kind          string // such as DaemonSet
	Meta          Meta
	Wanted, Ready int // pods
}

// ConfigMap is a ConfigMap with text in it.
type ConfigMap struct {
	Meta Meta              `json:"metadata"`
	Data map[string]string `json:"data"`
}

// managedNamespaces are where a cloud puts its machinery: Magnum's own drivers
// into kube-system, those that work with Cluster API into openstack-system.
func managedNamespaces() []string { return []string{"kube-system", "openstack-system"} }

// finding is one part of a step.
type finding struct{ verdict, found, fix string }

// join makes a step of its parts. The worst decides, and not knowing something
// is worse than nothing being wrong.
func join(name string, parts ...finding) Step {
	s := Step{Name: name, Verdict: OK}
	rank := []string{OK, Unknown, Warning, Wrong}
	var found []string
	for _, p := range parts {
		if p.verdict == "" {
			continue
		}
		if slices.Index(rank, p.verdict) > slices.Index(rank, s.Verdict) {
			s.Verdict, s.Fix = p.verdict, p.fix
		}
		found = append(found, p.found)
	}
	s.Found = strings.Join(found, "; ")
	return s
}

// unread is the finding that something could not be looked at.
func unread(reasons []string) finding {
	return finding{Unknown, "could not read " + strings.Join(reasons, ", "), "somebody with the role k8s_admin can see it"}
}

// running judges the workload whose name holds all of parts. What is missing is
// called what; without is the finding where it is certainly not there.
func (f *Facts) running(what string, without finding, parts ...string) finding {
	i := slices.IndexFunc(f.Workloads.Items, func(w Workload) bool {
		return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(w.Meta.Name, p) })
	})
	if i < 0 {
		if len(f.Workloads.Unread) > 0 {
			part := unread(f.Workloads.Unread)
			part.found = "whether the " + what + " runs is not known: " + part.found
			return part
		}
		return without
	}
	w := f.Workloads.Items[i]
	name := fmt.Sprintf("%s %s/%s", w.Kind, w.Meta.Namespace, w.Meta.Name)
	part := finding{OK, fmt.Sprintf("%s is ready on %d of %d", name, w.Ready, w.Wanted), ""}
	advice := fmt.Sprintf("see why with 'kubectl -n %s describe %s %s'", w.Meta.Namespace, strings.ToLower(w.Kind), w.Meta.Name)
	switch {
	case w.Wanted == 0:
		part = finding{Wrong, name + " runs nowhere", advice}
	case w.Ready == 0:
		part.verdict, part.fix = Wrong, advice
	case w.Ready < w.Wanted:
		part.verdict, part.fix = Warning, advice
	}
	return part
}

// absent is the finding that what every cluster of the cloud has from the start is not
// there.
func absent(what string) finding {
	return finding{Wrong, fmt.Sprintf("there is no %s in %s", what, strings.Join(managedNamespaces(), " or ")),
		"the cloud puts it into each cluster: ask its support, with what 'openstack-coe-helper support' collects"}
}

// some names a few of many.
func some(names []string) string {
	const most = 5
	slices.Sort(names)
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
