package page

import (
	"fmt"
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// severities are in the order in which they are shown, with their headings.
var severities = []struct {
	is    lint.Severity
	title string
	name  fixed
}{{lint.Error, "Errors", "error"}, {lint.Warning, "Warnings", "warning"}, {lint.Info, "Good to know", "info"}}

// openErrors and openFindings are how many findings of one rule are shown unfolded.
const (
	openErrors   = 12
	openFindings = 6
)

// shownFindings is how many findings of one rule a page has. Nobody reads more of a
// kind, and browsers have to hold them all.
const shownFindings = 100

func (m *markup) findings(c *report.Check, unfolded bool) {
	m.start("section", attr{"id", "findings"}, attr{"aria-labelledby", "findings-title"})
	m.leaf("h2", "Findings", attr{"id", "findings-title"})
	m.leaf("p", counted(c), class("lead"))
	for _, s := range severities {
		groups := byRule(c.Findings, s.is)
		if len(groups) == 0 {
			continue
		}
		m.start("section", class("severity "+s.name))
		m.leaf("h3", s.title)
		for _, g := range groups {
			m.group(g, unfolded && (len(g) <= openFindings || s.is == lint.Error && len(g) <= openErrors))
		}
		m.end()
	}
	m.end()
}

func counted(c *report.Check) string {
	s := &c.Summary
	text := "Nothing was found to be wrong"
	if len(c.Findings) > 0 {
		text = fmt.Sprintf("%s, %s, %d good to know", number(s.Errors, "error"), number(s.Warnings, "warning"), s.Infos)
	}
	if s.Suppressed > 0 {
		text += fmt.Sprintf(", %d suppressed", s.Suppressed)
	}
	return text + "."
}

func number(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// byRule returns the findings of a severity, those of one rule together, in the
// order in which the rules are met.
func byRule(all []lint.Finding, s lint.Severity) [][]*lint.Finding {
	at := make(map[string]int)
	var out [][]*lint.Finding
	for i := range all {
		f := &all[i]
		if f.Severity != s {
			continue
		}
		n, ok := at[f.Rule]
		if !ok {
			n = len(out)
			at[f.Rule] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], f)
	}
	return out
}

// group shows the findings of one rule.
func (m *markup) group(found []*lint.Finding, unfolded bool) {
	attrs := []attr{class("rule")}
	if unfolded {
		attrs = append(attrs, attr{"open", ""})
	}
	m.start("details", attrs...)
	m.start("summary")
	m.leaf("span", meaning(found[0].Rule), class("meaning"))
	m.leaf("span", strconv.Itoa(len(found)), class("count"))
	m.leaf("code", found[0].Rule)
	m.end()
	m.start("ul", class("found"))
	for _, f := range found[:min(shownFindings, len(found))] {
		m.finding(f)
	}
	if more := len(found) - shownFindings; more > 0 {
		m.leaf("li", fmt.Sprintf("%d more like these: 'kubectl catalyst network-policy check' lists them all.", more))
	}
	m.end()
	m.end()
}

// meaning is a rule in words.
func meaning(id string) string {
	for _, r := range lint.Rules() {
		if r.ID == id {
			return r.Summary
		}
	}
	return id
}

func (m *markup) finding(f *lint.Finding) {
	m.start("li")
	m.start("p")
	m.leaf("bdi", report.Object(*f), class("object"))
	if at := f.Origin.String(); at != "" {
		m.asset(" ")
		m.leaf("bdi", at, class("at"))
	}
	m.end()
	m.leaf("p", f.Message)
	if f.Fix != "" {
		m.start("details", class("fix"))
		m.leaf("summary", "How to put it right")
		m.start("pre")
		m.lines(f.Fix)
		m.end()
		m.end()
	}
	m.end()
}
