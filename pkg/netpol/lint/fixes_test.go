package lint_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// scope reports whether a change is what a finding is about.
type scope func(*patient, lint.Finding, netpol.Change) bool

// scopes say for each rule with a fix what the fix may change.
var scopes = map[string]scope{
	"metadata-open": func(_ *patient, f lint.Finding, c netpol.Change) bool {
		metadata := netip.MustParseAddr("169.254.169.254")
		return c.Added.Empty() && c.Source.Namespace == f.Name && c.Destination.First == metadata && c.Destination.Last == metadata
	},
	"dns-blocked": func(p *patient, f lint.Finding, c netpol.Change) bool {
		return c.Removed.Empty() && p.selects(f, c.Source) && c.Destination.Namespace == "kube-system" &&
			within(c.Added, 53, 5353)
	},
	"no-default-deny-egress": func(p *patient, f lint.Finding, c netpol.Change) bool {
		return c.Added.Empty() && c.Source.Namespace == f.Name && p.isOpen(c.Source, netpol.Egress) && !isDNS(c)
	},
	"no-default-deny-ingress": func(p *patient, f lint.Finding, c netpol.Change) bool {
		return c.Added.Empty() && c.Destination.Namespace == f.Name && p.isOpen(c.Destination, netpol.Ingress)
	},
	"egress-left-open": func(p *patient, f lint.Finding, c netpol.Change) bool {
		return c.Added.Empty() && p.selects(f, c.Source) && !isDNS(c)
	},
	"dead-rules": func(p *patient, f lint.Finding, c netpol.Change) bool {
		if strings.Contains(f.Message, "egress") {
			return p.selects(f, c.Source)
		}
		return p.selects(f, c.Destination)
	},
	"service-port": func(p *patient, f lint.Finding, c netpol.Change) bool {
		return (p.selects(f, c.Source) || p.selects(f, c.Destination)) && ends(c.Added) <= 1 && ends(c.Removed) <= 1
	},
	"unknown-namespace-label": func(p *patient, f lint.Finding, c netpol.Change) bool {
		return c.Removed.Empty() && (p.selects(f, c.Source) || p.selects(f, c.Destination))
	},
	"order-tie":      nothing,
	"redundant-rule": nothing,
}

func nothing(*patient, lint.Finding, netpol.Change) bool { return false }

// isDNS reports whether a change closes the way to the cluster's DNS.
func isDNS(c netpol.Change) bool {
	return c.Destination.Namespace == "kube-system" && strings.HasPrefix(c.Destination.Name, "coredns") &&
		(c.Removed.Contains(ports.UDP, 53) && c.Removed.Contains(ports.UDP, 5353))
}

// within reports whether a set holds nothing but these ports.
func within(s ports.Set, numbers ...uint16) bool {
	for _, p := range ports.Protocols() {
		for _, n := range numbers {
			s = s.Minus(ports.Range(p, n, n))
		}
	}
	return s.Empty()
}

// ends counts the ports of a set, up to a few.
func ends(s ports.Set) int {
	n := 0
	for _, p := range ports.Protocols() {
		for first, last := range s.Spans(p) {
			n += int(last-first) + 1
		}
	}
	return n
}

// patient is an input before its fixes are applied.
type patient struct {
	in     *load.Input
	engine *netpol.Engine
	found  []lint.Finding
}

// examine looks for everything; nil where the objects are refused.
func examine(in *load.Input) *patient {
	engine, err := netpol.New(&in.Objects, netpol.Options{CNI: enforce.Profile(in)})
	if err != nil || len(in.Refused) > 0 {
		return nil
	}
	s := lint.Subject{Input: in, Enforcement: enforce.VerdictOn(in), Engine: engine}
	return &patient{in: in, engine: engine, found: lint.Run(s, lint.Options{}).Findings}
}

// selects reports whether the policy that a finding is about selects a pod.
func (p *patient) selects(f lint.Finding, peer *netpol.Peer) bool {
	for _, info := range p.engine.Policies() {
		if info.Ref == (kube.Ref{Kind: f.Kind, Namespace: f.Namespace, Name: f.Name}) {
			return slices.ContainsFunc(info.Pods, func(i int) bool {
				meta := &p.in.Objects.Pods[i].Meta
				return meta.Namespace == peer.Namespace && meta.Name == peer.Name
			})
		}
	}
	return false
}

// isOpen reports whether no policy has a say for a pod.
func (p *patient) isOpen(peer *netpol.Peer, d netpol.Direction) bool {
	end, ok := p.engine.Pod(peer.Namespace, peer.Name)
	i, _ := end.Pod()
	return ok && len(p.engine.Isolated(i, d)) == 0
}

// treat applies fixes.
func (p *patient) treat(fixes ...string) (*load.Input, error) {
	fix, err := load.Files(context.Background(), []string{"-"}, load.Options{Stdin: strings.NewReader(strings.Join(fixes, "---\n"))})
	if err != nil {
		return nil, err
	}
	if len(fix.Refused) > 0 {
		return nil, fix.Refused[0]
	}
	cluster := *p.in
	cluster.Cluster = &load.Cluster{}
	_, after := load.Overlay(&cluster, fix)
	after.Cluster = p.in.Cluster
	return after, nil
}

// harm describes what applying the fixes of some findings does that none of them
// is about; "" for nothing.
func (p *patient) harm(findings ...lint.Finding) string {
	var fixes []string
	for _, f := range findings {
		if scopes[f.Rule] == nil {
			return fmt.Sprintf("no scope says what a fix of %s may change", f.Rule)
		}
		fixes = append(fixes, f.Fix)
	}
	story := func(text string) string {
		return fmt.Sprintf("%s\nfindings:\n%sfixes:\n%s\nobjects:\n%s", text, lines(findings), strings.Join(fixes, "---\n"), written(p.in))
	}
	after, err := p.treat(fixes...)
	if err != nil {
		return story("the fix is refused: " + err.Error())
	}
	changes, err := netpol.Diff(&p.in.Objects, &after.Objects, netpol.Options{CNI: enforce.Profile(p.in)},
		netpol.FlowOptions{By: netpol.ByPod, External: true})
	if err != nil {
		return story("the fix is refused: " + err.Error())
	}
	for c := range changes {
		if !slices.ContainsFunc(findings, func(f lint.Finding) bool { return scopes[f.Rule](p, f, c) }) {
			return story(fmt.Sprintf("%s -> %s: opens %s, closes %s", c.Source, c.Destination, c.Added, c.Removed))
		}
	}
	if len(findings) == 1 {
		if text := p.newFindings(after, findings[0]); text != "" {
			return story(text)
		}
	}
	return ""
}

// newFindings describes what is found only after a fix; "" for nothing. Rules that
// had no effect are judged only once a fix of dead-rules gives them one.
func (p *patient) newFindings(after *load.Input, f lint.Finding) string {
	healed := examine(after)
	if healed == nil {
		return "nothing can be answered after the fix"
	}
	key := func(f lint.Finding) string {
		rule := f.Rule
		if rule == "exposed-to-internet" {
			rule = "exposure-broken" // what mends the one brings the other
		}
		return rule + " " + f.Kind + " " + f.Namespace + "/" + f.Name
	}
	count := map[string]int{}
	for _, f := range p.found {
		count[key(f)]++
	}
	before := count[key(f)]
	remaining := 0
	for _, now := range healed.found {
		if key(now) == key(f) {
			remaining++
		}
		if key(now) == key(f) && now.Message == f.Message && remaining >= before {
			return "still found after its fix"
		}
		own := f.Rule == "dead-rules" && now.Kind == f.Kind && now.Namespace == f.Namespace && now.Name == f.Name
		if count[key(now)]--; count[key(now)] < 0 && !own {
			return "found only after the fix: " + lines([]lint.Finding{now}) + "before it:\n" + lines(p.found) + "after it:\n" + lines(healed.found)
		}
	}
	return ""
}

// harms tries the fixes one by one, then all of them together.
func (p *patient) harms() string {
	var fixable []lint.Finding
	for _, f := range p.found {
		if f.Fix == "" {
			continue
		}
		fixable = append(fixable, f)
		if text := p.harm(f); text != "" {
			return text
		}
	}
	if fixable = lint.Applicable(fixable); len(fixable) > 1 {
		if text := p.harm(fixable...); text != "" {
			return "all fixes together: " + text
		}
	}
	return ""
}

func written(in *load.Input) string {
	var b strings.Builder
	if err := netpolgen.Write(&b, "yaml", &in.Objects); err != nil {
		return err.Error()
	}
	return b.String()
}

// TestFixesOfSamples applies the fixes of every finding about the objects in the
// test data of this package, of the engine and of Calico's semantics.
func TestFixesOfSamples(t *testing.T) {
	t.Parallel()
	for name, text := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if p := examine(read(t, text)); p != nil {
				if harm := p.harms(); harm != "" {
					t.Error(harm)
				}
			}
		})
	}
}

// samples are sets of objects by name: the parts of an archive, each together with
// the archive's base, and the policies of a folder with the folder's base.
func samples(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, _ := filepath.Glob("testdata/*.txtar")
	more, _ := filepath.Glob("../testdata/*.txtar")
	for _, name := range append(names, more...) {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base := ""
		for _, f := range archive.Files {
			switch filepath.Ext(f.Name) {
			case ".yaml":
				out[filepath.Base(name)+" "+f.Name] = string(f.Data)
			case ".json":
				if f.Name == "base.json" {
					base = string(f.Data)
				}
				out[filepath.Base(name)+" "+f.Name] = base + string(f.Data)
			}
		}
	}
	base, err := os.ReadFile("../testdata/calico/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := filepath.Glob("../testdata/calico/*/policy.yaml")
	for _, name := range cases {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(filepath.Dir(name))] = string(base) + "\n---\n" + string(text)
	}
	if len(out) < 200 {
		t.Fatalf("only %d samples were found", len(out))
	}
	return out
}

// TestFixesOfRandomClusters does the same with random clusters.
func TestFixesOfRandomClusters(t *testing.T) {
	t.Parallel()
	fixed := map[string]int{}
	seeds.Check(t, 400, func(r *rand.Rand) string {
		k := netpolgen.Everything()
		k.Services = true
		k.AllKnown = r.IntN(4) > 0
		k.Admin, k.Cluster = r.IntN(3) == 0, r.IntN(3) == 0
		k.Calico, k.Tiers = r.IntN(3) == 0, r.IntN(2) == 0
		p := examine(&load.Input{Objects: *netpolgen.Random(r, k)})
		if p == nil {
			return ""
		}
		for _, f := range p.found {
			if f.Fix != "" {
				fixed[f.Rule]++
			}
		}
		return p.harms()
	})
	t.Logf("fixes applied: %v", fixed)
}
