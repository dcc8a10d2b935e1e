package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// CheckIdle refuses a cluster with which something is going on, or that is gone.
func CheckIdle(c *magnum.Cluster) error {
	switch {
	case c.Deleting() || c.Status == "CREATE_FAILED":
		return c.Usable()
	case c.Busy():
		return clierr.Errorf(fmt.Sprintf("wait for the end of that with 'kubectl catalyst cluster wait %s'", c.Name),
			"cluster %q is %s", c.Name, c.Status)
	}
	return nil
}

// Resize checks whether a node group may have that many nodes, and returns the group.
// The name "" is the default worker group; groups may be nil where Magnum is too old
// for them.
func Resize(c *magnum.Cluster, groups []magnum.NodeGroup, name string, nodes int) (*magnum.NodeGroup, error) {
	if err := CheckIdle(c); err != nil {
		return nil, err
	}
	if err := imageWithoutVersion(c); err != nil {
		return nil, err
	}
	g, err := resizable(c, groups, name)
	if err != nil {
		return nil, err
	}
	if g.Role == "master" {
		return g, checkMasters(c, g, nodes)
	}
	r, err := ScalingRange(c, g)
	if err == nil {
		err = r.check(c, g, nodes)
	}
	return g, err
}

// resizable finds the group to resize.
func resizable(c *magnum.Cluster, groups []magnum.NodeGroup, name string) (*magnum.NodeGroup, error) {
	if name != "" {
		return NodeGroup(c, groups, name)
	}
	for _, g := range groups {
		if g.IsDefault && g.Role != "master" {
			return &g, nil
		}
	}
	return &magnum.NodeGroup{Name: "default-worker", IsDefault: true, NodeCount: c.NodeCount}, nil
}

// checkMasters refuses numbers of masters that no driver makes, and those of a driver
// that never changes it.
func checkMasters(c *magnum.Cluster, g *magnum.NodeGroup, masters int) error {
	switch {
	case heatStack.MatchString(c.StackID):
		return clierr.Errorf("only nodes can be more or fewer", "node group %q has the masters, whose number Heat's driver cannot change", g.Name)
	case !slices.Contains(masterCounts, masters):
		return usage("an even number of masters survives no more failures than one less", "there are 1, 3, 5 or 7 masters, not %d", masters)
	}
	return nil
}

// UpgradeTo chooses the template to upgrade a cluster to: the one named, or of
// a version the newest that the cluster may be upgraded to. What Magnum would
// refuse only after it has begun, and so leave the cluster UPDATE_FAILED, is
// refused here.
func UpgradeTo(c *magnum.Cluster, all []magnum.Template, ref string) (*magnum.Template, error) {
	offered := targets(c, all)
	hint := "nothing newer is offered to this cluster now"
	if len(offered) > 0 {
		names := make([]string, len(offered))
		for i, t := range offered {
			names[i] = t.Name
		}
		hint = "it can be upgraded to " + strings.Join(names, ", ")
	}
	if ref == "" {
		return nil, clierr.New(clierr.Usage, hint, "--template is needed")
	}
	if err := upgradable(c); err != nil {
		return nil, err
	}
	t, err := Template(offered, ref)
	if err == nil {
		return t, nil
	}
	// Not among those offered: say why.
	if t, err = Template(all, ref); err != nil {
		return nil, err
	}
	return nil, clierr.Errorf(hint, "cluster %q cannot be upgraded with template %q: %w", c.Name, t.Name, whyNot(c, t))
}

// targets are the templates that a cluster can be upgraded to, newest first.
func targets(c *magnum.Cluster, all []magnum.Template) []magnum.Template {
	var offered []magnum.Template
	for _, t := range all {
		if CompareTo(c, &t) == Offered {
			offered = append(offered, t)
		}
	}
	slices.SortStableFunc(offered, func(a, b magnum.Template) int { return CompareTemplates(&b, &a) })
	return offered
}

// upgradable refuses the states in which Magnum upgrades nothing.
func upgradable(c *magnum.Cluster) error {
	if err := CheckIdle(c); err != nil {
		return err
	}
	if err := imageWithoutVersion(c); err != nil {
		return err
	}
	if c.Failed() {
		return clierr.Errorf(fmt.Sprintf("heal it first: 'kubectl catalyst cluster resize %s --nodes %d --wait'", c.Name, c.NodeCount),
			"cluster %q is %s, and Magnum upgrades no such cluster", c.Name, c.Status)
	}
	return nil
}

func whyNot(c *magnum.Cluster, t *magnum.Template) error {
	from, known := Version(c)
	to, ok := TemplateVersion(t)
	why := ""
	if known && ok {
		why = release.Upgrade(from, to)
	}
	switch {
	case why != "":
		return errors.New(why)
	case t.Labels["kube_tag"] == "":
		return errors.New("it has no label kube_tag that says which version it makes")
	case !known:
		return errors.New("the version that the cluster runs is not known")
	case t.TLSDisabled:
		return errors.New("it has TLS disabled")
	}
	return errors.New("it is hidden, or its label kube_tag is no version")
}

// imageWithoutVersion recognises a cluster that an upgrade has moved to a template
// whose image names no version of Kubernetes: the driver fails at whatever is asked
// for after that, and Magnum upgrades no cluster that has failed.
func imageWithoutVersion(c *magnum.Cluster) error {
	if c.Failed() && strings.Contains(c.StatusReason, "kube_version") {
		return clierr.Errorf(fmt.Sprintf("send what 'openstack-coe-helper support %s' collects to the cloud's support: they have to give the image its property kube_version, or the cluster another template", c.Name),
			"cluster %q is %s, and nothing can be changed about it: %s", c.Name, c.Status, c.StatusReason)
	}
	return nil
}
