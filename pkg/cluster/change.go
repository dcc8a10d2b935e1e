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

// Resize checks whether a node group may have that many nodes, and returns how
// many it has. The name "" is the default worker group; groups may be nil where
// Magnum is too old for them.
func Resize(c *magnum.Cluster, groups []magnum.NodeGroup, name string, nodes int) (now int, err error) {
	if err := CheckIdle(c); err != nil {
		return 0, err
	}
	g, err := workers(c, groups, name)
	if err != nil {
		return 0, err
	}
	most := -1
	if g.MaxNodeCount != nil {
		most = *g.MaxNodeCount
	}
	if nodes < g.MinNodeCount || most >= 0 && nodes > most {
		return 0, clierr.Errorf("", "node group %q may have %s, not %d", g.Name, span(g.MinNodeCount, most), nodes)
	}
	if g.IsDefault && strings.EqualFold(c.Labels[labelAutoscaling], "true") {
		least, most, err := Bounds(c.Labels)
		if err == nil {
			err = CheckNodes(nodes, least, most)
		}
		if err != nil {
			return 0, clierr.WithHint(err, "the autoscaler decides about the number of nodes of this cluster")
		}
	}
	return g.NodeCount, nil
}

func workers(c *magnum.Cluster, groups []magnum.NodeGroup, name string) (*magnum.NodeGroup, error) {
	var known []string
	for _, g := range groups {
		chosen := g.Name == name || g.UUID == name && name != ""
		if name == "" {
			chosen = g.IsDefault && g.Role != "master"
		}
		switch {
		case chosen && g.Role == "master":
			return nil, clierr.Errorf("only nodes can be more or fewer", "node group %q has the masters, whose number is fixed", g.Name)
		case chosen:
			return &g, nil
		case g.Role != "master":
			known = append(known, g.Name)
		}
	}
	if name == "" {
		return &magnum.NodeGroup{Name: "default-worker", IsDefault: true, NodeCount: c.NodeCount}, nil
	}
	return nil, clierr.Errorf("there is "+strings.Join(known, ", "), "cluster %q has no node group %q", c.Name, name)
}

func span(least, most int) string {
	if most < 0 {
		return fmt.Sprintf("%d nodes or more", least)
	}
	return fmt.Sprintf("%d to %d nodes", least, most)
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
