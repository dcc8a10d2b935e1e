package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
)

// Check is the answer of check, with the field names of its JSON.
type Check struct {
	Enforcement enforce.Verdict `json:"enforcement"`
	Header
	Findings []lint.Finding `json:"findings"`
	Summary  Summary        `json:"summary"`

	// Unevaluated are the policies and workloads that were not evaluated and could
	// matter; Incomplete says why.
	Unevaluated []string `json:"-"`

	places places
}

// Summary counts what was looked at and what was found.
type Summary struct {
	Namespaces int `json:"namespaces"`
	Nodes      int `json:"nodes"`
	Pods       int `json:"pods"`
	Services   int `json:"services"`
	Policies   int `json:"policies"`
	Staged     int `json:"staged,omitempty"` // policies of Calico that nothing enforces
	Errors     int `json:"errors"`
	Warnings   int `json:"warnings"`
	Infos      int `json:"infos"`
	Suppressed int `json:"suppressed"`
	Known      int `json:"known,omitempty"` // findings of the baseline, which are left out
	// PassedOver is how many documents of folders are no Kubernetes objects.
	PassedOver int `json:"passedOver,omitempty"`
}

// NewCheck looks for findings about a subject, and counts them and what was
// looked at. incomplete are reasons why the answer may leave something out.
func NewCheck(s lint.Subject, incomplete []string, o lint.Options) *Check {
	for _, r := range s.Input.Refused {
		incomplete = append(incomplete, "refused: "+r.Error())
	}
	for _, p := range s.Problems {
		incomplete = append(incomplete, "refused: "+p.Error())
	}
	found, n := lint.Run(s, o), s.Input.Counts()
	c := &Check{Enforcement: s.Enforcement, Header: NewHeader(incomplete), Findings: found.Findings,
		Summary: Summary{Namespaces: n.Namespaces, Nodes: n.Nodes, Pods: n.Pods, Services: n.Services,
			Policies: n.Policies, Staged: n.Staged, Suppressed: found.Suppressed, PassedOver: s.Input.NoObjects}}
	c.Summary.Count(found.Findings)
	c.places = newPlaces(s.Input)
	return c
}

// LeaveOut leaves out the findings that are known. One that was found once is known
// once.
func (c *Check) LeaveOut(known []lint.Finding) {
	ids := make(map[string]bool)
	for _, id := range fingerprints(known) {
		ids[id] = true
	}
	left := []lint.Finding{}
	for i, id := range fingerprints(c.Findings) {
		if !ids[id] {
			left = append(left, c.Findings[i])
		}
	}
	c.Summary.Known = len(c.Findings) - len(left)
	c.Summary.Errors, c.Summary.Warnings, c.Summary.Infos = 0, 0, 0
	c.Findings = left
	c.Summary.Count(left)
}

// Count fills the numbers of findings.
func (s *Summary) Count(findings []lint.Finding) {
	for _, f := range findings {
		switch f.Severity {
		case lint.Error:
			s.Errors++
		case lint.Warning:
			s.Warnings++
		default:
			s.Infos++
		}
	}
}

// Object names what a finding is about, as in "NetworkPolicy shop/web".
func Object(f lint.Finding) string {
	name := f.Name
	if f.Namespace != "" {
		name = f.Namespace + "/" + name
	}
	return strings.TrimSpace(f.Kind + " " + name)
}

// CheckText writes the verdict first, then what is missing, then the findings as
// a table and how many there are. With fixes, each is followed by its YAML.
func CheckText(w io.Writer, c *Check, fixes bool) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, Sentence(c.Enforcement.Verdict))
	for _, e := range c.Enforcement.Evidence {
		fmt.Fprintf(b, "  - %s\n", clierr.Clean(e))
	}
	for _, u := range c.Enforcement.Unreadable {
		fmt.Fprintf(b, "  ! could not read %s\n", clierr.Clean(u))
	}
	if !c.Complete {
		fmt.Fprintln(b, "\nThe answer is incomplete:")
		for _, r := range c.Incomplete {
			fmt.Fprintf(b, "  ! %s\n", clierr.Clean(r))
		}
	}
	fmt.Fprintln(b)
	if len(c.Findings) > 0 {
		hasPlaces := slices.ContainsFunc(c.Findings, func(f lint.Finding) bool { return f.Origin.File != "" })
		t := table{w: b, header: []string{"SEVERITY", "RULE", "OBJECT", "MESSAGE"}}
		if hasPlaces {
			t.header = []string{"SEVERITY", "RULE", "OBJECT", "AT", "MESSAGE"}
		}
		for _, f := range c.Findings {
			cells := []string{string(f.Severity), f.Rule, clierr.Clean(Object(f))}
			if hasPlaces {
				cells = append(cells, clierr.Clean(f.Origin.String()))
			}
			t.row(append(cells, clierr.Clean(f.Message))...)
		}
		t.write()
		fmt.Fprintln(b)
	}
	if fixes {
		writeFixes(b, c.Findings)
	}
	fmt.Fprintln(b, summaryText(c.Summary))
	return flush(b)
}

// Sentence writes a verdict of package enforce as a sentence.
func Sentence(verdict string) string {
	if verdict == enforce.Unknown {
		return "It is unknown whether network policies are enforced."
	}
	return "Network policies are " + verdict + "."
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func writeFixes(b *bufio.Writer, all []lint.Finding) {
	for _, f := range all {
		if f.Fix != "" {
			fmt.Fprintf(b, "# %s: %s: %s\n%s---\n", f.Rule, clierr.Clean(Object(f)), clierr.Clean(f.Message), f.Fix)
		}
	}
}

// FixesYAML writes the fixes of findings and nothing else.
func FixesYAML(w io.Writer, all []lint.Finding) error {
	b := bufio.NewWriter(w)
	writeFixes(b, all)
	return flush(b)
}

func summaryText(s Summary) string {
	text := fmt.Sprintf("%s, %s, %d info", count(s.Errors, "error", "errors"), count(s.Warnings, "warning", "warnings"), s.Infos)
	if s.Suppressed > 0 {
		text += fmt.Sprintf(", %d suppressed", s.Suppressed)
	}
	if s.Known > 0 {
		text += fmt.Sprintf(", %d known", s.Known)
	}
	return text + fmt.Sprintf(" in %s for %s in %s", s.policies(), count(s.Pods, "pod", "pods"), count(s.Namespaces, "namespace", "namespaces"))
}

// CheckMarkdown writes the same for a merge request or a wiki.
func CheckMarkdown(w io.Writer, c *Check) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Network policies\n\n**Enforcement: %s**\n\n", c.Enforcement.Verdict)
	for _, e := range c.Enforcement.Evidence {
		fmt.Fprintf(b, "- %s\n", markdown(e))
	}
	for _, u := range c.Enforcement.Unreadable {
		fmt.Fprintf(b, "- could not read %s\n", markdown(u))
	}
	if !c.Complete {
		fmt.Fprint(b, "\n## The answer is incomplete\n\n")
		for _, r := range c.Incomplete {
			fmt.Fprintf(b, "- %s\n", markdown(r))
		}
	}
	fmt.Fprint(b, "\n## Findings\n\n")
	if len(c.Findings) > 0 {
		fmt.Fprint(b, "| severity | rule | object | message |\n|---|---|---|---|\n")
		for _, f := range c.Findings {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", f.Severity, f.Rule, markdown(Object(f)), markdown(f.Message))
		}
		fmt.Fprintln(b)
	}
	for _, f := range c.Findings {
		if f.Fix != "" {
			fmt.Fprintf(b, "### %s: %s\n\n```yaml\n%s```\n\n", f.Rule, markdown(Object(f)), f.Fix)
		}
	}
	fmt.Fprintf(b, "%s\n", summaryText(c.Summary))
	return flush(b)
}

// markdown makes text from a cluster plain: no markup, no new cell.
func markdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`,
		"<", "&lt;", ">", "&gt;", "&", "&amp;").Replace(clierr.Clean(s))
}

func (s *Summary) policies() string {
	text := count(s.Policies, "policy", "policies")
	if s.Staged > 0 {
		text += fmt.Sprintf(" (and %d staged)", s.Staged)
	}
	return text
}
