package doctor

import (
	"fmt"
	"slices"
)

// CinderDriver is the name under which Cinder's CSI driver registers, see
// https://github.com/kubernetes/cloud-provider-openstack.
const CinderDriver = "cinder.csi.openstack.org"

// cinder reports whether a provisioner makes volumes in Cinder. The one that was
// built into Kubernetes is answered by the driver today.
func cinder(provisioner string) bool {
	return provisioner == CinderDriver || provisioner == "kubernetes.io/cinder"
}

// isDefault reports whether a class is the default, by the annotations that
// Kubernetes itself looks at.
func (c *StorageClass) isDefault() bool {
	return c.Meta.Annotations["storageclass.kubernetes.io/is-default-class"] == "true" ||
		c.Meta.Annotations["storageclass.beta.kubernetes.io/is-default-class"] == "true"
}

// DefaultClass judges whether a claim that names no storage class gets a volume.
func DefaultClass(f *Facts) Step {
	const name = "storage class"
	if len(f.Classes.Unread) > 0 {
		return join(name, unread(f.Classes.Unread))
	}
	var defaults, usable []string
	for _, c := range f.Classes.Items {
		if c.isDefault() {
			defaults = append(defaults, fmt.Sprintf("%s (%s)", c.Meta.Name, c.Provisioner))
		}
		if cinder(c.Provisioner) {
			usable = append(usable, c.Meta.Name)
		}
	}
	slices.Sort(usable)
	switch {
	case len(defaults) == 1:
		return join(name, finding{OK, "the default is " + defaults[0], ""})
	case len(defaults) > 1:
		return join(name, finding{Warning, fmt.Sprintf("%d classes are the default, of which the newest counts: %s", len(defaults), some(defaults)),
			"leave one: kubectl annotate storageclass NAME storageclass.kubernetes.io/is-default-class-"})
	case len(usable) > 0:
		return join(name, finding{Wrong, "none is the default, so a claim that names none waits for ever; there are " + some(usable),
			fmt.Sprintf("kubectl annotate storageclass %s storageclass.kubernetes.io/is-default-class=true", usable[0])})
	}
	return join(name, finding{Wrong, "there is none for Cinder, and none is the default",
		"create one with the provisioner " + CinderDriver + ", or ask the cloud's support"})
}

// CinderCSI judges whether volumes can be made, and used on every node.
func CinderCSI(f *Facts) Step {
	return join("Cinder CSI", f.driver(), f.registered(),
		f.running("controller of Cinder CSI", absent("controller of Cinder CSI"), "cinder", "controllerplugin"),
		f.running("node plugin of Cinder CSI", absent("node plugin of Cinder CSI"), "cinder", "nodeplugin"))
}

// driver judges the CSIDriver object.
func (f *Facts) driver() finding {
	if len(f.Drivers.Unread) > 0 {
		return unread(f.Drivers.Unread)
	}
	if slices.ContainsFunc(f.Drivers.Items, func(d Object) bool { return d.Meta.Name == CinderDriver }) {
		return finding{}
	}
	return finding{Wrong, "there is no CSIDriver " + CinderDriver, absent("").fix}
}

// registered judges on which nodes the driver says it is.
func (f *Facts) registered() finding {
	if len(f.CSINodes.Unread) > 0 {
		return unread(f.CSINodes.Unread)
	}
	var with, without []string
	for _, n := range f.CSINodes.Items {
		if slices.ContainsFunc(n.Spec.Drivers, func(d struct {
			Name string `json:"name"`
		}) bool {
			return d.Name == CinderDriver
		}) {
			with = append(with, n.Meta.Name)
		} else {
			without = append(without, n.Meta.Name)
		}
	}
	for _, n := range f.Nodes.Items { // one whose kubelet has registered nothing yet
		if !slices.ContainsFunc(f.CSINodes.Items, func(c CSINode) bool { return c.Meta.Name == n.Meta.Name }) {
			without = append(without, n.Meta.Name)
		}
	}
	all := len(with) + len(without)
	const fix = "pods with volumes do not start there; see what its node plugin says with 'kubectl -n kube-system logs', or replace the node"
	switch {
	case all == 0:
		return finding{Unknown, "there is no node it could be on", ""}
	case len(with) == 0:
		return finding{Wrong, "the driver has registered on no node", fix}
	case len(without) > 0:
		return finding{Warning, fmt.Sprintf("the driver has registered on %d of %d nodes, not on %s", len(with), all, some(without)), fix}
	}
	return finding{OK, fmt.Sprintf("the driver has registered on %d of %d nodes", all, all), ""}
}
