package cluster_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func TestCheckFindsMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*cluster.Spec)
		says   string // "" when nothing is wrong
	}{
		"nothing":                   {func(*cluster.Spec) {}, ""},
		"five masters":              {func(s *cluster.Spec) { s.Masters = 5 }, ""},
		"two masters":               {func(s *cluster.Spec) { s.Masters = 2 }, "1, 3, 5 or 7, not 2"},
		"nine masters":              {func(s *cluster.Spec) { s.Masters = 9 }, "not 9"},
		"no masters":                {func(s *cluster.Spec) { s.Masters = 0 }, "not 0"},
		"name with a digit first":   {func(s *cluster.Spec) { s.Name = "1bad" }, "cannot be the name"},
		"name with a slash":         {func(s *cluster.Spec) { s.Name = "a/b" }, "cannot be the name"},
		"no name":                   {func(s *cluster.Spec) { s.Name = "" }, "cannot be the name"},
		"long name":                 {func(s *cluster.Spec) { s.Name = strings.Repeat("a", 243) }, "cannot be the name"},
		"fifty nodes":               {func(s *cluster.Spec) { s.Nodes = 50 }, ""},
		"too many nodes":            {func(s *cluster.Spec) { s.Nodes = 51 }, "need a support ticket, and these are 51"},
		"too many, with a ticket":   {func(s *cluster.Spec) { s.Nodes, s.Ticket = 51, "4711" }, ""},
		"autoscaled":                {func(s *cluster.Spec) { s.Autoscale = "1:10" }, ""},
		"autoscaled too far":        {func(s *cluster.Spec) { s.Autoscale = "1:51" }, "support ticket"},
		"fewer than the least":      {func(s *cluster.Spec) { s.Autoscale = "4:10" }, "3 nodes are fewer than the autoscaler keeps, 4"},
		"more than the most":        {func(s *cluster.Spec) { s.Autoscale = "1:2" }, "3 nodes are more than the autoscaler allows, 2"},
		"least above most":          {func(s *cluster.Spec) { s.Autoscale = "9:2" }, "not MIN-MAX"},
		"no range":                  {func(s *cluster.Spec) { s.Autoscale = "3" }, "not MIN-MAX"},
		"limits as labels":          {func(s *cluster.Spec) { s.Labels = []string{"min_node_count=4"} }, "fewer than the autoscaler keeps, 4"},
		"a limit that is none":      {func(s *cluster.Spec) { s.Labels = []string{"max_node_count=many"} }, "not a number of nodes"},
		"label without value":       {func(s *cluster.Spec) { s.Labels = []string{"a"} }, "not KEY=VALUE"},
		"label without name":        {func(s *cluster.Spec) { s.Labels = []string{"=a"} }, "not KEY=VALUE"},
		"empty label":               {func(s *cluster.Spec) { s.Labels = []string{"a="} }, ""},
		"label twice the same":      {func(s *cluster.Spec) { s.Labels = []string{"a=1", "a=1"} }, ""},
		"label twice":               {func(s *cluster.Spec) { s.Labels = []string{"a=1", "a=2"} }, "given twice"},
		"label against option":      {func(s *cluster.Spec) { s.PublicAPI, s.Labels = true, []string{"master_lb_floating_ip_enabled=false"} }, "contradict"},
		"not a range of addresses":  {func(s *cluster.Spec) { s.AllowedCIDRs = []string{"203.0.113.9"} }, "not a range"},
		"bits behind the prefix":    {func(s *cluster.Spec) { s.AllowedCIDRs = []string{"203.0.113.9/24"} }, "did you mean 203.0.113.0/24?"},
		"a range of IPv6 addresses": {func(s *cluster.Spec) { s.AllowedCIDRs = []string{"2404:130::/32"} }, ""},
	} {
		s := cluster.Spec{Name: "prod", Masters: 1, Nodes: 3}
		c.change(&s)
		err := s.Check()
		if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || clierr.Code(err) != clierr.Usage) {
			t.Errorf("%s: %v, code %d", name, err, clierr.Code(err))
		}
	}
	// All mistakes at once.
	s := cluster.Spec{Name: "1", Masters: 2, Labels: []string{"x"}}
	if got := strings.Count(shown(s.Check()), "error: "); got != 3 {
		t.Errorf("%d errors, want 3:\n%s", got, shown(s.Check()))
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	yes := true
	s := cluster.Spec{Name: "prod", Masters: 3, Nodes: -1, Labels: []string{"a=1"}, PublicAPI: true, Autoscale: "2:9",
		AllowedCIDRs: []string{"203.0.113.0/24", "198.51.100.7/32"}, Keypair: "mine", Network: "net", Subnet: "sub"}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	tmpl := template("t", "v1.36.3", "")
	got, err := s.Request(&tmpl)
	if err != nil {
		t.Fatal(err)
	}
	want := magnum.NewCluster{Name: "prod", TemplateID: tmpl.UUID, MasterCount: 3, NodeCount: 2, Keypair: "mine", FixedNetwork: "net",
		FixedSubnet: "sub", MasterLBEnabled: &yes, Labels: magnum.Labels{"a": "1", "master_lb_floating_ip_enabled": "true",
			"api_master_lb_allowed_cidrs": "203.0.113.0/24,198.51.100.7/32", "auto_scaling_enabled": "true", "min_node_count": "2", "max_node_count": "9"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	tmpl.MasterLBEnabled = true
	if got, _ := s.Request(&tmpl); got.MasterLBEnabled != nil {
		t.Error("the template's load balancer is asked for again")
	}
	tmpl.TLSDisabled = true
	if _, err := s.Request(&tmpl); err == nil {
		t.Error("a cluster without TLS")
	}
	// The template's own limits hold where none are given.
	limited := template("t", "v1.36.3", "")
	limited.Labels["auto_scaling_enabled"], limited.Labels["min_node_count"] = "true", "4"
	plain := cluster.Spec{Name: "prod", Masters: 1, Nodes: 3}
	if err := plain.Check(); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Request(&limited); err == nil || !strings.Contains(err.Error(), "fewer than the autoscaler keeps, 4") {
		t.Error(err)
	}
}
