package cluster

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// The rules of Catalyst Cloud, and Magnum's for names.
const (
	maxNodes = 50 // without a ticket
	maxName  = 242
)

var nameForm = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_.-]*$`)

// Labels that options stand for.
const (
	labelPublicAPI   = "master_lb_floating_ip_enabled"
	labelAllowed     = "api_master_lb_allowed_cidrs"
	labelAutoscaling = "auto_scaling_enabled"
	labelMinNodes    = "min_node_count"
	labelMaxNodes    = "max_node_count"
)

// masterCounts are the numbers of masters that etcd keeps a majority with.
var masterCounts = []int{1, 3, 5, 7}

// Spec is a cluster that somebody asks for.
type Spec struct {
	Name                 string
	Masters              int
	Nodes                int      // -1: the smallest number that Autoscale allows, else 1
	Labels               []string // "key=value", added to those of the template
	PublicAPI            bool
	AllowedCIDRs         []string
	Autoscale            string // "MIN-MAX" or "MIN:MAX", or ""
	Keypair              string
	Network, Subnet      string
	Flavor, MasterFlavor string
	Timeout              int    // minutes until Magnum gives up; 0: as Magnum likes
	Ticket               string // of the support, which allows more than 50 nodes
	labels               magnum.Labels
}

// Check finds everything wrong with a spec that can be known without asking
// anybody, and fills in what was left open. Its errors are mistakes on the
// command line.
func (s *Spec) Check() error {
	var errs []error
	if !nameForm.MatchString(s.Name) || len(s.Name) > maxName {
		errs = append(errs, usage("a name begins with a letter and has letters, digits and _.- only, at most 242",
			"%q cannot be the name of a cluster", shorten(s.Name)))
	}
	if !slices.Contains(masterCounts, s.Masters) {
		errs = append(errs, usage("an even number of masters survives no more failures than one less", "--masters must be 1, 3, 5 or 7, not %d", s.Masters))
	}
	errs = append(errs, s.gatherLabels())
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return s.checkNodes()
}

// gatherLabels collects the labels, given as such and through options.
func (s *Spec) gatherLabels() error {
	s.labels = magnum.Labels{}
	var errs []error
	for _, l := range s.Labels {
		name, value, ok := strings.Cut(l, "=")
		name = strings.TrimSpace(name)
		switch old, twice := s.labels[name]; {
		case !ok || name == "":
			errs = append(errs, usage("", "--label %q is not KEY=VALUE", shorten(l)))
		case twice && old != value:
			errs = append(errs, usage("", "--label %s is given twice, as %q and %q", name, old, value))
		default:
			s.labels[name] = value
		}
	}
	if s.PublicAPI {
		errs = append(errs, s.setOption("--public-api", labelPublicAPI, "true"))
	}
	if len(s.AllowedCIDRs) > 0 {
		errs = append(errs, s.setAllowedCIDRs())
	}
	if s.Autoscale != "" {
		errs = append(errs, s.setAutoscale())
	}
	return errors.Join(errs...)
}

// setOption sets the label that an option stands for, unless a label says
// otherwise.
func (s *Spec) setOption(flag, label, value string) error {
	if old, ok := s.labels[label]; ok && old != value {
		return usage("use one of them", "%s and --label %s=%s contradict each other", flag, label, old)
	}
	s.labels[label] = value
	return nil
}

func (s *Spec) setAllowedCIDRs() error {
	var errs []error
	for _, c := range s.AllowedCIDRs {
		p, err := netip.ParsePrefix(c)
		switch {
		case err != nil:
			errs = append(errs, usage("write a single address as 203.0.113.9/32", "--allowed-cidr %q is not a range of addresses", shorten(c)))
		case p != p.Masked():
			errs = append(errs, usage("", "--allowed-cidr %s has bits behind its prefix; did you mean %s?", c, p.Masked()))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return s.setOption("--allowed-cidr", labelAllowed, strings.Join(s.AllowedCIDRs, ","))
}

func (s *Spec) setAutoscale() error {
	r, err := parseRange(s.Autoscale)
	if err != nil {
		return err
	}
	return errors.Join(
		s.setOption("--autoscale", labelAutoscaling, "true"),
		s.setOption("--autoscale", labelMinNodes, strconv.Itoa(r.Least)),
		s.setOption("--autoscale", labelMaxNodes, strconv.Itoa(r.Most)))
}

// checkNodes checks the number of nodes against the limits that the labels name.
func (s *Spec) checkNodes() error {
	least, most, err := bounds(s.labels)
	if err != nil {
		return err
	}
	if s.Nodes < 0 {
		if s.Nodes = 1; least >= 0 {
			s.Nodes = least
		}
	}
	if err := CheckNodes(s.Nodes, least, most); err != nil {
		return err
	}
	return CheckTicket(max(s.Nodes, most), s.Ticket)
}

// bounds returns the least and most nodes that labels allow the autoscaler, -1
// where they do not say.
func bounds(labels magnum.Labels) (least, most int, err error) {
	bound := func(name string) int {
		text, ok := labels[name]
		if !ok {
			return -1
		}
		n, problem := strconv.Atoi(text)
		if problem != nil || n < 0 {
			err = usage("", "label %s is %q, not a number of nodes", name, shorten(text))
		}
		return n
	}
	return bound(labelMinNodes), bound(labelMaxNodes), err
}

// CheckNodes checks a number of nodes against limits, of which -1 is none.
func CheckNodes(nodes, least, most int) error {
	switch {
	case nodes < 0:
		return usage("", "the number of nodes cannot be %d", nodes)
	case least >= 0 && most >= 0 && least > most:
		return usage("", "the least number of nodes, %d, is larger than the most, %d", least, most)
	case least >= 0 && nodes < least:
		return usage("", "%d nodes are fewer than the autoscaler keeps, %d", nodes, least)
	case most >= 0 && nodes > most:
		return usage("", "%d nodes are more than the autoscaler allows, %d", nodes, most)
	}
	return nil
}

// CheckTicket refuses more nodes than a cluster may have without a ticket.
func CheckTicket(nodes int, ticket string) error {
	if nodes > maxNodes && ticket == "" {
		return usage("ask the cloud's support for it, and give the ticket's number with --ticket",
			"more than %d nodes need a support ticket, and these are %d", maxNodes, nodes)
	}
	return nil
}

// Request returns what to ask Magnum for, made from a template.
func (s *Spec) Request(t *magnum.Template) (magnum.NewCluster, error) {
	if t.TLSDisabled {
		return magnum.NewCluster{}, clierr.Errorf("choose another template: 'kubectl catalyst template list'",
			"template %q has TLS disabled: nobody could log in to the cluster", t.Name)
	}
	least, most, err := bounds(merged(t.Labels, s.labels))
	if err == nil && strings.EqualFold(merged(t.Labels, s.labels)[labelAutoscaling], "true") {
		err = CheckNodes(s.Nodes, least, most)
	}
	if err != nil {
		return magnum.NewCluster{}, fmt.Errorf("with the labels of template %q: %w", t.Name, err)
	}
	n := magnum.NewCluster{
		Name: s.Name, TemplateID: t.UUID, MasterCount: s.Masters, NodeCount: s.Nodes, Keypair: s.Keypair,
		MasterFlavor: s.MasterFlavor, Flavor: s.Flavor, FixedNetwork: s.Network, FixedSubnet: s.Subnet,
		Timeout: s.Timeout, Labels: s.labels,
	}
	if s.Masters > 1 && !t.MasterLBEnabled {
		yes := true // Magnum refuses several masters without one
		n.MasterLBEnabled = &yes
	}
	return n, nil
}

func merged(a, b magnum.Labels) magnum.Labels {
	all := maps.Clone(a)
	if all == nil {
		all = magnum.Labels{}
	}
	maps.Copy(all, b)
	return all
}

func usage(hint, format string, args ...any) error {
	return clierr.New(clierr.Usage, hint, format, args...)
}

// shorten cuts what somebody typed where it would fill the screen.
func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
