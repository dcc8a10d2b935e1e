package cluster

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// Range is how many nodes a group may have; -1 is no limit.
type Range struct {
	Least, Most int
	fromLabels  bool
}

// parseRange reads "MIN-MAX", or "MIN:MAX".
func parseRange(text string) (Range, error) {
	low, high, ok := strings.Cut(strings.Replace(text, ":", "-", 1), "-")
	least, err := strconv.Atoi(low)
	most, err2 := strconv.Atoi(high)
	if !ok || err != nil || err2 != nil || least < 0 || most < 1 || most < least {
		return Range{}, usage("as in --autoscale 2-10", "--autoscale %q is not MIN-MAX", shorten(text))
	}
	return Range{Least: least, Most: most}, nil
}

// ScalingRange returns how many nodes a group may have: as the group itself says, and
// where that has no limit and the cluster is scaled, as the cluster's labels say. They
// were read when the cluster was made and cannot be changed; the group can.
func ScalingRange(c *magnum.Cluster, g *magnum.NodeGroup) (Range, error) {
	r := Range{Least: g.MinNodeCount, Most: -1}
	if g.MaxNodeCount != nil {
		r.Most = *g.MaxNodeCount
		return r, nil
	}
	if !g.IsDefault || g.Role == "master" || !strings.EqualFold(c.Labels[labelAutoscaling], "true") {
		return r, nil
	}
	least, most, err := bounds(c.Labels)
	return Range{Least: max(least, g.MinNodeCount), Most: most, fromLabels: true}, err
}

// check refuses a number of nodes outside the range, and names whose limits they are.
func (r Range) check(c *magnum.Cluster, g *magnum.NodeGroup, nodes int) error {
	switch {
	case r.fromLabels:
		return clierr.WithHint(CheckNodes(nodes, r.Least, r.Most), "the autoscaler decides about the number of nodes of this cluster")
	case nodes < r.Least || r.Most >= 0 && nodes > r.Most:
		return clierr.Errorf(fmt.Sprintf("'kubectl catalyst cluster nodegroup update %s %s --autoscale MIN-MAX' changes its limits", c.Name, g.Name),
			"node group %q may have %s, not %d", g.Name, r, nodes)
	}
	return nil
}

func (r Range) String() string {
	if r.Most < 0 {
		return fmt.Sprintf("%d nodes or more", r.Least)
	}
	return fmt.Sprintf("%d to %d nodes", r.Least, r.Most)
}

// NodeGroup finds the node group of that name or UUID.
func NodeGroup(c *magnum.Cluster, groups []magnum.NodeGroup, name string) (*magnum.NodeGroup, error) {
	var known []string
	for _, g := range groups {
		if g.Name == name || g.UUID == name {
			return &g, nil
		}
		known = append(known, g.Name)
	}
	return nil, clierr.Errorf("there is "+strings.Join(known, ", "), "cluster %q has no node group %q", c.Name, name)
}

// GroupSpec is a node group that somebody asks for, or what to change about one.
type GroupSpec struct {
	Name, Role, Flavor, Image string
	Nodes                     int      // -1: the least that Autoscale allows, else 1
	Autoscale                 string   // "MIN-MAX", "none", or "" for as it is
	Labels                    []string // Magnum's, "key=value"
	NodeLabels                []string // Kubernetes', "key=value"
	Taints                    []string // "key=value:Effect" or "key:Effect"
	Ticket                    string
}

// Request checks what can be known without asking anybody, and returns what to ask
// Magnum for. Its errors are mistakes on the command line.
func (s *GroupSpec) Request() (magnum.NewNodeGroup, error) {
	n := magnum.NewNodeGroup{Name: s.Name, Role: s.Role, FlavorID: s.Flavor, ImageID: s.Image, NodeCount: s.Nodes}
	var errs []error
	if !nameForm.MatchString(s.Name) || len(s.Name) > maxName {
		errs = append(errs, usage("a name begins with a letter and has letters, digits and _.- only, at most 242", "%q cannot be the name of a node group", shorten(s.Name)))
	}
	if s.Role == "master" {
		errs = append(errs, usage("'kubectl catalyst cluster resize CLUSTER --nodegroup default-master' changes the number of masters", "nobody can add a node group of masters"))
	}
	labels := Spec{Labels: s.Labels}
	errs = append(errs, labels.gatherLabels())
	if n.Labels = labels.labels; len(n.Labels) == 0 {
		n.Labels = nil
	}
	change, err := s.Change()
	errs = append(errs, err)
	n.NodeLabels, n.NodeTaints, n.MaxNodeCount = change.NodeLabels, change.NodeTaints, change.MaxNodeCount
	least, most := -1, -1
	if change.MinNodeCount != nil && change.MaxNodeCount != nil {
		n.MinNodeCount, least, most = *change.MinNodeCount, *change.MinNodeCount, *change.MaxNodeCount
	}
	if n.NodeCount < 0 {
		if n.NodeCount = 1; least >= 0 {
			n.NodeCount = least
		}
	}
	errs = append(errs, CheckNodes(n.NodeCount, least, most), CheckTicket(max(n.NodeCount, most), s.Ticket))
	return n, errors.Join(errs...)
}

// Change returns what to change about a group.
func (s *GroupSpec) Change() (magnum.NodeGroupChange, error) {
	var c magnum.NodeGroupChange
	var errs []error
	switch s.Autoscale {
	case "":
	case "none":
		zero := 0
		c.MinNodeCount, c.NoMaximum = &zero, true
	default:
		r, err := parseRange(s.Autoscale)
		errs = append(errs, err)
		c.MinNodeCount, c.MaxNodeCount = &r.Least, &r.Most
	}
	for _, text := range s.NodeLabels {
		key, value, ok := strings.Cut(text, "=")
		if !ok || !labelKey.MatchString(key) || !labelValue.MatchString(value) {
			errs = append(errs, usage("as in --node-label example.org/pool=gpu", "--node-label %q is not a label of Kubernetes", shorten(text)))
			continue
		}
		if c.NodeLabels == nil {
			c.NodeLabels = magnum.Labels{}
		}
		c.NodeLabels[key] = value
	}
	for _, text := range s.Taints {
		t, err := parseTaint(text)
		errs = append(errs, err)
		c.NodeTaints = append(c.NodeTaints, t)
	}
	return c, errors.Join(errs...)
}

// The forms of labels in Kubernetes.
var (
	labelKey   = regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
	labelValue = regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`)
)

func parseTaint(text string) (magnum.Taint, error) {
	what, effect, _ := strings.Cut(text, ":")
	key, value, _ := strings.Cut(what, "=")
	if !labelKey.MatchString(key) || !labelValue.MatchString(value) ||
		!slices.Contains([]string{"NoSchedule", "PreferNoSchedule", "NoExecute"}, effect) {
		return magnum.Taint{}, usage("as in --taint nvidia.com/gpu=present:NoSchedule; the effects are NoSchedule, PreferNoSchedule and NoExecute",
			"--taint %q is not KEY=VALUE:EFFECT", shorten(text))
	}
	return magnum.Taint{Key: key, Value: value, Effect: effect}, nil
}

// CheckRange refuses limits that the present number of nodes of a group contradicts,
// which Magnum refuses too, in fewer words.
func CheckRange(c *magnum.Cluster, g *magnum.NodeGroup, change magnum.NodeGroupChange) error {
	if change.MinNodeCount == nil || change.MaxNodeCount == nil {
		return nil
	}
	if err := CheckNodes(g.NodeCount, *change.MinNodeCount, *change.MaxNodeCount); err != nil {
		return clierr.Errorf(fmt.Sprintf("resize it first: 'kubectl catalyst cluster resize %s --nodegroup %s --nodes N'", c.Name, g.Name),
			"node group %q has %d nodes, which are not within %d to %d", g.Name, g.NodeCount, *change.MinNodeCount, *change.MaxNodeCount)
	}
	return nil
}

// MayHang reports whether the deletion of a node group may never end: drivers of
// Cluster API did so when Magnum spoke no newer microversion than 1.11.
func MayHang(c *magnum.Cluster, served string) bool {
	return RotationOf(c, nil) == NeverRotates && slices.Contains([]string{"1.9", "1.10", "1.11"}, served)
}
