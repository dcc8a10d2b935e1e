package analysis

import (
	"iter"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
)

// maxTies bounds how many ties of one policy are looked for: whoever gives ten
// policies one priority has enough to read.
const maxTies = 10

// rivals yields the policies behind one, at most as many as asked for, that have
// its tier and priority and select a pod that it selects too.
func rivals(m *verdict.Model, i int, most int) iter.Seq[int] {
	return func(yield func(int) bool) {
		list := m.Program.Policies
		for j := i + 1; j < len(list) && j <= i+most && list[j].Tier == list[i].Tier && list[j].Priority == list[i].Priority; j++ {
			overlap := slices.ContainsFunc(m.Views, func(v *verdict.View) bool {
				return v.BySelector[list[i].SubjectID].Meets(v.BySelector[list[j].SubjectID])
			})
			if overlap && !yield(j) {
				return
			}
		}
	}
}

// commonDirections returns the directions in which both policies have a say.
func commonDirections(a, b *program.Policy) []rules.Direction {
	var out []rules.Direction
	for _, d := range []rules.Direction{rules.Egress, rules.Ingress} {
		if a.Applies[d] && b.Applies[d] {
			out = append(out, d)
		}
	}
	return out
}

// eachTie visits the pairs of policies, by index, between which it is undefined
// which of them decides in a direction.
func eachTie(m *verdict.Model, visit func(a, b int, d rules.Direction)) {
	list := m.Program.Policies
	for i := range list {
		if t := &m.Program.Tiers[list[i].Tier]; !t.Ordered || t.ByName {
			continue
		}
		for j := range rivals(m, i, maxTies) {
			for _, d := range commonDirections(&list[i], &list[j]) {
				visit(i, j, d)
			}
		}
	}
}

// OrderTie is two policies of one tier and order between which only their names
// decide, and differently.
type OrderTie struct {
	First, Second program.PolicyRef // as their names sort
	Direction     rules.Direction
}

// OrderTies returns the ties of Calico's tiers on which an answer depends: both
// policies select a pod in common, and rules of different actions match the same
// traffic. At most a few of many are looked for.
func OrderTies(m *verdict.Model) []OrderTie {
	var out []OrderTie
	list := m.Program.Policies
	for i := range list {
		if !m.Program.Tiers[list[i].Tier].ByName {
			continue
		}
		before := len(out)
		for j := range rivals(m, i, len(list)) {
			if len(out)-before >= maxTies {
				break
			}
			for _, d := range commonDirections(&list[i], &list[j]) {
				if contradict(m, &list[i], &list[j], d) {
					out = append(out, OrderTie{m.Program.PolicyRef(int32(i)), m.Program.PolicyRef(int32(j)), d})
				}
			}
		}
	}
	return out
}

// contradict reports whether rules of the two policies with different actions
// match the same peer and port.
func contradict(m *verdict.Model, a, b *program.Policy, d rules.Direction) bool {
	x, y := a.Span[d], b.Span[d]
	for i := x[0]; i < x[1]; i++ {
		for j := y[0]; j < y[1]; j++ {
			if m.Program.Rules[i].Action == m.Program.Rules[j].Action {
				continue
			}
			meet := slices.ContainsFunc(m.Views, func(v *verdict.View) bool {
				return v.ByRule[i].Possible().Meets(v.ByRule[j].Possible())
			})
			if meet && samePorts(m.Program, i, j) {
				return true
			}
		}
	}
	return false
}

// samePorts reports whether two rules can match the same port; one by name can be
// any.
func samePorts(prog *program.Program, i, j program.RuleID) bool {
	a, b := &prog.Specs[prog.Rules[i].Spec], &prog.Specs[prog.Rules[j].Spec]
	return a.HasNames() || b.HasNames() || !a.Set.Intersect(b.Set).Empty()
}

// Unreached is a policy none of whose rules ever gets to decide: for every pod it
// selects, what comes before has decided on all of TCP, UDP and SCTP.
type Unreached struct {
	Policy program.PolicyRef
	// By is the policy that leaves nothing; zero where the default of Tier does.
	By   program.PolicyRef
	Tier string
}

// TierDenial is a tier whose default denies pods what a later tier has policies
// for.
type TierDenial struct {
	Tier      string
	Direction rules.Direction
	Policies  []program.PolicyRef // of the tier, that apply to the pods
	Pods      []int               // indexes into Objects.Pods, sorted
}

// Tiers finds what the order of tiers and policies does that their authors may
// not have meant.
func Tiers(m *verdict.Model) ([]Unreached, []TierDenial) {
	w := &tierWalk{prog: m.Program, reached: make([]bool, len(m.Program.Policies)), closed: make(map[int32]Unreached),
		denials: make(map[tierSide]*TierDenial)}
	if slices.ContainsFunc(m.Program.Tiers, func(t rules.Tier) bool { return t.ByName }) {
		for _, v := range m.Views {
			for d := range v.Profiles {
				for _, one := range v.Profiles[d] {
					w.walkProfile(v, rules.Direction(d), one)
				}
			}
		}
	}
	return w.result()
}

// tierSide is a tier in one direction.
type tierSide struct {
	tier int32
	dir  rules.Direction
}

// tierWalk goes through the policies of each profile and watches what is still
// open.
type tierWalk struct {
	prog    *program.Program
	reached []bool
	closed  map[int32]Unreached // by policy that was not reached somewhere
	denials map[tierSide]*TierDenial
}

func (w *tierWalk) walkProfile(v *verdict.View, d rules.Direction, one *verdict.Profile) {
	e := v.StartEvaluation(d, one)
	var by Unreached
	for at := 0; at < len(one.Policies); {
		tier, end := w.prog.TierEnd(one.Policies, at)
		for _, i := range one.Policies[at:end] {
			if !e.Open() {
				w.noteUnreached(i, d, by)
				continue
			}
			w.reached[i] = w.reached[i] || w.hasRules(i, d)
			e.AddPolicy(i)
			if !e.Open() {
				by = Unreached{By: w.prog.PolicyRef(i)}
			}
		}
		if t := &w.prog.Tiers[tier]; t.Default == rules.Deny && e.Open() {
			by = Unreached{Tier: t.Name}
			w.noteDenial(v, d, tier, one, at, end)
		}
		e.EndTier(w.prog.Tiers[tier].Default)
		at = end
	}
}

func (w *tierWalk) hasRules(policy int32, d rules.Direction) bool {
	span := w.prog.Policies[policy].Span[d]
	return span[0] < span[1]
}

func (w *tierWalk) noteUnreached(policy int32, d rules.Direction, by Unreached) {
	if _, noted := w.closed[policy]; !noted && w.hasRules(policy, d) {
		by.Policy = w.prog.PolicyRef(policy)
		w.closed[policy] = by
	}
}

// noteDenial notes the default of a tier, unless it is one where everybody expects
// it, or nothing comes behind it.
func (w *tierWalk) noteDenial(v *verdict.View, d rules.Direction, tier int32, one *verdict.Profile, at, end int) {
	name := w.prog.Tiers[tier].Name
	if end == len(one.Policies) || name == convert.DefaultTier || name == convert.NetworkTier {
		return
	}
	key := tierSide{tier, d}
	t := w.denials[key]
	if t == nil {
		t = &TierDenial{Tier: name, Direction: d}
		w.denials[key] = t
	}
	for _, i := range one.Policies[at:end] {
		if ref := w.prog.PolicyRef(i); !slices.Contains(t.Policies, ref) {
			t.Policies = append(t.Policies, ref)
		}
	}
	for _, c := range one.Classes {
		t.Pods = v.AppendClass(t.Pods, int(c))
	}
}

func (w *tierWalk) result() ([]Unreached, []TierDenial) {
	var unreached []Unreached
	for i := range w.prog.Policies {
		if u, ok := w.closed[int32(i)]; ok && !w.reached[i] {
			unreached = append(unreached, u)
		}
	}
	var denials []TierDenial
	for tier := range w.prog.Tiers {
		for _, d := range []rules.Direction{rules.Egress, rules.Ingress} {
			if t := w.denials[tierSide{int32(tier), d}]; t != nil {
				slices.Sort(t.Pods)
				t.Pods = slices.Compact(t.Pods)
				denials = append(denials, *t)
			}
		}
	}
	return unreached, denials
}
